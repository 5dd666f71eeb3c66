/** What the page has run on the cluster. */
import { type RemoteTaskContext, type Steps } from "skein";

export function* countPrimes(
  task: RemoteTaskContext,
  from: number,
  to: number,
): Steps<{ readonly count: number; readonly node: string }> {
  let count = 0;
  for (let n = Math.max(2, from); n < to; n += 1) {
    if (n % 10_000 === 0) task.checkpoint();
    if (isPrime(n)) count += 1;
  }
  return { count, node: task.node.name };
}

function isPrime(n: number): boolean {
  for (let i = 2; i * i <= n; i += 1) if (n % i === 0) return false;
  return true;
}
