/** An echo over bare libp2p, for `cluster-first`, and with an address who asks it once. */
import { dialBare, listenBare } from "./bare-links.ts";

const [address] = process.argv.slice(2);
if (address === undefined) {
  console.log(
    await listenBare("noise", (link) => link.onData((bytes) => link.send(Uint8Array.of((bytes[0] ?? 0) + 1)))),
  );
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
} else {
  const { link } = await dialBare("noise", address);
  link.onData((bytes) => {
    console.log(bytes[0]);
    process.exit(0);
  });
  link.send(Uint8Array.of(42));
}
