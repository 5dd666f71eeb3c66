/** Ten thousand schedules of faults in the simulator, without a violation. */
import { runSchedules } from "../sim/schedules.ts";
import { expectThat, type Gate } from "./gate.ts";

const SCHEDULES = 10_000;

export const gate: Gate = {
  proves: "10,000 simulated schedules of faults break no promise",
  limitMs: 60 * 60_000,
  run: async () => {
    const failed: number[] = [];
    let done = 0;
    await runSchedules({
      from: 1,
      to: SCHEDULES,
      onSeed: ({ seed, lines }) => {
        done += 1;
        if (lines.length === 0) return;
        failed.push(seed);
        console.log(`   seed ${seed}: ${lines.join("\n   ")}`);
      },
    });
    expectThat(done === SCHEDULES && failed.length === 0, `of ${done} schedules failed: ${failed.join(" ")}`);
  },
};
