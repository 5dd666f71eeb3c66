/** The most memory (RSS) of a whole program that parks, wakes and joins many tasks; beside async functions that wait. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runBench } from "./harness.ts";

const program = fileURLToPath(new URL("task-program-peer.ts", import.meta.url));
const peakBytes = (kind: "ours" | "async", count: number): number =>
  Number(execFileSync(process.execPath, [program, kind, String(count)], { encoding: "utf8" }));

export async function run(): Promise<void> {
  for (const count of [10_000, 100_000, 300_000, 1_000_000]) {
    await runBench({
      bench: `task-program-${count}`,
      ours: () => peakBytes("ours", count),
      peer: () => peakBytes("async", count),
      peerName: "async functions (skein imported, too)",
      unit: "bytes",
      rounds: 1,
    });
  }
}
