import { expect, test } from "vitest";
import { rounds } from "../../../test/rounds.ts";
import { runJobSchedule } from "./job-schedule.ts";

// The gate sim-jobs runs 2,000; these once failed.
test("jobs keep their promises while clients, nodes and the scheduler crash and are steered", async () => {
  for (const seed of [64, 350].slice(0, rounds(2))) {
    const { violations, plan, runs } = await runJobSchedule(seed);
    expect({ seed, plan, violations }).toEqual({ seed, plan, violations: [] });
    expect(runs).toBeGreaterThan(50);
  }
}, 60_000);
