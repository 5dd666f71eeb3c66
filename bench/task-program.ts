/** The most memory (RSS) of a whole program that parks, wakes and joins many tasks; beside async functions that wait. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runBench } from "./harness.ts";
import { publish } from "./published.ts";

const source = fileURLToPath(new URL("task-program-peer.ts", import.meta.url));

export async function run(): Promise<void> {
  const program = await publish(source);
  const peakBytes = (kind: "ours" | "async", count: number, ...flags: readonly string[]): number =>
    Number(execFileSync(process.execPath, [...flags, program, kind, String(count)], { encoding: "utf8" }));
  // V8 lets its space for new objects grow to 32 MB and more while all of them survive; a program can bound it.
  for (const flags of [[], ["--max-semi-space-size=1"]]) {
    for (const count of [10_000, 100_000, 300_000, 1_000_000]) {
      await runBench({
        bench: `task-program-${count}${flags.join("")}`,
        ours: () => peakBytes("ours", count, ...flags),
        peer: () => peakBytes("async", count, ...flags),
        peerName: "async functions (skein imported, too)",
        unit: "bytes",
        rounds: 3,
      });
    }
  }
}
