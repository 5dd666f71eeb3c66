/** `await` on an operation: its callbacks run from the ready queue, in order with the steps of tasks. */
import { defaultEngine } from "./default-engine.ts";
import type { Engine, Runnable } from "./engine.ts";
import { running } from "./running.ts";
import type { Wait, Waiter } from "./wait.ts";

const NOTHING: Promise<unknown> = Promise.resolve();

type OnValue<T, A> = ((value: T) => A | PromiseLike<A>) | null | undefined;
type OnError<B> = ((error: unknown) => B | PromiseLike<B>) | null | undefined;

/** What tells how a wait ended. */
interface Taken<T> {
  take(): T;
}

/** A wait that failed before it could begin: told in its turn, like everything else. */
class NeverBegan implements Taken<never> {
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  take(): never {
    throw this.#error;
  }
}

/** Somebody chained before it ended: a promise for them. */
interface Chained<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
}

/** What `then` returns. A promise of its own is made only when somebody chains on it; `await` doesn't. */
export class ThenWaiter<T, A, B> implements Waiter, Runnable, PromiseLike<A | B> {
  private readonly engine: Engine;
  private readonly wait: Taken<T>;
  private readonly onValue: OnValue<T, A>;
  private readonly onError: OnError<B>;
  /** Who chained; once it ended, how. */
  private state: Chained<A | B> | Promise<A | B> | undefined = undefined;

  constructor(wait: Wait<T>, onValue: OnValue<T, A>, onError: OnError<B>) {
    this.onValue = onValue;
    this.onError = onError;
    let taken: Taken<T> = wait;
    let done = true;
    let engine = running.engine;
    try {
      const home = wait.home();
      engine ??= home ?? defaultEngine();
      done = wait.start(this, home ?? engine);
    } catch (error) {
      taken = new NeverBegan(error);
    }
    this.engine = engine ?? defaultEngine();
    this.wait = taken;
    if (done) this.resume();
  }

  resume(): void {
    this.engine.readyThen(this);
  }

  step(): void {
    const before = this.state;
    let outcome: A | B | PromiseLike<A | B>;
    try {
      outcome = this.outcome();
    } catch (error) {
      outcome = Promise.reject(error);
    }
    if (before !== undefined && "resolve" in before) before.resolve(outcome);
    // `undefined` is what the callbacks of `await` give: no promise is made for them. Here A or B is undefined.
    else this.state = outcome === undefined ? (NOTHING as Promise<A | B>) : Promise.resolve(outcome);
  }

  then<C = A | B, D = never>(
    onValue?: ((value: A | B) => C | PromiseLike<C>) | null,
    onError?: ((error: unknown) => D | PromiseLike<D>) | null,
  ): PromiseLike<C | D> {
    return this.promise().then(onValue, onError);
  }

  private promise(): Promise<A | B> {
    const { state } = this;
    if (state instanceof Promise) return state;
    if (state !== undefined) return state.promise;
    const chained = Promise.withResolvers<A | B>();
    this.state = chained;
    return chained.promise;
  }

  private outcome(): A | B | PromiseLike<A | B> {
    let value: T;
    try {
      value = this.wait.take();
    } catch (error) {
      if (this.onError === null || this.onError === undefined) throw error;
      return this.onError(error);
    }
    // Without a callback a promise passes the value on: then A is T.
    return this.onValue === null || this.onValue === undefined ? (value as unknown as A) : this.onValue(value);
  }
}
