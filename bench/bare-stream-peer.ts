/** Second process of the bare libp2p stream: sends back what comes, or counts it. */
import { BareFrames, bareNode, ECHO_PROTOCOL, STREAM_PROTOCOL } from "./bare-node.ts";
import { Codec } from "@skein/runtime/network";

const node = await bareNode(true);
const codec = new Codec();

await node.handle(ECHO_PROTOCOL, (stream) => {
  const frames = new BareFrames(stream, (frame) => {
    // One message goes back as it came; a batch is decoded and encoded, as ours is.
    if (frame[0] === 1) frames.send(frame);
    else frames.send(withKind(2, codec.encode(codec.decode(frame.subarray(1)), 1)));
  });
});
await node.handle(STREAM_PROTOCOL, (stream) => {
  let count = 0;
  const frames = new BareFrames(stream, (frame) => {
    if (frame.byteLength > 1) count += 1;
    else {
      frames.send(new TextEncoder().encode(String(count)));
      count = 0;
    }
  });
});
console.log(String(node.getMultiaddrs()[0]));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

function withKind(kind: number, bytes: Uint8Array): Uint8Array {
  bytes[0] = kind;
  return bytes;
}
