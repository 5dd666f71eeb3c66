/** Two thousand simulated runs of jobs while clients, nodes and the scheduler crash, are cut off and steered. */
import { runSchedules } from "../sim/schedules.ts";
import { expectThat, type Gate } from "./gate.ts";

const SEEDS = 2000;

export const gate: Gate = {
  proves: `in ${SEEDS} simulated runs every task of a living client ends, with its own result, never run more often than allowed`,
  limitMs: 60 * 60_000,
  run: async () => {
    const failed: number[] = [];
    let done = 0;
    await runSchedules({
      from: 1,
      to: SEEDS,
      jobs: true,
      onSeed: ({ seed, lines }) => {
        done += 1;
        if (lines.length === 0) return;
        failed.push(seed);
        console.log(`   seed ${seed}: ${lines.join("\n   ")}`);
      },
    });
    expectThat(done === SEEDS && failed.length === 0, `of ${done} runs failed: ${failed.join(" ")}`);
  },
};
