/** `executor(p)`: a pool in the shape of Python's `concurrent.futures`, for those who come from there. */
import type { Operation, Stream } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import { completed } from "../task/deferred.ts";
import type { Task } from "../task/types.ts";
import type { Pool } from "./pool.ts";
import { type AnyIterable, zip } from "./sources.ts";

export interface ExecutorMapOptions {
  /** Milliseconds for the whole map; then it fails with `TIMEOUT`. */
  readonly timeoutMs?: number;
  /** Items that go to a worker together. Default: as many as take some milliseconds. */
  readonly chunksize?: number;
}

export interface ShutdownOptions {
  /** Whether the operation waits until all has ended. Default true. */
  readonly wait?: boolean;
  /** Cancels the calls that no worker has begun. Default false. */
  readonly cancelFutures?: boolean;
}

/** An iterable for each argument. */
type Iterables<A extends readonly unknown[]> = { readonly [K in keyof A]: AnyIterable<A[K]> };

export interface Executor extends AsyncDisposable {
  /**
   * Calls `fn` in a worker. What it gives is the future: `await` it for the result, `exit()` never throws, `cancel()`
   * reaches a call that runs, too. An error that nobody asks for is not reported.
   * @throws {SkeinError} `JOB_CLOSED` after `shutdown`
   */
  submit<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Task<Awaited<R>>;
  /** Calls `fn` for each item, or with one of each of several iterables, until the shortest ends; results in order. */
  map<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...iterables: Iterables<A> | [...Iterables<A>, ExecutorMapOptions]
  ): Stream<Awaited<R>>;
  /** Takes no more calls, and closes the pool when those it has have ended. Twice does nothing. */
  shutdown(options?: ShutdownOptions): Operation<void>;
}

/**
 * Gives a pool the shape of Python's executors: `submit`, `map`, `shutdown`. Leaving its `await using` shuts it down and
 * waits, as `with` does there.
 *
 * @example
 * await using ex = executor(pool());
 * const future = ex.submit(Math.pow, 2, 10);
 * console.log(await future); // 1024
 */
export function executor(pool: Pick<Pool, "run" | "map" | "close">): Executor {
  const futures = new Set<Task<unknown>>();
  let isShut = false;
  const check = (): void => {
    if (isShut) throw shutError();
  };
  const self: Executor = {
    submit: (fn, ...args) => {
      check();
      const future = pool.run(fn, args);
      futures.add(future);
      void future.exit().then(() => futures.delete(future));
      return future;
    },
    map: (fn, ...given) => {
      check();
      const last: unknown = given.at(-1);
      const options = isOptions(last) ? last : {};
      // All but the options are iterables, as its type says.
      const iterables = (isOptions(last) ? given.slice(0, -1) : given) as readonly AnyIterable<never>[];
      const { timeoutMs, chunksize } = options;
      const settings = {
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(chunksize === undefined ? {} : { chunk: chunksize }),
      };
      const [first] = iterables;
      if (first === undefined) throw nothingToMap();
      // Its results are of what `fn` gives.
      if (iterables.length === 1)
        return pool.map(fn as unknown as (item: never) => unknown, first, settings) as Stream<never>;
      const lists = zip<never[]>(...iterables);
      return pool.map(fn as (...args: never[]) => unknown, lists, { ...settings, star: true }) as Stream<never>;
    },
    shutdown: ({ wait = true, cancelFutures = false } = {}) => {
      isShut = true;
      if (cancelFutures) for (const future of futures) if (future.state === "ready") void future.cancel("shutdown");
      const closed = pool.close();
      return wait ? closed : completed;
    },
    [Symbol.asyncDispose]: async () => {
      await self.shutdown();
    },
  };
  return self;
}

const isOptions = (value: unknown): value is ExecutorMapOptions =>
  typeof value === "object" && value !== null && !(Symbol.iterator in value) && !(Symbol.asyncIterator in value);

const shutError = (): SkeinError =>
  new SkeinError("JOB_CLOSED", "the executor was shut down", { hint: "make another, on a pool that is open" });

const nothingToMap = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "an executor's map was given nothing to go through", {
    hint: "give an iterable for each argument of the function",
  });
