/** Second process of the raw socketpair: takes so many bytes as it was told, then says so. */
import { Socket } from "node:net";

const socket = new Socket({ fd: 3, readable: true, writable: true });
let left = 0;
socket.on("data", (chunk) => {
  let bytes = chunk;
  if (left === 0) {
    left = bytes.readDoubleBE(0);
    bytes = bytes.subarray(8);
  }
  left -= bytes.byteLength;
  if (left === 0) socket.write("done");
});
console.log("ready");
process.stdin.resume();
process.stdin.once("end", () => process.exit(0));
