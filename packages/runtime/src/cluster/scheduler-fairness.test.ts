import { expect, test } from "vitest";
import { seededRandom } from "../testing/seeded-random.ts";
import { type ShareJob, shareOut } from "../../test/share-model.ts";

const SERVERS = 4;
const JOBS = 100;
const QUANTUM_MS = 2000;
/** Turns of a job of weight 1. One of them must be less than a tenth of its time, with what it takes to end. */
const TURNS = 20;
/** Tasks of a job take about as long as each other; those of some jobs take much longer than those of others. */
const TASK_MS = [10, 50, 200, 1000];

/** How far the job that is worst off, or best, is from its share. */
function worstShare(seed: number, weightOf: (n: number) => number): number {
  const random = seededRandom(seed);
  const jobs = Array.from({ length: JOBS }, (_, n): ShareJob => {
    const aboutMs = TASK_MS[n % TASK_MS.length] ?? 0;
    return { weight: weightOf(n), taskMs: () => aboutMs * (0.5 + random()), fromMs: 1000 * random() };
  });
  const weights = jobs.reduce((sum, { weight }) => sum + weight, 0);
  const forMs = (QUANTUM_MS * TURNS * weights) / SERVERS;
  // Mostly short, at times long: a fresh process, a busy machine.
  const handOverMs = (): number => 5 + 200 * random() * random() * random();
  const served = shareOut({ servers: SERVERS, quantumMs: QUANTUM_MS, jobs, forMs, handOverMs });
  const all = served.reduce((sum, ms) => sum + ms, 0);
  const shares = jobs.map(({ weight }, n) => ((served[n] ?? 0) / all) * (weights / weight));
  return Math.max(...shares.map((share) => Math.abs(share - 1)));
}

test("a hundred jobs on four servers, whose tasks can't be interrupted, have shares within a tenth", () => {
  expect(worstShare(2, () => 1)).toBeLessThan(0.1);
});

test("so have jobs of different weights, each for its own", () => {
  expect(worstShare(3, (n) => 1 + (n % 3))).toBeLessThan(0.1);
});
