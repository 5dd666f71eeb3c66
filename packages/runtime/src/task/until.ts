/** Waiting for a promise. */
import type { Operation } from "../contracts/operation.ts";
import type { Engine } from "./engine.ts";
import { Wait } from "./wait.ts";

/**
 * Waits for a promise, or for the promise that `start` makes when the wait begins. `start` gets a signal that is
 * aborted when the wait is given up, so that what it started stops too.
 *
 * @example
 * const response = yield* until((signal) => fetch(url, { signal }));
 */
export function until<T>(promise: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>)): Operation<T> {
  return typeof promise === "function" ? new StartWait(promise) : new PromiseWait(promise);
}

export class PromiseWait<T> extends Wait<T> {
  protected readonly promise: PromiseLike<T>;

  constructor(promise: PromiseLike<T>) {
    super();
    this.promise = promise;
  }

  protected begin(_engine: Engine): boolean {
    this.promise.then(
      (value) => this.settle(value),
      (error: unknown) => this.fail(error),
    );
    return false;
  }

  protected abandon(): void {}

  describe(): string {
    return "a promise";
  }
}

class StartWait<T> extends Wait<T> {
  private readonly startPromise: (signal: AbortSignal) => PromiseLike<T>;
  private readonly controller = new AbortController();

  constructor(startPromise: (signal: AbortSignal) => PromiseLike<T>) {
    super();
    this.startPromise = startPromise;
  }

  protected begin(): boolean {
    this.startPromise(this.controller.signal).then(
      (value) => this.settle(value),
      (error: unknown) => this.fail(error),
    );
    return false;
  }

  protected abandon(): void {
    this.controller.abort();
  }

  describe(): string {
    return "a promise";
  }
}
