/**
 * A job on a cluster of this machine: a module of tasks, run on every core.
 *
 * Run:  npm run example -- primes    (starts a cluster for as long as it runs)
 * See:
 *   primes below 1000000: 78498
 */
import { all, connect } from "skein";

const PARTS = 8;
const BELOW = 1_000_000;

await using client = await connect();
await using job = await client.openJob({ name: "primes" });
const tasks = await job.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url));

const size = BELOW / PARTS;
const parts = Array.from({ length: PARTS }, (_, part) =>
  tasks.countPrimes.run([part * size, (part + 1) * size], { retries: 2 }),
);
const counts = await all(parts);
console.log(`primes below ${BELOW}: ${counts.reduce((sum, count) => sum + count, 0)}`);
