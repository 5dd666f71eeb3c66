/** `tab-bundle`: what a browser downloads until a tab of the join page has answered its first I/O task, beside bare libp2p. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildJoin } from "../tools/build-join.ts";
import { bareBytes } from "./bare-bundle.ts";
import { runBench } from "./harness.ts";

export async function run(): Promise<void> {
  await runBench({
    bench: "tab-bundle",
    ours: neededBytes,
    peer: bareBytes,
    peerName: "bare libp2p with WebSocket, relay and WebRTC",
    unit: "bytes",
    rounds: 1,
  });
}

async function neededBytes(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "skein-bench-bundle-"));
  try {
    return (await buildJoin(folder, ["index.html"])).neededBytes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
