/** Second process of the bare mechanisms for bulk: takes bytes, and says when it has as many as it was told. */
import { BARE_KINDS, listenBare } from "./bare-links.ts";

const kind = BARE_KINDS.find((one) => one === process.argv[2]);
const wanted = Number(process.argv[3]);
if (kind === undefined) throw new Error(`one of ${BARE_KINDS.join(", ")}`);

const address = await listenBare(kind, (link) => {
  let got = 0;
  link.onData((bytes) => {
    got += bytes.byteLength;
    if (got < wanted) return;
    got -= wanted;
    link.send(new Uint8Array(1));
  });
});
console.log(address);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
