/** Waits for things of Node that call back: cold operations that leave no trace when they are given up. */
import type { Operation, WaitOptions } from "@skein/runtime";
import { limitsFrom, Wait } from "@skein/runtime/host";

/** How a wait is ended by what it waits for; the first call counts. */
export interface Ends<T> {
  settle(value: T): void;
  /** A function is called to make the error where it is thrown, so that its stack names the line that waited. */
  fail(error: Error | (() => Error)): void;
}

/** What {@link waitFor} is given besides the way to begin. */
export interface WaitForOptions<T> {
  /** What it waits for, for people: it stands in `TIMEOUT` errors and in `runtime.dump()`. */
  readonly what: string;
  readonly limits?: WaitOptions | undefined;
  /** The value came but nobody takes it: close it, or put it back. */
  readonly unclaimed?: (value: T) => void;
}

/**
 * Makes an operation that begins when it is waited on. `begin` starts the work and gives what undoes it,
 * which is called when the wait ends before the work: by a timeout, a signal, or a cancel.
 *
 * @example
 * const closed = waitFor({ what: "close" }, (ends) => {
 *   socket.once("close", ends.settle);
 *   return () => socket.off("close", ends.settle);
 * });
 */
export function waitFor<T>(
  options: WaitForOptions<T>,
  begin: (ends: Ends<T>) => (() => void) | undefined,
): Operation<T> {
  return new CallbackWait(options, begin);
}

class CallbackWait<T> extends Wait<T> implements Ends<T> {
  readonly #options: WaitForOptions<T>;
  readonly #begin: (ends: Ends<T>) => (() => void) | undefined;
  #undo: (() => void) | undefined;

  constructor(options: WaitForOptions<T>, begin: (ends: Ends<T>) => (() => void) | undefined) {
    super(limitsFrom(options.limits));
    this.#options = options;
    this.#begin = begin;
  }

  protected begin(): boolean {
    this.#undo = this.#begin(this);
    return false;
  }

  protected abandon(): void {
    this.#undo?.();
  }

  protected override unclaimed(value: T): void {
    this.#options.unclaimed?.(value);
  }

  describe(): string {
    return this.#options.what;
  }
}
