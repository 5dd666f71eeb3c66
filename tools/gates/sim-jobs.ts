/** Two thousand simulated runs of jobs while clients, nodes and the scheduler crash, are cut off and steered. */
import { expectNoViolation } from "../sim/expect-no-violation.ts";
import type { Gate } from "./gate.ts";

const SEEDS = 2000;

export const gate: Gate = {
  proves: `in ${SEEDS} simulated runs every task of a living client ends, with its own result, never run more often than allowed`,
  limitMs: 60 * 60_000,
  run: () => expectNoViolation(SEEDS, { jobs: true }),
};
