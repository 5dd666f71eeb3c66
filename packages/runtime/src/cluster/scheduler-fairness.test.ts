import { expect, test } from "vitest";
import { seededRandom } from "../testing/seeded-random.ts";
import { type ShareJob, shareOut } from "../../test/share-model.ts";

const SERVERS = 4;
const QUANTUM_MS = 2000;
/** Turns of a job of weight 1. One of them must be less than a tenth of its time, with what it takes to end. */
const TURNS = 20;
/** Tasks of a job take about as long as each other; those of some jobs take much longer than those of others. */
const TASK_MS = [10, 50, 200, 1000];

/** How far the job that is worst off, or best, is from its share. */
function worstShare(seed: number, weights: readonly number[], turns: number, slots: number): number {
  const random = seededRandom(seed);
  const jobs = weights.map((weight, n): ShareJob => {
    const aboutMs = TASK_MS[n % TASK_MS.length] ?? 0;
    return { weight, slots, taskMs: () => aboutMs * (0.5 + random()), fromMs: 1000 * random() };
  });
  const sum = weights.reduce((before, weight) => before + weight, 0);
  const forMs = (QUANTUM_MS * turns * sum) / SERVERS;
  // Mostly short, at times long: a fresh process, a busy machine.
  const handOverMs = (): number => 5 + 200 * random() * random() * random();
  const served = shareOut({ servers: SERVERS, quantumMs: QUANTUM_MS, jobs, forMs, handOverMs });
  const all = served.reduce((before, ms) => before + ms, 0);
  const shares = weights.map((weight, n) => ((served[n] ?? 0) / all) * (sum / weight));
  return Math.max(...shares.map((share) => Math.abs(share - 1)));
}

const hundred = (weightOf: (n: number) => number): readonly number[] =>
  Array.from({ length: 100 }, (_, n) => weightOf(n));

test("a hundred jobs on four servers, whose tasks can't be interrupted, have shares within a tenth", () => {
  expect(
    worstShare(
      2,
      hundred(() => 1),
      TURNS,
      2,
    ),
  ).toBeLessThan(0.1);
});

test("so have jobs of different weights, each for its own", () => {
  expect(
    worstShare(
      3,
      hundred((n) => 1 + (n % 3)),
      TURNS,
      2,
    ),
  ).toBeLessThan(0.1);
});

test("few jobs have what their weights give them, though that is no whole number of servers", () => {
  for (const weights of [
    [2, 1],
    [4, 1, 1, 1, 1],
    [1.5, 1, 1],
  ]) {
    expect(worstShare(4, weights, 4 * TURNS, 100)).toBeLessThan(0.1);
  }
});
