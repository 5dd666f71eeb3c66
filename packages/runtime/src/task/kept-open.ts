/** Streams whose reading was given up: open for who reads on, closed once nobody can. */
import { isThenable, type TaskCell } from "./cell.ts";
import { defaultEngine } from "./default-engine.ts";
import { HIDDEN } from "./flags.ts";
import { running } from "./running.ts";

/** Closes what was kept for a stream that nothing refers to any more. */
const dropped = new FinalizationRegistry<() => void>((closeNow) => closeNow());

/** The task that runs now: for the hidden task of an operation, its user. */
export function userTask(): TaskCell | undefined {
  let cell = running.cell;
  while (cell !== undefined && (cell.flags & HIDDEN) !== 0) cell = cell.parent;
  return cell;
}

/**
 * Calls `close` once `owner` has ended, or once `stream` is garbage. Disposing what it gives takes that back.
 *
 * @param close must not refer to `stream`
 */
export function keepOpen(stream: object, owner: TaskCell | undefined, close: () => unknown): Disposable {
  const engine = owner?.engine ?? running.engine ?? defaultEngine();
  const report = (error: unknown): void => engine.platform.reportUnhandled(error);
  const token = {};
  const more = owner === undefined || owner.ended ? undefined : owner.extra();
  const forget = (): void => {
    dropped.unregister(token);
    more?.cleanups?.delete(closeNow);
  };
  const closeNow = (): void => {
    forget();
    try {
      const closing = close();
      if (isThenable(closing)) closing.then(undefined, report);
    } catch (error) {
      report(error);
    }
  };
  dropped.register(stream, closeNow, token);
  if (more !== undefined) (more.cleanups ??= new Set()).add(closeNow);
  return { [Symbol.dispose]: forget };
}
