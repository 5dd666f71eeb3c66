/** An operation that acts at once, of a host's own asynchronous work. */
import type { Operation, WaitOptions } from "@skein/runtime";
import { defaultEngine, Deferred } from "@skein/runtime/host";

export interface ActingOptions<T> {
  /** What a waiter waits for, for people. */
  readonly what: string;
  /** Ends the wait: `TIMEOUT`, or the abort. */
  readonly wait?: WaitOptions;
  /** May add to that error. */
  readonly explain?: (error: Error) => Error;
  /** Gets what came after the wait had ended. */
  readonly late?: (value: T) => PromiseLike<unknown>;
}

/** Starts `work` and gives its end as an operation, which may be waited on any number of times. */
export function acting<T>(work: () => Promise<T>, { what, wait = {}, explain, late }: ActingOptions<T>): Operation<T> {
  let given = false;
  const giveUp = (): void => {
    given = true;
  };
  const deferred = new Deferred<T>(what).limit(defaultEngine(), wait, giveUp, explain);
  void finish(work, deferred, () => given, late);
  return deferred;
}

async function finish<T>(
  work: () => Promise<T>,
  deferred: Deferred<T>,
  isGivenUp: () => boolean,
  late: ActingOptions<T>["late"],
): Promise<void> {
  try {
    const value = await work();
    deferred.resolve(value); // nothing happens when the wait has ended
    if (isGivenUp()) await late?.(value);
  } catch (error) {
    deferred.reject(error);
  }
}
