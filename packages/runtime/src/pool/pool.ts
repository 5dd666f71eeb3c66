/** The pool: plain functions on every core there is, one by one or over anything that can be iterated. */
import type { Exit } from "../contracts/exit.ts";
import type { Operation, Stream } from "../contracts/operation.ts";
import type { CloseOptions, WaitOptions } from "../contracts/wait.ts";
import { POOL_CONNECT_MS } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type Channel, channel, type Subscribable } from "../message/channel.ts";
import { completed, Deferred } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { abortError, timeoutError } from "../task/limits.ts";
import { running } from "../task/running.ts";
import { defaultEngine } from "../task/default-engine.ts";
import { Timer } from "../task/timers.ts";
import type { Task } from "../task/types.ts";
import { PoolCall } from "./pool-call.ts";
import { type CoreOptions, PoolCore, type PoolEvent, type PoolPlace } from "./pool-core.ts";
import { DEFAULT_IN_FLIGHT, MapResults, type MapSettings, PoolMap } from "./pool-map.ts";
import type { PoolFunction } from "./portion.ts";
import { type AnyIterable, mapSource } from "./sources.ts";
import { PoolWord } from "./words.ts";

/** A plain function: it is given its arguments and gives a value, or a promise of one. */
export type PlainFunction = (...args: never[]) => unknown;

export interface PoolRunOptions extends WaitOptions {
  /** How often it is started again when its worker is lost. Default 0: it may not bear being run twice. */
  readonly retries?: number;
  /** Buffers among the arguments that are not needed here any more. Workers of other processes get copies all the same. */
  readonly transfer?: readonly object[];
}

export interface PoolMapOptions extends WaitOptions {
  /** Items that go to a worker together. Default `"auto"`: as many as take some milliseconds, by what they took before. */
  readonly chunk?: number | "auto";
  /** Results in the order of the items (default), or as they come. */
  readonly ordered?: boolean;
  /** Milliseconds that each item may take from when it is begun; then it fails with `TIMEOUT`, and its worker is free. */
  readonly itemTimeoutMs?: number;
  /** Items taken from the source ahead of who reads the results. Default 16,384. */
  readonly inFlight?: number;
  /** How often an item is started again when its worker is lost. Default 2. */
  readonly retries?: number;
  /** Each item is a list of arguments. */
  readonly star?: boolean;
  /** `"throw"` (default): the first error ends the map. `"yield"`: each result is an exit with its item's number. */
  readonly onError?: "throw" | "yield";
}

/** A result with `onError: "yield"`. */
export type MapExit<R> = Exit<R> & { readonly index: number };

/** What a map gives for its options. */
type Mapped<R, O> = Stream<O extends { readonly onError: "yield" } ? MapExit<Awaited<R>> : Awaited<R>>;

export interface PoolStats {
  /** Workers that take calls. */
  readonly workers: number;
  /** Calls that wait for a worker; of maps only what workers have counts. */
  readonly queued: number;
  /** Calls that workers have. */
  readonly running: number;
  /** Calls that have ended. */
  readonly done: number;
  /** Workers that were lost since the pool began. */
  readonly lost: number;
}

/**
 * Runs plain functions in worker processes. Functions are found in their source; arguments and results are copied.
 *
 * @example
 * await using p = pool();
 * console.log(await p.run((n: number) => n * n, [7])); // 49
 * for await (const y of p.map((n: number) => n * n, [1, 2, 3])) console.log(y);
 */
