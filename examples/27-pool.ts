/**
 * A pool on every core of this machine: one call, a map in order, errors where they belong, workers that come and go.
 *
 * Run:  npm run example -- 27
 * See:
 *   1000003 is prime
 *   9592 primes below 100000, counted in order
 *   the first three: 2, 3, 5
 *   4 = 2 * 2
 *   minus one has no factors (RangeError)
 *   9 = 3 * 3
 *   the call that killed its worker is lost
 *   46 primes below 200, all the same
 *   1 worker was lost, 3 are there now
 */
import { pool } from "skein";

// Plain functions. What they use of this file goes to the workers with them.
const FIRST = 2;
function smallestFactor(n: number): number {
  if (n < FIRST) throw new RangeError(n === -1 ? "minus one has no factors" : `${n} has no factors`);
  for (let d = FIRST; d * d <= n; d += 1) if (n % d === 0) return d;
  return n;
}
const isPrime = (n: number): boolean => n >= FIRST && smallestFactor(n) === n;

function* upTo(n: number): Iterable<number> {
  for (let i = 0; i < n; i += 1) yield i;
}

await using p = pool({ servers: 2 });

console.log(`1000003 is ${(await p.run(isPrime, [1_000_003])) ? "prime" : "none"}`);

// 100,000 calls: they go to the workers in portions, and come back in order.
const primes: number[] = [];
let n = 0;
for await (const prime of p.map(isPrime, upTo(100_000))) {
  if (prime) primes.push(n);
  n += 1;
}
console.log(`${primes.length} primes below 100000, counted in order`);

// A source may be endless: nothing is taken far ahead of who reads, and leaving the loop ends it.
const endless = function* (): Iterable<number> {
  for (let i = 0; ; i += 1) yield i;
};
const three: number[] = [];
let at = 0;
for await (const prime of p.map(isPrime, endless(), { inFlight: 100 })) {
  if (prime) three.push(at);
  at += 1;
  if (three.length === 3) break;
}
console.log(`the first three: ${three.join(", ")}`);

// Each item has its own end.
const numbers = [4, -1, 9];
for await (const exit of p.map(smallestFactor, numbers, { onError: "yield" })) {
  const of = numbers[exit.index] ?? 0;
  if (exit.type === "returned") console.log(`${of} = ${exit.value} * ${of / exit.value}`);
  else if (exit.type === "failed") console.log(`${exit.error.message} (${exit.error.name})`);
}

// A worker that dies ends its call (or has it tried again, with `retries`), and is replaced.
const exit = await p.run(() => process.kill(process.pid, "SIGKILL")).exit();
console.log(`the call that killed its worker is ${exit.type}`);
let below200 = 0;
for await (const prime of p.map(isPrime, upTo(200))) if (prime) below200 += 1;
console.log(`${below200} primes below 200, all the same`);

p.grow(1);
await p.ready();
const { lost: count, workers } = p.stats();
console.log(`${count} worker was lost, ${workers} are there now`);
