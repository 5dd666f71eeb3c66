import { expect, test } from "vitest";
import { runSchedule } from "./run-schedule.ts";
import { seeds } from "../../../test/rounds.ts";

test("the same seed gives the same schedule, the same run and the same history again", async () => {
  const first = await runSchedule(3);
  const second = await runSchedule(3);
  expect(second.digest).toBe(first.digest);
  expect(second.plan).toBe(first.plan);
  expect(second.history).toEqual(first.history);
  expect(first.history.length).toBeGreaterThan(100);
}, 60_000);

// tools/sim/schedules.test.ts runs a hundred.
test("some schedules of faults break no promise", async () => {
  for (const seed of seeds(5)) {
    const { violations, plan } = await runSchedule(seed);
    expect({ seed, plan, violations }).toEqual({ seed, plan, violations: [] });
  }
}, 60_000);
