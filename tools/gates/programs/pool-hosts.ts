/**
 * A pool of this machine and of the hosts that are named, which maps so many items of 10 ms. Prints a line of JSON when a
 * quarter is done, one at the end, and one when all hosts are there again after a line of its standard input.
 */
import { readlinkSync } from "node:fs";
import { once } from "node:events";
import { pool } from "skein";

const ITEM_MS = 10;
const [count = "0", ...hosts] = process.argv.slice(2);
const items = Number(count);

/** The network namespace tells which host it is. */
function work(n: number): readonly [square: number, host: string] {
  const end = performance.now() + ITEM_MS;
  while (performance.now() < end);
  return [n * n, readlinkSync("/proc/self/ns/net")];
}

const say = (told: object): void => console.log(JSON.stringify(told));

await using p = pool({ servers: 1, hosts });
await p.ready();
const places: Record<string, number> = {};
let right = 0;
let n = 0;
function* numbers(): Generator<number> {
  for (let at = 0; at < items; at += 1) yield at;
}
const startMs = performance.now();
for await (const [square, host] of p.map(work, numbers())) {
  if (square === n * n) right += 1;
  places[host] = (places[host] ?? 0) + 1;
  n += 1;
  if (n === items >> 2) say({ quarter: n });
}
const { workers, lost } = p.stats();
say({ right, n, places: Object.values(places), workers, lost, tookMs: Math.round(performance.now() - startMs) });
await once(process.stdin, "data");
await p.ready().then(undefined, () => p.ready());
say({ workers: (await p.runOnAll(() => 1)).length });
process.stdin.destroy();
