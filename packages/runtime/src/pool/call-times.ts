/** How long calls are thought to compute, and how many of them a worker may have at once therefore. */
import { POOL_ASYNC_QUEUE, POOL_QUEUE, POOL_WINDOW_MS } from "../defaults.ts";
import type { PoolFunction } from "./portion.ts";

/** So much time of a function's calls is remembered, in milliseconds: one hiccup changes little, another cost shows soon. */
const REMEMBERED_MS = 20;
/** Calls that take longer are told one by one in any case. */
const EXACT_FROM_MS = 1;

/** Calls of it that a worker may have; `queueSize` where that was given. */
export function limitOf({ isAsync }: PoolFunction, queueSize: number | undefined): number {
  return queueSize ?? (isAsync ? POOL_ASYNC_QUEUE : POOL_QUEUE);
}

/** What one call counts for; of a function that nothing is known of so much that each worker gets two. */
export function estimateOf(fn: PoolFunction, limit: number): number {
  const eachMs = fn.tookCalls === 0 ? POOL_WINDOW_MS / 2 : fn.tookMs / fn.tookCalls;
  return Math.max(eachMs, POOL_WINDOW_MS / limit);
}

/** Its calls take long, or nothing is known of them. */
export const takesLong = (fn: PoolFunction): boolean => fn.tookMs >= fn.tookCalls * EXACT_FROM_MS;

/** So many calls computed for so long together. `waited`: some gave promises. */
export function measured(fn: PoolFunction, calls: number, ms: number, waited: boolean): void {
  if (waited) fn.isAsync = true;
  fn.tookCalls += calls;
  fn.tookMs += ms;
  if (fn.tookMs <= REMEMBERED_MS) return;
  fn.tookCalls *= REMEMBERED_MS / fn.tookMs;
  fn.tookMs = REMEMBERED_MS;
}
