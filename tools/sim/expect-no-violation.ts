/** So many schedules of faults, each without a violation: what the simulator's gates prove. */
import { expectThat } from "../gates/gate.ts";
import { runSchedules } from "./schedules.ts";

/** Prints what the seeds that failed broke. @throws when one did */
export async function expectNoViolation(count: number, what: { readonly jobs?: true } = {}): Promise<void> {
  const failed: number[] = [];
  let done = 0;
  await runSchedules({
    ...what,
    from: 1,
    to: count,
    onSeed: ({ seed, lines }) => {
      done += 1;
      if (lines.length === 0) return;
      failed.push(seed);
      console.log(`   seed ${seed}: ${lines.join("\n   ")}`);
    },
  });
  expectThat(done === count && failed.length === 0, `of ${done} schedules failed: ${failed.join(" ")}`);
}
