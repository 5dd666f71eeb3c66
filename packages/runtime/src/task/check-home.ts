/** An operation that belongs to one runtime is not waited on by a task of another. */
import { SkeinError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import { ASYNC } from "./flags.ts";
import { running } from "./running.ts";

/**
 * Where `yield*` is used, that is the place of the mistake. An `await` may cross: it begins in the runtime it belongs to.
 *
 * @throws {SkeinError} `RUNTIME_WRONG`
 */
export function checkHome(home: Engine, engine: Engine, what: () => string): void {
  if (home === engine) return;
  const { cell } = running;
  if (cell === undefined || (cell.flags & ASYNC) !== 0) return;
  throw new SkeinError(
    "RUNTIME_WRONG",
    `task ${cell.name} waits with yield* for ${what()}, which is another runtime's`,
    {
      hint: "spawn the task in that runtime (the option runtime), or wait across by until(Promise.resolve(operation))",
    },
  );
}
