/** Ten thousand schedules of faults in the simulator, without a violation. */
import { expectNoViolation } from "../sim/expect-no-violation.ts";
import type { Gate } from "./gate.ts";

const SCHEDULES = 10_000;

export const gate: Gate = {
  proves: "10,000 simulated schedules of faults break no promise",
  limitMs: 60 * 60_000,
  run: () => expectNoViolation(SCHEDULES),
};
