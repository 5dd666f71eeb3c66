/** What a page of ours has a browser download, beside a page of bare libp2p. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { runBench } from "./harness.ts";

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

/** Measures the page that `make` builds into the folder it is given. */
export async function besideBare(
  bench: string,
  make: (folder: string) => Promise<{ readonly neededBytes: number }>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "skein-bench-bundle-"));
  try {
    await runBench({
      bench,
      ours: async () => (await make(folder)).neededBytes,
      peer: bareBytes,
      peerName: "bare libp2p with WebSocket, relay and WebRTC",
      unit: "bytes",
      rounds: 1,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Compressed. */
async function bareBytes(): Promise<number> {
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
