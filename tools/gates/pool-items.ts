/** Ten million items through a pool's map: what it holds does not grow with what went through. */
import { join } from "node:path";
import { command, expectThat, type Gate, root } from "./gate.ts";

const ITEMS = 10_000_000;
const IN_FLIGHT = 1000;
/** From its fourth part on no process may have so many MB more, which the garbage of a moment may be. */
const GROWTH_MB = 32;
/** Nor so many in all. */
const MOST_MB = 256;

interface Report {
  readonly read: number;
  readonly ahead: number;
  readonly running: number;
  /** MB of this program and of each worker, again and again. */
  readonly samples: readonly (readonly number[])[];
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function check(name: string, items: number, slowEvery: number): Promise<void> {
  const program = join(root, "tools/gates/programs/pool-items.ts");
  // V8's room for garbage, which grows as time goes by, has the size that the workers' has: what is held is to be seen.
  const args = [
    "--conditions=development",
    "--max-semi-space-size=16",
    program,
    String(items),
    String(IN_FLIGHT),
    String(slowEvery),
  ];
  const outcome = await command(root, process.execPath, args);
  expectThat(outcome.code === 0, `${name}: the program failed`, outcome);
  const line = outcome.output.split("\n").findLast((one) => one.startsWith("{"));
  const report = JSON.parse(line ?? "{}") as Report; // the program prints it so
  const rate = Math.round(items / (outcome.tookMs / 1000));
  console.log(`   ${name}: ${report.read} items, ${report.ahead} ahead at most, ${rate} a second`);
  expectThat(report.read === items, `${name}: ${report.read} of ${items} results came`);
  expectThat(report.ahead <= IN_FLIGHT, `${name}: ${report.ahead} items were taken ahead`);
  const quarter = Math.floor(report.samples.length / 4);
  for (const process of report.samples[0]?.keys() ?? []) {
    const used = report.samples.map((sample) => sample[process] ?? 0);
    const early = median(used.slice(quarter, 2 * quarter));
    const late = median(used.slice(-quarter));
    const most = Math.max(...used);
    console.log(
      `   ${process === 0 ? "the program" : `worker ${process}`}: ${early} MB, then ${late} MB, ${most} MB at most`,
    );
    expectThat(late - early < GROWTH_MB, `${name}: a process grew by ${late - early} MB`);
    expectThat(most < MOST_MB, `${name}: a process had ${most} MB`);
  }
}

export const gate: Gate = {
  proves: "10 million items through map with inFlight 1000: memory flat, also behind slow items in ordered mode",
  limitMs: 300_000,
  run: async () => {
    await check("ten million", ITEMS, 0);
    await check("a slow one in a hundred thousand", ITEMS / 10, 100_000);
  },
};
