/** A pipe's operators that put it together with other sources. */
import { AggregatePipe } from "./aggregate-pipe.ts";
import { Fork } from "./fork.ts";
import { joined } from "./joiners.ts";
import type { Pipe } from "./pipe.ts";
import type { PipeSource } from "./sources.ts";
import { latestOf, zipped } from "./zips.ts";

/** Sources of the values that a list has. */
export type SourcesOf<S extends readonly unknown[]> = { readonly [K in keyof S]: PipeSource<S[K]> };

export interface ZipLatestOptions {
  /** Begins before each source has given a value, with `undefined` in its place. Default true. */
  readonly partial?: boolean;
}

export abstract class CombinePipe<T> extends AggregatePipe<T> {
  /** This one to its end, then the next; all are read, and up to 10,000 values each wait for their turn. */
  chain<U>(...sources: readonly PipeSource<U>[]): Pipe<T | U> {
    return this.made((run) => joined<T | U>("chain", [this, ...sources], run));
  }

  /** The values of all, as they come. */
  merge<U>(...sources: readonly PipeSource<U>[]): Pipe<T | U> {
    return this.made((run) => joined<T | U>("merge", [this, ...sources], run));
  }

  /** This one to its end, then the next, which is opened only then. */
  concat<U>(...sources: readonly PipeSource<U>[]): Pipe<T | U> {
    return this.made((run) => joined<T | U>("concat", [this, ...sources], run));
  }

  /** One of them until another gives a value: that closes the one before. */
  switch<U>(...sources: readonly PipeSource<U>[]): Pipe<T | U> {
    return this.made((run) => joined<T | U>("switch", [this, ...sources], run));
  }

  /** Lists of the values at the same place, until one of the sources ends. */
  zip<S extends readonly unknown[]>(...sources: SourcesOf<S>): Pipe<[T, ...S]> {
    // Each list has one value of each, in their order.
    return this.made((run) => zipped([this, ...sources], run)) as Pipe<[T, ...S]>;
  }

  /** At each new value a list of the latest of all; the last argument may be `{ partial: false }`. */
  zipLatest<S extends readonly unknown[]>(...sources: SourcesOf<S>): Pipe<[T, ...{ [K in keyof S]: S[K] | undefined }]>;
  zipLatest<S extends readonly unknown[]>(...sources: [...SourcesOf<S>, ZipLatestOptions]): Pipe<[T, ...S]>;
  zipLatest(...given: readonly unknown[]): Pipe<never> {
    const last = given.at(-1);
    const options = isOptions(last) ? last : undefined;
    // All but the options are sources, as the overloads say.
    const others = (options === undefined ? given : given.slice(0, -1)) as readonly PipeSource<unknown>[];
    return this.made((run) => latestOf([this, ...others], options?.partial ?? true, run)) as Pipe<never>;
  }

  /**
   * Several pipes made of this one, which is read once for all of them; then `merge`, `zip` … puts them together.
   *
   * @example
   * await pipe([3, 1, 2]).fork((n) => n.min(), (n) => n.max()).zip().last(); // [1, 3]
   */
  fork<B extends readonly unknown[]>(...branches: { readonly [K in keyof B]: (pipe: Pipe<T>) => Pipe<B[K]> }): Fork<B> {
    const made = <U>(open: Parameters<typeof this.made<U>>[0]): Pipe<U> => this.made(open);
    return new Fork<B>((run) => this.openRun(run), branches, made);
  }
}

/** A pipe has a `partial`, too: that is an operator. */
const isOptions = (value: unknown): value is ZipLatestOptions =>
  typeof value === "object" && value !== null && "partial" in value && typeof value.partial !== "function";
