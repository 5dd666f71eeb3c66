/** The operation of something that acts: it goes on by itself and may be waited on any number of times. */
import type { Effect } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { checkHome } from "./check-home.ts";
import { defaultEngine } from "./default-engine.ts";
import type { Engine } from "./engine.ts";
import type { Failure } from "./failures.ts";
import { abortError, notATimeError, timeoutError } from "./limits.ts";
import { running } from "./running.ts";
import { Timer } from "./timers.ts";
import { Wait, type Waitable } from "./wait.ts";

type State = "pending" | "resolved" | "rejected";

/**
 * An operation with its two ends: whoever acts resolves or rejects it once, anybody may wait on it, any number of
 * times. Rejected with nobody waiting it is reported as unhandled when the turn is over, unless {@link Deferred.ignore} was called.
 *
 * @example
 * const answer = new Deferred<number>();
 * answer.resolve(42);
 * const n = yield* answer;
 */
export class Deferred<T> implements Waitable<T>, Failure {
  #state: State = "pending";
  #value: unknown = undefined;
  #observed = false;
  #waits: Set<DeferredWait<T>> | undefined;
  #end: (() => void) | undefined;

  /** What the wait is for, for people. */
  readonly #what: string;

  readonly #engine: Engine | undefined;

  /** @param engine whose it is; without one, the engine whose turn runs, else the default one */
  constructor(what = "an operation", engine?: Engine) {
    this.#what = what;
    this.#engine = engine;
  }

  /** The engine it belongs to, where it belongs to one. */
  get engine(): Engine | undefined {
    return this.#engine;
  }

  get settled(): boolean {
    return this.#state !== "pending";
  }

  /** Ends it with `value`; once it has ended, nothing changes it. */
  resolve(value: T): void {
    this.#settle("resolved", value);
  }

  reject(error: unknown): void {
    if (this.#state !== "pending") return;
    this.#settle("rejected", error);
    if (!this.#observed) (this.#engine ?? running.engine ?? defaultEngine()).addFailure(this);
  }

  /** A rejection is no unhandled error, also when nobody waits. */
  ignore(): this {
    this.#observed = true;
    return this;
  }

  /** Ends the act by `TIMEOUT` or an abort, after `withdraw` has taken it back; `explain` may add to the error. */
  limit(
    engine: Engine,
    options: WaitOptions | undefined,
    withdraw: () => void,
    explain: (error: Error) => Error = (error) => error,
  ): this {
    const { timeoutMs, signal } = options ?? {};
    if (this.#state !== "pending" || (timeoutMs === undefined && signal === undefined)) return this;
    if (Number.isNaN(timeoutMs)) {
      withdraw();
      throw notATimeError();
    }
    const stop = (error: Error): void => {
      if (this.#state !== "pending") return;
      withdraw();
      this.reject(explain(error));
    };
    const onAbort = (): void => {
      if (signal !== undefined) stop(abortError(signal));
    };
    const onTime = (): void => stop(timeoutError(this.#what, timeoutMs ?? 0));
    if (signal?.aborted === true) onAbort();
    else if (timeoutMs !== undefined && timeoutMs <= 0) onTime();
    if (this.#state !== "pending") return this;
    const timer = timeoutMs === undefined ? undefined : new Timer(onTime);
    if (timer !== undefined) engine.setTimer(timer, timeoutMs ?? 0);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#end = () => {
      if (timer !== undefined) engine.stopTimer(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    return this;
  }

  skeinWait(): Wait<T> {
    this.#observed = true;
    return new DeferredWait(this);
  }

  [Symbol.iterator](): Iterator<Effect, T, unknown> {
    return this.skeinWait()[Symbol.iterator]();
  }

  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.skeinWait().then(onValue, onError);
  }

  judge(): void {
    if (!this.#observed) (this.#engine ?? running.engine ?? defaultEngine()).platform.reportUnhandled(this.#value);
  }

  /** For {@link DeferredWait} only. */
  join(wait: DeferredWait<T>): { readonly rejected: boolean; readonly value: unknown } | undefined {
    if (this.#state !== "pending") return { rejected: this.#state === "rejected", value: this.#value };
    (this.#waits ??= new Set()).add(wait);
    return undefined;
  }

  leave(wait: DeferredWait<T>): void {
    this.#waits?.delete(wait);
  }

  describe(): string {
    return this.#what;
  }

  #settle(state: State, value: unknown): void {
    if (this.#state !== "pending") return;
    this.#state = state;
    this.#value = value;
    this.#end?.();
    this.#end = undefined;
    const waits = this.#waits;
    this.#waits = undefined;
    if (waits === undefined) return;
    for (const wait of waits) {
      if (state === "rejected") wait.fail(value);
      else wait.settle(value);
    }
  }
}

class DeferredWait<T> extends Wait<T> {
  readonly #deferred: Deferred<T>;

  constructor(deferred: Deferred<T>) {
    super();
    this.#deferred = deferred;
  }

  protected begin(engine: Engine): boolean {
    const home = this.#deferred.engine;
    if (home !== undefined) checkHome(home, engine, () => this.describe());
    const end = this.#deferred.join(this);
    if (end === undefined) return false;
    if (end.rejected) this.fail(end.value);
    else this.settle(end.value);
    return true;
  }

  protected abandon(): void {
    this.#deferred.leave(this);
  }

  override home(): Engine | undefined {
    return this.#deferred.engine;
  }

  describe(): string {
    return this.#deferred.describe();
  }
}

class Completed implements Waitable<void> {
  skeinWait(): Wait<void> {
    return new DoneWait();
  }

  [Symbol.iterator](): Iterator<Effect, void, unknown> {
    return DONE_AT_ONCE;
  }

  then<A = void, B = never>(
    onValue?: ((value: void) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    // Nothing is waited for, so it needs no turn of a runtime.
    return Promise.resolve().then(onValue, onError);
  }
}

class DoneWait extends Wait<void> {
  protected begin(): boolean {
    return true;
  }
  protected abandon(): void {}
  describe(): string {
    return "nothing";
  }
}

const DONE: IteratorReturnResult<void> = { done: true, value: undefined };
const DONE_AT_ONCE: Iterator<Effect, void, unknown> = { next: () => DONE };

/** The operation of an act that is complete: waiting on it gives `undefined` at once. */
export const completed: Waitable<void> = new Completed();