export interface Pool extends AsyncDisposable {
  /** Workers it is to have. */
  readonly size: number;
  /** What becomes of its workers. */
  readonly events: Subscribable<PoolEvent>;
  /**
   * Calls `fn` in a worker. Acts at once; calls of one turn go together.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`, `OPTION_INVALID`. The task fails with what `fn` throws, `SERVER_LOST`,
   * `TIMEOUT`, `NOT_SERIALIZABLE` with the path, `SETUP_FAILED` when no worker could be set up, `JOB_CLOSED`
   */
  run<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...rest: [] extends A ? [args?: A, options?: PoolRunOptions] : [args: A, options?: PoolRunOptions]
  ): Task<Awaited<R>>;
  /**
   * Calls `fn` for each item, in the workers, and gives the results. Items are taken when results are read, `inFlight`
   * ahead at most. Leaving the loop ends it.
   * @throws {SkeinError} as {@link Pool.run}
   */
  map<T extends readonly unknown[], R, const O extends PoolMapOptions & { readonly star: true }>(
    fn: (...args: T) => R,
    items: AnyIterable<T>,
    options: O,
  ): Mapped<R, O>;
  map<T, R, const O extends PoolMapOptions = PoolMapOptions>(
    fn: (item: T) => R,
    items: AnyIterable<T>,
    options?: O,
  ): Mapped<R, O>;
  /** The same with a function that is given a list of items and returns a list of as many results. */
  mapArrays<T, R, const O extends PoolMapOptions = PoolMapOptions>(
    fn: (items: T[]) => readonly R[] | PromiseLike<readonly R[]>,
    items: AnyIterable<T>,
    options?: O,
  ): Mapped<R, O>;
  /** Calls `fn` once in every worker; gives their results. @throws what the first failing call throws */
  runOnAll<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...rest: [] extends A ? [args?: A] : [args: A]
  ): Operation<Awaited<R>[]>;
  /** Waits until all its workers are set up. @throws {SkeinError} `SETUP_FAILED`, `HOST_UNREACHABLE`, `TIMEOUT` */
  ready(options?: WaitOptions): Operation<void>;
  /** Opens it again after a close. */
  start(): void;
  /** More workers, `n` of them (default 1). */
  grow(n?: number): void;
  /** Fewer workers: those that leave end what they have. */
  shrink(n?: number): void;
  stats(): PoolStats;
  /** Waits for its calls, or cancels them; then its workers end. Twice does nothing. @throws {SkeinError} `TIMEOUT` */
  close(options?: CloseOptions): Operation<void>;
}

/** Where a function is found. */
export interface FunctionPlace {
  /** The same for functions that are the same there. */
  readonly key: unknown;
  /** What workers are told, or a promise of it. */
  readonly code: unknown;
}

/** What a host gives a pool. */
export interface PoolHost {
  /** Where workers run, with how many each; made anew when the pool is opened again. */
  places(): readonly PoolPlace[];
  /** Where workers find `fn`, now or once it is made ready. @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` */
  codeOf(fn: PlainFunction): FunctionPlace;
  /** Leads the stack of an error from a worker to the user's files. */
  readonly mapStack?: (error: Error) => void;
}

export interface PoolSettings {
  readonly queueSize?: number;
  readonly initializer?: PlainFunction;
  readonly initArgs?: readonly unknown[];
  readonly connectTimeoutMs?: number;
}

interface Known {
  readonly fn: PoolFunction & { code: unknown };
  /** Until its code is there. */
  making: Promise<void> | undefined;
}

export class OpenPool implements Pool {
  readonly events: Channel<PoolEvent>;
  readonly #host: PoolHost;
  readonly #settings: PoolSettings;
  readonly #engine: Engine;
  readonly #known = new WeakMap<PlainFunction, Known>();
  /** By where the code is: functions made again and again at one place are one. */
  readonly #byCode = new Map<unknown, Known>();
  #places: readonly PoolPlace[];
  #core: PoolCore;
  #closed: Operation<void> | undefined;
  #functions = 0;
  #doneBefore = 0;

  constructor(host: PoolHost, settings: PoolSettings = {}, engine: Engine = running.engine ?? defaultEngine()) {
    this.#host = host;
    this.#settings = settings;
    this.#engine = engine;
    this.events = channel<PoolEvent>("pool", { overflow: "drop-oldest" });
    this.#places = host.places();
    this.#core = this.#open();
  }

  get size(): number {
    return this.#places.reduce((sum, place) => sum + place.size, 0);
  }

