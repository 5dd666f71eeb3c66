/**
 * Two thousand runs of a function at once, on the servers of a cluster: each result comes back once, and is its own.
 *
 * Run:  npm run example -- 10    (starts a cluster for as long as it runs)
 * See:
 *   2000 results, each number once, all of them right
 *   the longest way down to 1 has 181 steps, from 1161
 *   refused: RangeError, 0 never comes down to 1
 */
import { connect, type RemoteTaskContext } from "skein";

interface Way {
  readonly from: number;
  readonly steps: number;
  /** Which server has counted. */
  readonly server: string;
}

/** How many steps Collatz's rule takes from `from` down to 1. */
const collatz = (from: number): number => {
  let steps = 0;
  for (let n = from; n !== 1; n = n % 2 === 0 ? n / 2 : 3 * n + 1) steps += 1;
  return steps;
};

/** What runs on a server. It is found in this file, and goes there with what it uses of it. */
function countSteps(task: RemoteTaskContext, from: number): Way {
  if (from < 1) throw new RangeError(`${from} never comes down to 1`);
  return { from, steps: collatz(from), server: task.server.id };
}

await using client = await connect();
await using job = await client.openJob({ name: "collatz" });

const numbers = Array.from({ length: 2000 }, (_, index) => index + 1);
// All are started; each waits for its turn on a server. `retries`: it may run again when its server is lost.
const running = numbers.map((from) => job.run(countSteps, [from], { retries: 2 }));
const ways: Way[] = [];
for (const task of running) ways.push(await task);

const right = ways.every(({ from, steps }, index) => from === index + 1 && steps === collatz(from));
console.log(`${ways.length} results, each number once, ${right ? "all of them right" : "WRONG"}`);
const longest = ways.reduce((a, b) => (b.steps > a.steps ? b : a));
console.log(`the longest way down to 1 has ${longest.steps} steps, from ${longest.from}`);

// An error comes back as what it was, with the line of this file in its stack.
const exit = await job.run(countSteps, [0]).exit();
if (exit.type === "failed") console.log(`refused: ${exit.error.name}, ${exit.error.message}`);
