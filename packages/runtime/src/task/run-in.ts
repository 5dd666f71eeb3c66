/** Waiting for an operation from inside the runtime itself: a callback, no task and no promise. */
import type { Engine } from "./engine.ts";
import { waitOf } from "./op.ts";

/**
 * Waits for `operation` in `engine` and calls one of the two, at once when it is done at once.
 *
 * @returns gives the wait up
 */
export function runIn<T>(
  engine: Engine,
  operation: PromiseLike<T>,
  onValue: (value: T) => void,
  onError: (error: unknown) => void,
): () => void {
  const wait = waitOf(operation);
  const end = (): void => {
    let value: T;
    try {
      value = wait.take();
    } catch (error) {
      onError(error);
      return;
    }
    onValue(value);
  };
  let done: boolean;
  try {
    done = wait.start({ resume: end }, wait.home() ?? engine);
  } catch (error) {
    onError(error);
    return nothing;
  }
  if (done) end();
  return () => wait.giveUp();
}

const nothing = (): void => {};
