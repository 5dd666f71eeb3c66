/** `pipe(source)`: lazy pipelines over anything that gives values, with the words of eventkit. */
import type { Effect, Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import type { Wait, Waitable } from "../task/wait.ts";
import { CombinePipe } from "./combine-pipe.ts";
import {
  everyMs,
  marbles,
  numbers,
  type PaceOptions,
  type PointInTime,
  repeated,
  sequenced,
  ticks,
  timesBetween,
} from "./create.ts";
import { EndWait } from "./end.ts";
import { beforeError, errorsOf, eventsOf, type PipeEvent } from "./errors.ts";
import type { Flow, Run } from "./flow.ts";
import { flowOf, type PipeSource } from "./sources.ts";
import { debounced, delayed, type PipeTimeoutOptions, throttled, type ThrottleOptions, TimedFlow } from "./timing.ts";
import { sampled } from "./zips.ts";

/**
 * Values on their way from a source through operators. Nothing happens until it is read: by `for await`, `forEach`,
 * `toChannel`, or as an operation by `last` and `list`. Each reading is a run of its own; it pulls values as they are
 * wanted, and who leaves or gives up closes the source. The first error ends a run, unless `events`, `errors` or
 * `endOnError` takes it.
 */
export class Pipe<T> extends CombinePipe<T> {
  protected made<U>(open: (run: Run) => Flow<U>): Pipe<U> {
    return new Pipe<U>(open);
  }

  protected resulting<U, R>(open: (run: Run) => Flow<U>, options?: WaitOptions): PipeResult<U, R> {
    return new PipeResult<U, R>(open, options);
  }

  /** Everything `ms` milliseconds later: values, errors, the end. Up to 10,000 values are under way. */
  delay(ms: number): Pipe<T> {
    return this.made((run) => delayed(this.openRun(run), ms, run));
  }

  /** Fails by `TIMEOUT` when the next value does not come within `ms` milliseconds of asking; with `else`, ends with that. */
  timeout(ms: number): Pipe<T>;
  timeout<E>(ms: number, options: PipeTimeoutOptions<E>): Pipe<T | E>;
  timeout<E>(ms: number, options: PipeTimeoutOptions<E> = {}): Pipe<T | E> {
    return this.made((run) => new TimedFlow(this.openRun(run), ms, options, run));
  }

  /** At most `maximum` (which may be a function that says it anew) in any `intervalMs`; the others wait, none is dropped. */
  throttle(maximum: number | (() => number), intervalMs: number, options: ThrottleOptions<T> = {}): Pipe<T> {
    return this.made((run) => throttled(this.openRun(run), maximum, intervalMs, options, run));
  }

  /** Of values that follow each other within `ms` milliseconds the last, when so long none came; or the first, at once. */
  debounce(ms: number, onFirst = false): Pipe<T> {
    return this.made((run) => debounced(this.openRun(run), ms, onFirst, run));
  }

  /** The latest value at each value of `timer`, or every so many milliseconds. */
  sample(timer: PipeSource<unknown> | number): Pipe<T> {
    return this.made((run) => sampled(this.openRun(run), flowOf(everyMs(timer), run), run));
  }

  /** The errors in the place of the values. */
  errors(): Pipe<unknown> {
    return this.made((run) => errorsOf(this.openRun(run)));
  }

  /** The values before the first error, which ends it and is not told. */
  endOnError(): Pipe<T> {
    return this.made((run) => beforeError(this.openRun(run)));
  }

  /** Values, errors and the end, each as an event. */
  events(): Pipe<PipeEvent<T>> {
    return this.made((run) => eventsOf(this.openRun(run)));
  }
}

/** A pipe of one value, which is also an operation: `await` or `yield*` it, or go on with its operators. */
export class PipeResult<T, R> extends Pipe<T> implements Waitable<R> {
  readonly #options: WaitOptions | undefined;

  constructor(open: (run: Run) => Flow<T>, options: WaitOptions | undefined) {
    super(open);
    this.#options = options;
  }

  skeinWait(): Wait<R> {
    // The last value of its one value: R is that, or says that there may be none.
    return new EndWait((run) => this.openRun(run), this.#options) as Wait<unknown> as Wait<R>;
  }

  [Symbol.iterator](): Iterator<Effect, R, unknown> {
    return this.skeinWait()[Symbol.iterator]();
  }

  then<A = R, B = never>(
    onValue?: ((value: R) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.skeinWait().then(onValue, onError);
  }
}

export interface MakePipe {
  /**
   * Makes a pipe that begins with `source`: anything that can be iterated, also asynchronously, a channel, a Web stream, a
   * promise or operation, another pipe, or a function that gives one of these for each run.
   *
   * @throws {SkeinError} `OPTION_INVALID` when it is read and the source can't be
   * @example
   * const mean = await pipe([1, 2, 3, 4]).filter((n) => n > 1).array(2).mean().last(); // 3.5
   */
  <T>(source: PipeSource<T>): Pipe<T>;
  /** The values of `source` at their times. */
  sequence<T>(source: PipeSource<T>, options?: PaceOptions): Pipe<T>;
  /** `value`, `count` times (default 1). */
  repeat<T>(value: T, count?: number, options?: PaceOptions): Pipe<T>;
  /** The numbers from 0, or `start`, to before `end`, by `step` (default 1). */
  range(end: number): Pipe<number>;
  range(start: number, end: number, step?: number, options?: PaceOptions): Pipe<number>;
  /** From `start` (default: now) to `end` (default: no end), every `stepMs` (default 1000), that time in milliseconds since 1970. */
  timerange(start?: PointInTime, end?: PointInTime, stepMs?: number): Pipe<number>;
  /** Every `intervalMs` the milliseconds since its start, `count` times (default: for ever). */
  timer(intervalMs: number, count?: number): Pipe<number>;
  /** The characters of an Rx marble string: `-` and blanks are pauses, `|` is the end, `_` is nothing. For tests. */
  marble(text: string, options?: PaceOptions): Pipe<string>;
  /** The one value of a promise or an operation. */
  wait<T>(promise: PromiseLike<T> | Operation<T>): Pipe<T>;
}

const make = <T>(source: PipeSource<T>): Pipe<T> => new Pipe<T>((run) => flowOf(source, run));

/** See {@link MakePipe}. */
export const pipe: MakePipe = /* @__PURE__ */ Object.assign(make, {
  sequence: <T>(source: PipeSource<T>, options: PaceOptions = {}) => make(sequenced(source, options)),
  repeat: <T>(value: T, count = 1, options: PaceOptions = {}) => make(sequenced(repeated(value, count), options)),
  range: (first: number, end?: number, step = 1, options: PaceOptions = {}) =>
    make(sequenced(end === undefined ? numbers(0, first, 1) : numbers(first, end, step), options)),
  timerange: (start: PointInTime = 0, end?: PointInTime, stepMs = 1000) => make(timesBetween(start, end, stepMs)),
  timer: (intervalMs: number, count = Number.POSITIVE_INFINITY) => make(ticks(intervalMs, count)),
  marble: (text: string, options: PaceOptions = {}) => make(marbles(text, options)),
  wait: <T>(promise: PromiseLike<T>) => make<T>(promise),
});