  run(fn: PlainFunction, args: readonly unknown[] = [], options?: PoolRunOptions): Task<never> {
    this.#check();
    const known = this.#find(fn);
    const core = this.#core;
    const { timeoutMs, signal, retries = 0 } = options ?? {};
    const exact = timeoutMs !== undefined || signal !== undefined;
    const call = new PoolCall<never>(core, known.fn, args, retries, exact);
    const any: PoolCall<unknown> = call;
    if (exact) limit(this.#engine, core, any, timeoutMs, signal);
    if (call.ended) return call;
    if (known.making === undefined) core.add(any);
    else {
      known.making.then(
        () => (call.ended ? undefined : core.add(any)),
        (error: unknown) => call.reject(errorFrom(error)),
      );
    }
    return call;
  }

  map(fn: PlainFunction, items: AnyIterable<unknown>, options: PoolMapOptions = {}): Stream<never> {
    return this.#map(fn, items, options.star === true ? PoolWord.call : PoolWord.each, options);
  }

  mapArrays(fn: PlainFunction, items: AnyIterable<unknown>, options: PoolMapOptions = {}): Stream<never> {
    return this.#map(fn, items, PoolWord.whole, options);
  }

  runOnAll(fn: PlainFunction, args: readonly unknown[] = []): Operation<never[]> {
    this.#check();
    const known = this.#find(fn);
    const core = this.#core;
    const all = new Deferred<never[]>(`${known.fn.name} in all workers`, this.#engine);
    const act = async (): Promise<void> => {
      await core.ready();
      await known.making;
      // Its type says what `fn` gives.
      all.resolve((await Promise.all(core.onAll(known.fn, args))) as never[]);
    };
    act().catch((error: unknown) => all.reject(error));
    return all;
  }

  ready(options?: WaitOptions): Operation<void> {
    this.#check();
    const ready = this.#core.ready();
    if (options === undefined) return ready;
    const limited = new Deferred<void>("the pool's workers", this.#engine).limit(this.#engine, options, () => undefined);
    ready.then(
      () => limited.resolve(),
      (error: unknown) => limited.reject(error),
    );
    return limited;
  }

  start(): void {
    if (this.#closed === undefined) return;
    this.#closed = undefined;
    this.#places = this.#host.places();
    this.#core = this.#open();
  }

  grow(n = 1): void {
    this.#resize(n);
  }

  shrink(n = 1): void {
    this.#resize(-n);
  }

  stats(): PoolStats {
    const core = this.#core;
    let done = this.#doneBefore;
    let workers = 0;
    for (const lane of core.lanes) {
      done += lane.done;
      if (lane.ready && !lane.leaving) workers += 1;
    }
    return { workers, queued: core.queue.size, running: core.running, done, lost: core.lost };
  }

  close(options: CloseOptions = {}): Operation<void> {
    this.#closed ??= this.#close(options);
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ cancel: true });
  }

  #close({ cancel = false, timeoutMs }: CloseOptions): Operation<void> {
    const core = this.#core;
    const closed = new Deferred<void>("the pool to close", this.#engine).ignore();
    const end = (): void => {
      core.close(closedError());
      closed.resolve();
    };
    if (cancel) {
      end();
      return completed;
    }
    core.idle().then(end, end);
    return timeoutMs === undefined ? closed : closed.limit(this.#engine, { timeoutMs }, () => undefined);
  }

  #open(): PoolCore {
    const { initializer, initArgs = [], queueSize, connectTimeoutMs = POOL_CONNECT_MS } = this.#settings;
    const options: CoreOptions = {
      engine: this.#engine,
      places: this.#places,
      queueSize,
      mapStack: this.#host.mapStack,
      initializer: undefined,
      connectTimeoutMs,
      tell: (event) => this.events.publish(event),
    };
    if (initializer === undefined) return new PoolCore(options);
    const known = this.#find(initializer);
    return new PoolCore({
      ...options,
      initializer: { fn: known.fn, args: initArgs, made: known.making ?? Promise.resolve() },
    });
  }

  #map(fn: PlainFunction, items: AnyIterable<unknown>, word: PoolWord, options: PoolMapOptions): Stream<never> {
    this.#check();
    const settings = settingsOf(word, options);
    const known = this.#find(fn);
    const core = this.#core;
    const map: PoolMap = new PoolMap(
      core.homeOf(known.making),
      known.fn,
      (onItems) => mapSource(items, onItems),
      settings,
    );
    core.started(map);
    return new MapResults<never>(map);
  }

  #find(fn: PlainFunction): Known {
    const found = this.#known.get(fn);
    if (found !== undefined) return found;
    if (typeof fn !== "function") throw notAFunction(fn);
    const { key, code } = this.#host.codeOf(fn);
    const known = this.#byCode.get(key) ?? this.#describe(fn, key, code);
    this.#known.set(fn, known);
    return known;
  }

