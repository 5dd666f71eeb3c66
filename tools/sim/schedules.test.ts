import { expect, test } from "vitest";
import { PLANTED, type PlantedName } from "./planted.ts";
import { runSchedules } from "./schedules.ts";
import type { SeedReport } from "./worker.ts";

/** `npm run gates -- sim-schedules` runs thousands. */
const SCHEDULES = 100;

/** Seeds that broke something, and what. */
async function failing(to: number, planted?: PlantedName, enough = Infinity): Promise<readonly SeedReport[]> {
  const failed: SeedReport[] = [];
  await runSchedules({
    from: 1,
    to,
    ...(planted === undefined ? {} : { planted }),
    onSeed: (report) => report.lines.length > 0 && failed.push(report) >= enough,
  });
  return failed;
}

test("a hundred schedules of faults break no promise", async () => {
  expect(await failing(SCHEDULES)).toEqual([]);
}, 300_000);

// `npm run gates -- sim-planted` finds the others, which take more seeds.
for (const name of ["dropped-ack", "lost-monitor"] as const) {
  test(`schedules find a fault planted on purpose: ${PLANTED[name].says}`, async () => {
    expect((await failing(100, name, 1)).length).toBeGreaterThan(0);
  }, 120_000);
}
