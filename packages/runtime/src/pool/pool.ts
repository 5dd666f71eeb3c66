/** What a pool is: plain functions on every core there is, one by one or over anything that can be iterated. */
import type { Exit } from "../contracts/exit.ts";
import type { Operation, Stream } from "../contracts/operation.ts";
import type { CloseOptions, WaitOptions } from "../contracts/wait.ts";
import type { Subscribable } from "../message/channel.ts";
import type { Task } from "../task/types.ts";
import type { PoolCallable } from "./function-stub.ts";
import type { AnyIterable } from "./sources.ts";
import type { PoolEvent, PoolPlace } from "./place.ts";

/** A plain function: it is given its arguments and gives a value, or a promise of one. */
export type PlainFunction = (...args: never[]) => unknown;

export interface PoolRunOptions extends WaitOptions {
  /** How often it is started again when its worker is lost. Default 0: it may not bear being run twice. */
  readonly retries?: number;
  /**
   * Buffers among the arguments that are not needed here any more: they are taken at once and have no bytes here then, as
   * with `postMessage`, so nobody changes them before they are sent. `OPTION_INVALID` for what can't be moved.
   */
  readonly transfer?: readonly object[];
}

export interface PoolMapOptions extends WaitOptions {
  /** Items that go to a worker together. Default `"auto"`: as many as take some milliseconds, by what they took before. */
  readonly chunk?: number | "auto";
  /** Results in the order of the items (default), or as they come. */
  readonly ordered?: boolean;
  /** Milliseconds that each item may take from when it is begun; then it fails with `TIMEOUT`, and its worker is free. */
  readonly itemTimeoutMs?: number;
  /** Items taken from the source ahead of who reads the results. Default 16,384; of large ones as many as 64 MiB hold. */
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
export type Mapped<R, O> = Stream<O extends { readonly onError: "yield" } ? MapExit<Awaited<R>> : Awaited<R>>;

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
  run<A extends readonly unknown[], R>(fn: CallableStub<A, R>, args: A, options?: PoolRunOptions): Task<R>;
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
  map<T extends readonly unknown[], R, const O extends PoolMapOptions & { readonly star: true }>(
    fn: CallableStub<T, R>,
    items: AnyIterable<T>,
    options: O,
  ): Mapped<R, O>;
  map<T, R, const O extends PoolMapOptions = PoolMapOptions>(
    fn: CallableStub<[item: T], R>,
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

/**
 * The stub of a plain function of a job's module, as `job.module` gives it: pools with that job run the function.
 *
 * @typeParam A its arguments
 */
export interface CallableStub<A extends readonly unknown[], R> {
  call(args: A): Operation<R>;
  /** Functions, which have it, are none. */
  readonly bind?: never;
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
  /**
   * Where the workers of places that don't say so themselves find `fn`, now or once it is made ready.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`
   */
  readonly codeOf?: (fn: PoolCallable) => FunctionPlace;
  /** Names of options that it takes itself. */
  readonly options?: readonly string[];
  /** Leads the stack of an error from a worker to the user's files. */
  readonly mapStack?: (error: Error) => void;
}

export interface PoolSettings {
  readonly queueSize?: number;
  /**
   * A worker that has more memory than this after a call (all of its process) gets no more; when it has ended what it has,
   * another takes its place. Against functions that leak. `OPTION_INVALID` with a job, whose servers their nodes bound.
   */
  readonly maxWorkerBytes?: number;
  readonly initializer?: PlainFunction;
  readonly initArgs?: readonly unknown[];
  /** Milliseconds that the initializer may take. Default 5 minutes. */
  readonly initializerTimeoutMs?: number;
  /** Milliseconds until a worker has to answer after its start. Default 30 s. */
  readonly connectTimeoutMs?: number;
}
