/** A pipe's operators that make other values of its values. */
import { PIPE_SOURCES } from "../defaults.ts";
import type { MapExit, PlainFunction, PoolMapOptions } from "../pool/pool.ts";
import { mappedBy, mappedHere, type PipeCall, type PipeMapOptions, type PipeMapper } from "./calls.ts";
import { joinedMap, type JoinerName } from "./joiners.ts";
import type { Pipe } from "./pipe.ts";
import { SelectPipe } from "./select-pipe.ts";
import { flowOf, type PipeSource } from "./sources.ts";
import { everyMs } from "./create.ts";
import { chunkedWith } from "./zips.ts";

export interface JoinedMapOptions {
  /** Sources that are open at once. Default 64. */
  readonly inFlight?: number;
}

/** What a path leads to: keys, or places in a list, with dots between them. */
function valueAt(value: unknown, path: PropertyKey): unknown {
  const keys = typeof path === "string" ? path.split(".") : [path];
  return keys.reduce<unknown>(
    (at, key) => (key === "" ? at : at === null || at === undefined ? undefined : Reflect.get(Object(at), key)),
    value,
  );
}

const copyOf = <T>(value: T): T => {
  if (typeof value !== "object" || value === null) return value;
  // Each makes one of the same kind.
  if (Array.isArray(value)) return [...value] as T;
  if (value instanceof Map) return new Map(value) as T;
  if (value instanceof Set) return new Set(value) as T;
  return Object.assign(Object.create(Object.getPrototypeOf(value)) as object, value) as T;
};

export abstract class TransformPipe<T> extends SelectPipe<T> {
  /** `value` in the place of each value. */
  constant<U>(value: U): Pipe<U> {
    return this.each(() => value);
  }

  /** In the place of each value the next one of `values`; ends with them. */
  iterate<U>(values: Iterable<U>): Pipe<U> {
    return this.staged(() => {
      const iterator = values[Symbol.iterator]();
      return {
        on: (_value, out) => {
          const step = iterator.next();
          if (step.done === true) out.stop();
          else out.give(step.value);
        },
        close: () => void iterator.return?.(),
      };
    });
  }

  /** In the place of each value its number. */
  count(start = 0, step = 1): Pipe<number> {
    return this.staged(() => {
      let next = start - step;
      return { on: (_value, out) => out.give((next += step)) };
    });
  }

  /** Pairs of a number and the value. */
  enumerate(start = 0, step = 1): Pipe<[count: number, value: T]> {
    return this.staged(() => {
      let next = start - step;
      return { on: (value, out) => out.give([(next += step), value]) };
    });
  }

  /** Pairs of the time, in milliseconds since 1970, and the value. */
  timestamp(): Pipe<[wallMs: number, value: T]> {
    return this.staged((run) => ({ on: (value, out) => out.give([run.engine.platform.wallMs(), value]) }));
  }

  /** Lists of `left` and the value. */
  partial<const L extends readonly unknown[]>(...left: L): Pipe<[...L, T]> {
    return this.each((value) => [...left, value]);
  }

  /** Lists of the value and `right`. */
  partialRight<const R extends readonly unknown[]>(...right: R): Pipe<[T, ...R]> {
    return this.each((value) => [value, ...right]);
  }

  /** What `fn` makes of each list of arguments. */
  star<A extends readonly unknown[], R>(this: Pipe<A>, fn: (...args: A) => R | PromiseLike<R>): Pipe<R> {
    return this.map((args) => fn(...args));
  }

  /** Lists with the value. */
  pack(): Pipe<[T]> {
    return this.each((value) => [value]);
  }

  /** What a key, or a path as `address.street`, leads to; for several, lists of them. `undefined` where it leads nowhere. */
  pluck<K extends keyof T>(key: K): Pipe<T[K]>;
  pluck(path: string | number): Pipe<unknown>;
  pluck(...paths: readonly (string | number)[]): Pipe<unknown[]>;
  pluck(...paths: readonly PropertyKey[]): Pipe<unknown> {
    const [first] = paths;
    if (paths.length === 1 && first !== undefined) return this.each((value) => valueAt(value, first));
    return this.each((value) => paths.map((path) => valueAt(value, path)));
  }