  #describe(fn: PlainFunction, key: unknown, code: unknown): Known {
    this.#functions += 1;
    const name = fn.name === "" ? "anonymous" : fn.name;
    const known: Known = {
      fn: { id: this.#functions, name, code, tookMs: undefined, isAsync: false },
      making: undefined,
    };
    if (code instanceof Promise) {
      const making = code.then((made: unknown) => {
        known.fn.code = made;
        known.making = undefined;
      });
      known.making = making;
      making.catch(() => {
        // The next use tries again.
        this.#byCode.delete(key);
        this.#known.delete(fn);
      });
    }
    if (this.#byCode.size >= KNOWN_FUNCTIONS) this.#byCode.clear();
    this.#byCode.set(key, known);
    return known;
  }

  #resize(change: number): void {
    const [place] = this.#places;
    if (!Number.isInteger(change) || place === undefined || place.size + change < 0) {
      throw new SkeinError("OPTION_INVALID", `a pool of ${this.size} can't change by ${change} workers`, {
        hint: "give a whole number that leaves 0 or more",
      });
    }
    place.size += change;
    this.#core.resize(place);
  }

  #check(): void {
    if (this.#closed !== undefined) throw closedError();
  }
}

/** Functions told apart; past that those used long ago are sent again. */
const KNOWN_FUNCTIONS = 10_000;

function limit(
  engine: Engine,
  core: PoolCore,
  call: PoolCall<unknown>,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): void {
  const stop = (error: Error): void => {
    if (call.ended) return;
    core.withdraw(call);
    call.reject(error);
  };
  if (signal !== undefined) {
    const onAbort = (): void => stop(abortError(signal));
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener("abort", onAbort, { once: true });
    call.onEnd(() => signal.removeEventListener("abort", onAbort));
  }
  if (timeoutMs === undefined) return;
  const timer = new Timer(() => stop(timeoutError(`the pool's call of ${call.name}`, timeoutMs)));
  engine.setTimer(timer, timeoutMs);
  call.onEnd(() => engine.stopTimer(timer));
}

function settingsOf(word: PoolWord, options: PoolMapOptions): MapSettings {
  const { chunk, ordered = true, itemTimeoutMs, timeoutMs, inFlight, retries = 2, onError, signal } = options;
  if (chunk !== undefined && chunk !== "auto") wholeNumber("chunk", chunk);
  if (inFlight !== undefined) wholeNumber("inFlight", inFlight);
  const size = chunk === "auto" ? undefined : chunk;
  return {
    word,
    ordered,
    chunk: size === undefined || inFlight === undefined ? size : Math.min(size, inFlight),
    inFlight: inFlight ?? Math.max(DEFAULT_IN_FLIGHT, (size ?? 0) * 4),
    retries,
    yieldsErrors: onError === "yield",
    itemTimeoutMs,
    timeoutMs,
    signal,
  };
}

function wholeNumber(name: string, value: unknown): void {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return;
  throw new SkeinError("OPTION_INVALID", `${name} is ${String(value)}`, { hint: "give a whole number from 1 up" });
}

const notAFunction = (value: unknown): SkeinError =>
  new SkeinError("OPTION_INVALID", `a pool was given a ${typeof value} to run`, { hint: "give a function" });

const closedError = (): SkeinError =>
  new SkeinError("JOB_CLOSED", "the pool is closed", { hint: "open it again by start(), or make another" });

