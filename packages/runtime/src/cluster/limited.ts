/** An end that many wait for, each as long as he wants. */
import { type Operation } from "../contracts/operation.ts";
import { type CloseOptions } from "../contracts/wait.ts";
import { Deferred } from "../task/deferred.ts";
import { type Engine } from "../task/engine.ts";

/** Waits for `done`; a limit ends that wait alone. */
export function limited(done: Deferred<void>, what: string, engine: Engine, options: CloseOptions): Operation<void> {
  if (options.timeoutMs === undefined) return done;
  const own = new Deferred<void>(what).ignore();
  done.then(
    () => own.resolve(),
    (error: unknown) => own.reject(error),
  );
  return own.limit(engine, options, () => undefined);
}
