/** What a page of bare libp2p is: the other side of the bundles' benches. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** A page that is connected by WebSocket, through a relay and by WebRTC, and does nothing. */
const BARE = `
import { noise } from "@chainsafe/libp2p-noise";
import { circuitRelayTransport } from "@libp2p/circuit-relay-v2";
import { webRTC } from "@libp2p/webrtc";
import { webSockets } from "@libp2p/websockets";
import { yamux } from "@libp2p/yamux";
import { createLibp2p } from "libp2p";
globalThis.node = createLibp2p({
  transports: [webSockets(), circuitRelayTransport(), webRTC()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
});`;

/** Compressed. */
export async function bareBytes(): Promise<number> {
  const resolveDir = fileURLToPath(new URL("../packages/browser-worker/", import.meta.url));
  const { outputFiles } = await build({
    stdin: { contents: BARE, resolveDir },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "chrome125",
  });
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).byteLength;
}
