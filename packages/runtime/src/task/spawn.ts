/** Starting tasks at the top level. */
import { defaultEngine } from "./default-engine.ts";
import { running } from "./running.ts";
import type { Runtime } from "./runtime.ts";
import { type StartOptions, type AnyFunction, startTask } from "./task-context.ts";
import type { Spawn, Task } from "./types.ts";

function spawnTask(fn: AnyFunction, args: readonly unknown[] = [], options?: StartOptions): unknown {
  const engine = options?.runtime?.engine ?? running.engine ?? defaultEngine();
  return startTask(engine, undefined, fn, args, options);
}

/**
 * Starts a task at once, at the top level: nobody waits for it but who joins it. Children come from `task.spawn`.
 *
 * @param fn a generator function (`function* (task, …)`), an async or a plain one; its first argument is the {@link TaskContext}
 * @throws {SkeinError} `RUNTIME_WRONG` when no host is installed, `RUNTIME_CLOSED`
 * @example
 * const task = spawn(function* (task: TaskContext<number>) {
 *   return (yield* task.receive()) * 2;
 * });
 * task.send(21);
 * console.log(await task); // 42
 */
// The handle is what the overloads of Spawn say: TaskHandle implements Task<R, M> for the function it was given.
export const spawn: Spawn = spawnTask as Spawn;

/**
 * For host packages: starts `fn` at the top level of `runtime`, with an id it has elsewhere, more on its context, or an
 * owner elsewhere who may cancel it.
 */
export function spawnIn(
  runtime: Runtime,
  fn: AnyFunction,
  args: readonly unknown[],
  options?: StartOptions,
): Task<unknown> {
  return startTask(runtime.engine, undefined, fn, args, options);
}
