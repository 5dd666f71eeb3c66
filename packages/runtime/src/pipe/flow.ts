/** How values go through a run of a pipe: pulled one after another, and closed from any place at any time. */
import { defaultEngine } from "../task/default-engine.ts";
import type { Engine } from "../task/engine.ts";
import { running } from "../task/running.ts";
import { Timer } from "../task/timers.ts";

export type Step<T> = IteratorResult<T, undefined>;
/** A step that is there now, or a promise of it. */
export type Answer<T> = Step<T> | Promise<Step<T>>;

/** A run of a pipe, or of the part of it up to one operator. */
export interface Flow<T> {
  /**
   * The next value, at once where there is one. Who asks waits for the answer before asking again. An error stands in
   * the place of a value, and others may follow. @throws what the source, or a function of the user, has thrown
   */
  next(): Answer<T>;
  /** Nobody wants more: what it holds is freed, and a `next` under way ends as done. Twice does nothing. */
  close(): Promise<unknown> | undefined;
}

export const END: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

/** What all parts of one run share: whose time it is. */
export class Run {
  #engine: Engine | undefined;

  constructor(engine?: Engine) {
    this.#engine = engine ?? running.engine;
  }

  /** Asked for where time matters only: other pipes need no host. */
  get engine(): Engine {
    return (this.#engine ??= defaultEngine());
  }

  /** Milliseconds, monotonic. */
  now(): number {
    return this.engine.platform.now();
  }

  /** Calls back once after `ms`, unless the timer is stopped. */
  after(ms: number, call: () => void): Timer {
    const timer = new Timer(call);
    this.engine.setTimer(timer, ms);
    return timer;
  }

  stop(timer: Timer): void {
    this.engine.stopTimer(timer);
  }

  /** Resolves when the host's event loop has had its turn. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.engine.platform.nextTurn(resolve));
  }
}

export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  ((typeof value === "object" && value !== null) || typeof value === "function") &&
  "then" in value &&
  typeof value.then === "function";
