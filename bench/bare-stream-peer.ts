/** Second process of the bare mechanisms: sends back what comes, or counts it. Its first argument says over what. */
import { Codec } from "@skein/runtime/network";
import { BareFrames } from "./bare-frames.ts";
import { BARE_KINDS, listenBare } from "./bare-links.ts";

const kind = BARE_KINDS.find((one) => one === process.argv[2]);
if (kind === undefined) throw new Error(`one of ${BARE_KINDS.join(", ")}`);
const codec = new Codec();

const address = await listenBare(kind, (link) => {
  let count = 0;
  const frames = new BareFrames(link, (frame) => {
    switch (frame[0]) {
      case 1:
        // A round trip by itself: back as it came.
        return frames.send(frame);
      case 2:
        // A batch is decoded and encoded, as ours is.
        return frames.send(withKind(2, codec.encode(codec.decode(frame.subarray(1)), 1)));
      case 3:
        count += 1;
        return;
      default:
        frames.send(new TextEncoder().encode(`#${count}`));
        count = 0;
    }
  });
});
console.log(address);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

function withKind(first: number, bytes: Uint8Array): Uint8Array {
  bytes[0] = first;
  return bytes;
}
