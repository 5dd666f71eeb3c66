/** Tasks that the gates of tabs run: one that waits, one that computes. */
import { type RemoteTaskContext, type Steps, sleep } from "skein";

export function* waits(_task: RemoteTaskContext, n: number, ms: number): Steps<number> {
  yield* sleep(ms);
  return n * 2;
}

/** Leaves its worker no moment for anything else. */
export function computes(n: number, ms: number): number {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
  return n * 2;
}
