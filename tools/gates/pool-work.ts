/** A real workload through the pool: 500 pictures made small, and primes counted, beside one plain process. */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { type Pool, pool } from "skein";
import { expectThat, type Gate, root } from "./gate.ts";
import { photograph, picturesBelow, thumbnail } from "./programs/pictures.ts";

const PICTURES = Number(process.env["SKEIN_PICTURES"] ?? 500);
const RANGES = 400;
const RANGE = 20_000;
/** Numbers are large enough that a range takes some ten milliseconds. */
const FIRST = 10_000_000;
const ROUNDS = 3;
/** Tasks that take longer than this … */
const TASK_MS = 5;
/** … keep each worker busy for so much of the time at least. */
const LEAST_EFFICIENCY = 0.9;

function primesIn(from: number): number {
  let count = 0;
  for (let n = Math.max(2, from); n < from + 20_000; n += 1) {
    let prime = true;
    for (let d = 2; prime && d * d <= n; d += 1) prime = n % d !== 0;
    if (prime) count += 1;
  }
  return count;
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const startMs = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startMs };
}

/** Both in turns, the best time of each: what else the machine does disturbs them alike. */
async function compare<T>(what: string, p: Pool, fn: (item: T) => unknown, items: readonly T[]): Promise<void> {
  let [plainMs, poolMs] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round += 1) {
    const plain = await timed(async () => {
      const results: unknown[] = [];
      for (const item of items) results.push(await fn(item));
      return results;
    });
    const pooled = await timed(async () => {
      const results: unknown[] = [];
      for await (const result of p.map(fn, items)) results.push(result);
      return results;
    });
    expectThat(
      JSON.stringify(pooled.result) === JSON.stringify(plain.result),
      `${what}: other results than in one process`,
    );
    plainMs = Math.min(plainMs, plain.ms);
    poolMs = Math.min(poolMs, pooled.ms);
  }
  const taskMs = plainMs / items.length;
  const speedUp = plainMs / poolMs;
  const efficiency = speedUp / p.size;
  const figures = `${items.length} tasks of ${taskMs.toFixed(1)} ms: ${(plainMs / 1000).toFixed(2)} s in one process, ${(poolMs / 1000).toFixed(2)} s with ${p.size} workers, ${speedUp.toFixed(2)} times as fast, efficiency ${Math.round(efficiency * 100)} %`;
  console.log(`   ${what}: ${figures}`);
  expectThat(taskMs > TASK_MS, `${what}: tasks are shorter than ${TASK_MS} ms, which proves nothing`);
  expectThat(efficiency > LEAST_EFFICIENCY, `${what}: efficiency below ${LEAST_EFFICIENCY * 100} %`);
}

export const gate: Gate = {
  proves: "the pool makes 500 pictures small and counts primes with more than 90 % of what its cores can do",
  limitMs: 600_000,
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), "skein-pictures-"));
    try {
      await using p = pool({ servers: Math.min(2, availableParallelism()), packages: ["sharp"] });
      await p.ready();
      const found = picturesBelow(join(root, "node_modules")).slice(0, PICTURES);
      const missing = Array.from({ length: PICTURES - found.length }, (_, n): [string, number] => [
        join(folder, `${n}.jpg`),
        n,
      ]);
      const made: string[] = [];
      for await (const path of p.map(photograph, missing, { star: true })) made.push(path);
      console.log(`   ${found.length} pictures found, ${made.length} made`);
      await compare("pictures made small", p, thumbnail, [...found, ...made]);
      const starts = Array.from({ length: RANGES }, (_, n) => FIRST + n * RANGE);
      await compare("primes counted", p, primesIn, starts);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
