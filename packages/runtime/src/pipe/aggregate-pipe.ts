/** A pipe's operators that know of the values before: running results at each value, windows, and the list of all. */
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import type { Pipe, PipeResult } from "./pipe.ts";
import { StageFlow } from "./stage.ts";
import * as statistics from "./statistics.ts";
import { TransformPipe } from "./transform-pipe.ts";

/** Numbers, or lists of them: as `chunk` and `array` give them. */
type Numbers = Pipe<number> | Pipe<readonly number[]> | Pipe<number[]>;

export abstract class AggregatePipe<T> extends TransformPipe<T> {
  /** At each value `fn` of the result so far and the value. Without `initial` the first value is the first result, which is not given. */
  reduce(fn: (result: T, value: T) => T): Pipe<T>;
  reduce<R>(fn: (result: R, value: T) => R, initial: R): Pipe<R>;
  reduce(fn: (result: never, value: T) => unknown, ...initial: readonly unknown[]): Pipe<never> {
    return this.staged<never>(() => {
      let results = [...initial];
      return {
        on: (value, out) => {
          const [result] = results;
          const isFirst = results.length === 0;
          // What `fn` gave, or was given first: the overloads say so.
          results = [isFirst ? value : fn(result as never, value)];
          if (!isFirst) out.give(results[0] as never);
        },
      };
    });
  }

  /** The least number so far; of lists the least of each. */
  min(this: Numbers): Pipe<number> {
    return AggregatePipe.#statistic(this, statistics.minimum, Number.POSITIVE_INFINITY);
  }

  /** The greatest number so far; of lists the greatest of each. */
  max(this: Numbers): Pipe<number> {
    return AggregatePipe.#statistic(this, statistics.maximum, Number.NEGATIVE_INFINITY);
  }

  /** The sum so far; of lists the sum of each. */
  sum(this: Numbers, start = 0): Pipe<number> {
    return AggregatePipe.#statistic(this, statistics.sumFrom(start), start);
  }

  /** The product so far; of lists the product of each. */
  product(this: Numbers, start = 1): Pipe<number> {
    return AggregatePipe.#statistic(this, statistics.productFrom(start), start);
  }

  /** The mean so far; of lists the mean of each (`NaN` of an empty one). */
  mean(this: Numbers): Pipe<number> {
    return AggregatePipe.#statistic(this, statistics.mean, Number.NaN);
  }

  /** The sample standard deviation so far; of lists that of each. `NaN` for fewer than two numbers. */
  std(this: Numbers): Pipe<number> {
    return AggregatePipe.#statistic(this, statistics.deviation, Number.NaN);
  }

  /** Whether `predicate` held for a value so far. Without one: whether one was truthy; of lists whether one in each is. */
  any(predicate?: (value: T) => unknown): Pipe<boolean> {
    return this.#decided(true, predicate);
  }

  /** Whether `predicate` held for all values so far. Without one: whether all were truthy; of lists whether all in each are. */
  all(predicate?: (value: T) => unknown): Pipe<boolean> {
    return this.#decided(false, predicate);
  }

  /** The exponential moving average, of `n` periods or with the `weight` of each new value, which is `2 / (n + 1)`. */
  ema(this: Pipe<number>, { n, weight }: { readonly n?: number; readonly weight?: number }): Pipe<number> {
    const share = weight ?? (n === undefined ? Number.NaN : 2 / (n + 1));
    if (Number.isNaN(share)) {
      throw new SkeinError("OPTION_INVALID", "a moving average has neither n nor weight", {
        hint: "give { n: periods } or { weight: share of each new value }",
      });
    }
    return this.staged(() => {
      let average: number | undefined;
      return {
        on: (value, out) => {
          average = average === undefined ? value : (1 - share) * average + share * value;
          out.give(average);
        },
      };
    });
  }

  /** Pairs of each value and the one before. */
  pairwise(): Pipe<[before: T, value: T]> {
    return this.staged(() => {
      let before: { readonly value: T } | undefined;
      return {
        on: (value, out) => {
          if (before !== undefined) out.give([before.value, value]);
          before = { value };
        },
      };
    });
  }

  /**
   * All values, when the source has ended: a pipe of that list, and an operation that gives it.
   * @throws (as an operation) the first error of the pipe; {@link SkeinError} `TIMEOUT`
   */
  list(options?: WaitOptions): PipeResult<T[], T[]> {
    return this.resulting((run) => {
      const list: T[] = [];
      return new StageFlow<T, T[]>(this.openRun(run), {
        on: (value) => void list.push(value),
        end: (out) => out.give(list),
      });
    }, options);
  }

  /** At each value a list of the last `count` (fewer at first; 0: of all). Its statistics are `sum`, `mean`, `std` … */
  array(count = 0): Pipe<T[]> {
    return this.staged(() => {
      const window: T[] = [];
      return {
        on: (value, out) => {
          window.push(value);
          if (count > 0 && window.length > count) window.shift();
          out.give([...window]);
        },
      };
    });
  }

  /** The same as {@link array}. */
  deque(count = 0): Pipe<T[]> {
    return this.array(count);
  }

  /** The other until a value is `decisive`, and that from then on. */
  #decided(decisive: boolean, predicate: ((value: T) => unknown) | undefined): Pipe<boolean> {
    return this.staged(() => {
      let result = !decisive;
      return {
        on: (value, out) => {
          if (predicate === undefined && Array.isArray(value)) {
            return out.give(decisive ? value.some(Boolean) : value.every(Boolean));
          }
          if (result !== decisive) result = Boolean(predicate === undefined ? value : predicate(value));
          out.give(result);
        },
      };
    });
  }

  static #statistic(pipe: Numbers, make: statistics.MakeStatistic<number>, empty: number): Pipe<number> {
    const numbers: AggregatePipe<number | readonly number[]> = pipe as Pipe<number | readonly number[]>; // either, as said
    return numbers.staged(() => {
      const statistic = make();
      return {
        on: (value, out) =>
          out.give(typeof value === "number" ? statistic.add(value) : statistics.ofList(make, value, empty)),
      };
    });
  }
}
