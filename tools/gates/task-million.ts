/** A million tasks in one process: parked, woken and joined within 600 MB. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type Gate, expectThat, root } from "./gate.ts";

const TASKS = 1_000_000;
const LIMIT_BYTES = 600e6;

export const gate: Gate = {
  proves: "one million tasks parked, woken and joined in one process take less than 600 MB (RSS)",
  limitMs: 120_000,
  run: () => {
    const program = join(root, "bench/task-program-peer.ts");
    const peakBytes = Number(execFileSync(process.execPath, [program, "ours", String(TASKS)], { encoding: "utf8" }));
    console.log(`   the most it had: ${(peakBytes / 1e6).toFixed(0)} MB`);
    expectThat(peakBytes < LIMIT_BYTES, `the program had ${peakBytes} bytes`);
    return Promise.resolve();
  },
};
