/** Lets so many things begin in a second, and the others wait in their order. */
import { SECOND_MS } from "@skein/runtime";

/**
 * What it gives resolves when one more may begin, and rejects when `signal` aborts before. `perSecond` of them may begin
 * at once: a hidden page's timers come a minute apart, and it is not to have a request a minute.
 */
export function pace(perSecond: number): (signal: AbortSignal) => Promise<void> {
  const waiting = new Set<() => void>();
  let allowed = perSecond;
  let seenMs = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const step = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const nowMs = performance.now();
    allowed = Math.min(perSecond, allowed + ((nowMs - seenMs) * perSecond) / SECOND_MS);
    seenMs = nowMs;
    for (const begin of waiting) {
      if (allowed < 1) break;
      allowed -= 1;
      begin();
    }
    if (waiting.size > 0) timer = setTimeout(step, Math.ceil(((1 - allowed) * SECOND_MS) / perSecond));
  };
  return async (signal) => {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(begin);
        signal.removeEventListener("abort", giveUp);
      };
      const begin = (): void => {
        leave();
        resolve();
      };
      const giveUp = (): void => {
        leave();
        reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp);
      waiting.add(begin);
      step();
    });
  };
}
