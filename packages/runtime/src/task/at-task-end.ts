/** For what belongs to the task that runs now and has to end with it. */
import { HIDDEN } from "./flags.ts";
import { running } from "./running.ts";

/** Outside of a task, and in an async one after its first wait, nobody is known whose end could be waited for. */
const NOBODY: Disposable = { [Symbol.dispose]: () => undefined };

/**
 * Calls `fn` once the task that runs now has ended, however. Disposing what it gives takes that back.
 *
 * @example
 * const kept = atTaskEnd(() => child.kill());
 */
export function atTaskEnd(fn: () => void): Disposable {
  let cell = running.cell;
  // An operation made of a generator may run in a hidden task of its own: its user is meant.
  while (cell !== undefined && (cell.flags & HIDDEN) !== 0) cell = cell.parent;
  if (cell === undefined) return NOBODY;
  const more = cell.extra();
  (more.cleanups ??= new Set()).add(fn);
  return { [Symbol.dispose]: () => void more.cleanups?.delete(fn) };
}
