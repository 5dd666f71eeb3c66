/** What the example runs in the server processes. */
import { type RemoteTaskContext } from "skein";

/** How many primes there are from `from` up to, not including, `to`. */
export function countPrimes(task: RemoteTaskContext, from: number, to: number): number {
  let count = 0;
  for (let n = from; n < to; n += 1) {
    task.checkpoint();
    let prime = n > 1;
    for (let d = 2; prime && d * d <= n; d += 1) prime = n % d !== 0;
    if (prime) count += 1;
  }
  return count;
}
