/**
 * A pipeline: lines of a log are read, looked at in the workers of a pool, and summed up over the last ten, none of it
 * faster than the slowest part.
 *
 * Run:  npm run example -- 29
 * See:
 *   200 lines, 28 of them slow
 *   the slowest of each 50: 965, 997, 994, 991 ms
 *   mean of the last ten of them: 450, 427, 404
 */
import { pipe, pool } from "skein";

/** A log, as a server might write it; no more of it is made than is read. */
function* log(): Iterable<string> {
  for (let n = 1; n <= 200; n += 1) yield `GET /page/${n % 7} ${200 + (n % 3)} ${(n * 377) % 1000}ms`;
}

interface Request {
  readonly path: string;
  readonly ms: number;
}

/** What runs in the workers. */
function parse(line: string): Request {
  const [, path = "", , time = ""] = line.split(" ");
  return { path, ms: Number.parseInt(time, 10) };
}

await using p = pool({ servers: 2 });
// A pipe over something that can be read again may be read again.
const times = pipe(log)
  .map(p, parse)
  .map(({ ms }) => ms);

let lines = 0;
let slow = 0;
for await (const ms of times) {
  lines += 1;
  if (ms > 860) slow += 1;
}
console.log(`${lines} lines, ${slow} of them slow`);
console.log(`the slowest of each 50: ${(await times.chunk(50).max().list()).join(", ")} ms`);
const means = await times.array(10).mean().map(Math.round).skip(197).list();
console.log(`mean of the last ten of them: ${means.join(", ")}`);