  /**
   * What `fn` makes of each value. Async calls go on at the same time, `inFlight` of them. With a pool (or job) first, in
   * its workers: items are pulled `inFlight` ahead, and one that fails is an error in its place.
   *
   * @example
   * await pipe(files).map(p, (file: string) => file.length).filter().list();
   */
  map<R>(fn: (value: T, call: PipeCall) => R | PromiseLike<R>, options?: PipeMapOptions): Pipe<R>;
  map<R, const O extends PoolMapOptions = PoolMapOptions>(
    mapper: PipeMapper,
    fn: O extends { readonly star: true } ? (...args: T & readonly unknown[]) => R : (item: T) => R,
    options?: O,
  ): Pipe<O extends { readonly onError: "yield" } ? MapExit<Awaited<R>> : Awaited<R>>;
  map(first: PipeMapper | PlainFunction, second?: unknown, third?: PoolMapOptions): Pipe<unknown> {
    // The overloads have checked which goes with which.
    if (typeof first === "function") {
      const fn = first as (value: T, call: PipeCall) => unknown;
      return this.made((run) => mappedHere<T, unknown>(this.openRun(run), fn, (second ?? {}) as PipeMapOptions, run));
    }
    return this.made((run) => mappedBy(this.openRun(run), first, second as PlainFunction, third ?? {}, run));
  }

  /** A source for each value, and their values as `joiner` says: see {@link mergeMap} and the others. */
  emap<U>(
    make: (value: T) => PipeSource<U>,
    joiner: JoinerName,
    { inFlight = PIPE_SOURCES }: JoinedMapOptions = {},
  ): Pipe<U> {
    return this.made((run) => joinedMap(joiner, this.openRun(run), make, inFlight, run));
  }

  /** The values of a source for each value, whichever comes. */
  mergeMap<U>(make: (value: T) => PipeSource<U>, options?: JoinedMapOptions): Pipe<U> {
    return this.emap(make, "merge", options);
  }

  /** The values of a source for each value, one source after another. */
  concatMap<U>(make: (value: T) => PipeSource<U>): Pipe<U> {
    return this.emap(make, "concat");
  }

  /** The same, but the next ones are read already; up to 10,000 values each wait for their turn. */
  chainMap<U>(make: (value: T) => PipeSource<U>, options?: JoinedMapOptions): Pipe<U> {
    return this.emap(make, "chain", options);
  }

  /** The values of a source for each value; one that gives a value closes the one before. */
  switchMap<U>(make: (value: T) => PipeSource<U>, options?: JoinedMapOptions): Pipe<U> {
    return this.emap(make, "switch", options);
  }

  /** For each value the one `count` before it. */
  previous(count = 1): Pipe<T> {
    return this.staged(() => {
      const kept: T[] = [];
      return {
        on: (value, out) => {
          kept.push(value);
          // It is there: more than `count` are kept.
          if (kept.length > count) out.give(kept.shift() as T);
        },
      };
    });
  }

  /** Shallow copies of the values. */
  copy(): Pipe<T> {
    return this.each(copyOf);
  }

  /** Deep copies of the values, as `structuredClone` makes them. */
  deepCopy(): Pipe<T> {
    return this.each((value) => structuredClone(value));
  }

  /** Lists of `size` values; the last may be shorter. */
  chunk(size: number): Pipe<T[]> {
    return this.staged(() => {
      let list: T[] = [];
      return {
        on: (value, out) => {
          list.push(value);
          if (list.length < size) return;
          out.give(list);
          list = [];
        },
        end: (out) => (list.length > 0 ? out.give(list) : undefined),
      };
    });
  }

  /** Lists of what came between two values of `timer`, or every so many milliseconds; empty ones, too, unless told otherwise. */
  chunkWith(timer: PipeSource<unknown> | number, emitEmpty = true): Pipe<T[]> {
    return this.made((run) => chunkedWith(this.openRun(run), flowOf(everyMs(timer), run), emitEmpty, run));
  }
}
