/** `console-bundle`: what a browser downloads until the console's overview shows a cluster, beside bare libp2p. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildConsole } from "../tools/build-pages.ts";
import { bareBytes } from "./bare-bundle.ts";
import { runBench } from "./harness.ts";

export async function run(): Promise<void> {
  await runBench({
    bench: "console-bundle",
    ours: neededBytes,
    peer: bareBytes,
    peerName: "bare libp2p with WebSocket, relay and WebRTC",
    unit: "bytes",
    rounds: 1,
  });
}

async function neededBytes(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "skein-bench-console-"));
  try {
    return (await buildConsole(folder, "index.html")).neededBytes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
