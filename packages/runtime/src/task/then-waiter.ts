/** `await` on an operation: its callbacks run from the ready queue, in order with the steps of tasks. */
import { defaultEngine } from "./default-engine.ts";
import type { Engine, Runnable } from "./engine.ts";
import { running } from "./running.ts";
import type { Wait, Waiter } from "./wait.ts";

const NOTHING: Promise<unknown> = Promise.resolve();

type OnValue<T, A> = ((value: T) => A | PromiseLike<A>) | null | undefined;
type OnError<B> = ((error: unknown) => B | PromiseLike<B>) | null | undefined;

/** What `then` returns. A promise of its own is made only when somebody chains on it; `await` doesn't. */
export class ThenWaiter<T, A, B> implements Waiter, Runnable, PromiseLike<A | B> {
  private readonly engine: Engine;
  private readonly wait: Wait<T>;
  private readonly onValue: OnValue<T, A>;
  private readonly onError: OnError<B>;
  /** The promise of who chained, or, once it ended, of how. */
  private chained: Promise<A | B> | undefined = undefined;
  private settleChained: ((value: A | B | PromiseLike<A | B>) => void) | undefined = undefined;
  /** What went wrong before anything could wait. */
  private failure: { readonly error: unknown } | undefined = undefined;

  constructor(wait: Wait<T>, onValue: OnValue<T, A>, onError: OnError<B>) {
    this.wait = wait;
    this.onValue = onValue;
    this.onError = onError;
    this.engine = running.engine ?? wait.home() ?? defaultEngine();
    let done = true;
    try {
      done = wait.start(this, wait.home() ?? this.engine);
    } catch (error) {
      this.failure = { error };
    }
    if (done) this.resume();
  }

  resume(): void {
    this.engine.readyThen(this);
  }

  step(): void {
    let outcome: A | B | PromiseLike<A | B>;
    try {
      outcome = this.outcome();
    } catch (error) {
      outcome = Promise.reject(error);
    }
    if (this.settleChained !== undefined) this.settleChained(outcome);
    // `undefined` is what the callbacks of `await` give: no promise is made for them. Here A or B is undefined.
    else this.chained = outcome === undefined ? (NOTHING as Promise<A | B>) : Promise.resolve(outcome);
  }

  then<C = A | B, D = never>(
    onValue?: ((value: A | B) => C | PromiseLike<C>) | null,
    onError?: ((error: unknown) => D | PromiseLike<D>) | null,
  ): PromiseLike<C | D> {
    this.chained ??= new Promise((resolve) => {
      this.settleChained = resolve;
    });
    return this.chained.then(onValue, onError);
  }

  private outcome(): A | B | PromiseLike<A | B> {
    let value: T;
    try {
      if (this.failure !== undefined) throw this.failure.error;
      value = this.wait.take();
    } catch (error) {
      if (this.onError === null || this.onError === undefined) throw error;
      return this.onError(error);
    }
    // Without a callback a promise passes the value on: then A is T.
    return this.onValue === null || this.onValue === undefined ? (value as unknown as A) : this.onValue(value);
  }
}
