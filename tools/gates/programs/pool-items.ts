/** Sends many items through a pool's map and prints, as one JSON line, how far ahead they were taken and what memory was used. */
import { readFileSync } from "node:fs";
import { pool } from "skein";

const [items = 0, inFlight = 0, slowEvery = 0] = process.argv.slice(2).map(Number);
const SAMPLES = 40;
const EACH = Math.max(1, Math.floor(items / SAMPLES));

/** The resident memory of a process of this machine, in MB. */
const residentMb = (pid: number): number => {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kib) / 1024);
};

/** Some items keep the results of those behind them waiting. */
const work = ([n, isSlow]: [number, boolean]): number => {
  const end = isSlow ? performance.now() + 300 : 0;
  while (performance.now() < end);
  return n + 1;
};

await using p = pool({ servers: 2 });
await p.ready();
const pids = [process.pid, ...(await p.runOnAll(() => process.pid))];
let taken = 0;
let ahead = 0;
let read = 0;
const source = function* (): Generator<[number, boolean]> {
  for (; taken < items;) {
    yield [taken, slowEvery > 0 && taken % slowEvery === slowEvery - 1];
    taken += 1;
    ahead = Math.max(ahead, taken - read);
  }
};
const samples: number[][] = [];
for await (const value of p.map(work, source(), { inFlight })) {
  read += 1;
  if (value !== read) throw new Error(`result ${read - 1} is ${value}`);
  if (read % EACH === 0) samples.push(pids.map(residentMb));
}
console.log(JSON.stringify({ read, ahead, running: p.stats().running, samples }));
