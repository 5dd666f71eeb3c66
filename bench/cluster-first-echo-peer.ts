/** An echo over bare libp2p, for `cluster-first`, and with an address who asks it once. It loads nothing that it doesn't need. */
import { noise } from "@chainsafe/libp2p-noise";
import type { Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";

const PROTOCOL = "/bench/1";
const [address] = process.argv.slice(2);

const node = await createLibp2p({
  addresses: { listen: address === undefined ? ["/ip4/127.0.0.1/tcp/0"] : [] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  connectionGater: { denyDialMultiaddr: () => false },
  connectionMonitor: { enabled: false },
});

/** Takes what comes, byte by byte. */
function onByte(stream: Stream, take: (byte: number) => void): void {
  stream.addEventListener("message", ({ data }) => take(data.subarray()[0] ?? 0));
}

if (address === undefined) {
  await node.handle(PROTOCOL, (stream) => onByte(stream, (byte) => stream.send(Uint8Array.of(byte + 1))));
  console.log(String(node.getMultiaddrs()[0]));
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
} else {
  const stream = await node.dialProtocol(multiaddr(address), PROTOCOL);
  onByte(stream, (byte) => {
    console.log(byte);
    process.exit(0);
  });
  stream.send(Uint8Array.of(42));
}
