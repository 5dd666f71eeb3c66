/**
 * `npm run sim -- [--seeds A..B] [--seed N] [--trace] [--jobs N] [--planted NAME]`: runs schedules of faults in the
 * simulator, 10,000 without options, and says which seeds broke a promise.
 */
import { parseArgs } from "node:util";
import { runSchedule } from "@skein/runtime/testing";
import { isPlanted, PLANTED, type PlantedName } from "./sim/planted.ts";
import { runSchedules } from "./sim/schedules.ts";

const USAGE = `npm run sim                       schedules 1 to 10,000
npm run sim -- --seeds 1..500     these
npm run sim -- --seed 4711        one, with its plan; with --trace everything that happens in it
npm run sim -- --planted NAME     with a fault planted on purpose: ${Object.keys(PLANTED).join(", ")}
        --jobs N                  threads (default: one a core)`;
/** Failing seeds shown in full. */
const SHOWN = 10;
const PROGRESS_EVERY = 500;

function wrongUse(text: string): never {
  console.error(`${text}\n\n${USAGE}`);
  process.exit(2);
}

function numberFrom(text: string, option: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) wrongUse(`--${option} takes a whole number, not "${text}"`);
  return number;
}

function readArgs(): ReturnType<typeof parseOptions>["values"] {
  try {
    return parseOptions().values;
  } catch (error) {
    return wrongUse(error instanceof Error ? error.message : String(error));
  }
}

const parseOptions = () =>
  parseArgs({
    options: {
      seeds: { type: "string" },
      seed: { type: "string" },
      trace: { type: "boolean" },
      jobs: { type: "string" },
      planted: { type: "string" },
      help: { type: "boolean" },
    },
  });

/** One seed, in this thread. */
async function replay(seed: number, trace: boolean): Promise<boolean> {
  const outcome = await runSchedule(seed, trace ? (line) => console.log(line) : undefined);
  console.log(`seed ${seed}: ${outcome.plan}`);
  for (const { atMs, rule, text } of outcome.violations) console.log(`  ${atMs.toFixed(0)} ms: ${rule}: ${text}`);
  console.log(`${outcome.violations.length} violations, ${outcome.events} events, digest ${outcome.digest}`);
  return outcome.violations.length === 0;
}

async function runAll(
  from: number,
  to: number,
  jobs: number | undefined,
  planted: PlantedName | undefined,
): Promise<boolean> {
  const startMs = performance.now();
  const failed: number[] = [];
  let done = 0;
  let peerMs = 0;
  await runSchedules({
    from,
    to,
    ...(jobs === undefined ? {} : { threads: jobs }),
    ...(planted === undefined ? {} : { planted }),
    onSeed: (report) => {
      done += 1;
      peerMs += report.peerMs;
      if (report.lines.length > 0) {
        failed.push(report.seed);
        if (failed.length <= SHOWN) {
          console.log(
            `seed ${report.seed}: ${report.lines.join("\n")}\n  again: npm run sim -- --seed ${report.seed} --trace`,
          );
        }
      }
      if (done % PROGRESS_EVERY === 0) console.log(`${done} schedules, ${failed.length} failed`);
    },
  });
  const seconds = (performance.now() - startMs) / 1000;
  console.log(
    `sim: ${done - failed.length} schedules passed, ${failed.length} failed, in ${seconds.toFixed(0)} s; ` +
      `${(peerMs / 1000 / seconds).toFixed(0)} peer-seconds a second`,
  );
  if (failed.length > 0) console.log(`failing seeds: ${failed.toSorted((a, b) => a - b).join(" ")}`);
  return failed.length === 0;
}

const args = readArgs();
if (args.help === true) {
  console.log(USAGE);
  process.exit(0);
}
const { planted } = args;
if (planted !== undefined && !isPlanted(planted)) wrongUse(`no fault is named "${planted}"`);
const jobs = args.jobs === undefined ? undefined : numberFrom(args.jobs, "jobs");
let passed: boolean;
if (args.seed !== undefined && planted === undefined)
  passed = await replay(numberFrom(args.seed, "seed"), args.trace === true);
else {
  const [from = "1", to = from] = (args.seeds ?? args.seed ?? "1..10000").split("..");
  passed = await runAll(numberFrom(from, "seeds"), numberFrom(to, "seeds"), jobs, planted);
}
process.exit(passed ? 0 : 1);
