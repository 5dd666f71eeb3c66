/** A pipe's operators that choose among its values. */
import type { WaitOptions } from "../contracts/wait.ts";
import { PIPE_UNIQUE } from "../defaults.ts";
import { BasePipe } from "./base-pipe.ts";
import { END, type Flow } from "./flow.ts";
import type { Pipe, PipeResult } from "./pipe.ts";
import { flowOf, type PipeSource } from "./sources.ts";
import { StageFlow } from "./stage.ts";
import { skipped, until } from "./zips.ts";

const NOTHING: Flow<never> = { next: () => END, close: () => undefined };

export abstract class SelectPipe<T> extends BasePipe<T> {
  /** The values for which `predicate` holds; by default those that are truthy. */
  filter<S extends T>(predicate: (value: T) => value is S): Pipe<S>;
  filter(predicate?: (value: T) => unknown): Pipe<T>;
  filter(predicate: (value: T) => unknown = Boolean): Pipe<T> {
    return this.staged(() => ({
      on: (value, out) => {
        if (predicate(value)) out.give(value);
      },
    }));
  }

  /** All but the first `count` values. */
  skip(count = 1): Pipe<T> {
    return this.staged(() => {
      let seen = 0;
      return {
        on: (value, out) => {
          seen += 1;
          if (seen > count) out.give(value);
        },
      };
    });
  }

  /** The first `count` values; then the source is closed. */
  take(count = 1): Pipe<T> {
    if (count <= 0) return this.made(() => NOTHING);
    return this.staged(() => {
      let seen = 0;
      return {
        on: (value, out) => {
          seen += 1;
          out.give(value);
          if (seen >= count) out.stop();
        },
      };
    });
  }

  /** The values before the first for which `predicate` (by default: it is truthy) does not hold. */
  takeWhile(predicate: (value: T) => unknown = Boolean): Pipe<T> {
    return this.staged(() => ({
      on: (value, out) => {
        if (predicate(value)) out.give(value);
        else out.stop();
      },
    }));
  }

  /** The values from the first on for which `predicate` (by default: it is falsy) does not hold. */
  dropWhile(predicate: (value: T) => unknown = (value) => !value): Pipe<T> {
    return this.staged(() => {
      let isDropping = true;
      return {
        on: (value, out) => {
          isDropping &&= Boolean(predicate(value));
          if (!isDropping) out.give(value);
        },
      };
    });
  }

  /** The values until `notifier` gives one; when it ends without any, all of them. */
  takeUntil(notifier: PipeSource<unknown>): Pipe<T> {
    return this.made((run) => until(this.openRun(run), flowOf(notifier, run), run));
  }

  /** The values that differ from the one before, by `isSame` (default: `Object.is`). */
  changes(isSame: (a: T, b: T) => boolean = Object.is): Pipe<T> {
    return this.staged(() => {
      let before: { readonly value: T } | undefined;
      return {
        on: (value, out) => {
          if (before === undefined || !isSame(before.value, value)) out.give(value);
          before = { value };
        },
      };
    });
  }

  /** The values whose `key` (default: the value itself) has not come before, among the last million keys. */
  unique(key: (value: T) => unknown = (value) => value): Pipe<T> {
    return this.staged(() => {
      const seen = new Set<unknown>();
      return {
        on: (value, out) => {
          const its = key(value);
          if (seen.has(its)) return;
          seen.add(its);
          // The oldest of a set comes first.
          if (seen.size > PIPE_UNIQUE) for (const oldest of seen) if (seen.delete(oldest)) break;
          out.give(value);
        },
      };
    });
  }

  /**
   * The last value, when the source has ended: a pipe of it, and an operation that gives it, or `undefined` when there was
   * none. @throws (as an operation) the first error of the pipe; {@link SkeinError} `TIMEOUT`
   * @example
   * const total = await pipe([1, 2, 3]).sum().last(); // 6
   */
  last(options?: WaitOptions): PipeResult<T, T | undefined> {
    return this.resulting((run) => {
      let last: { readonly value: T } | undefined;
      return new StageFlow<T, T>(this.openRun(run), {
        on: (value) => (last = { value }),
        end: (out) => (last === undefined ? undefined : out.give(last.value)),
      });
    }, options);
  }

  /** For a reader slower than the source: the latest value only, those before it are dropped. */
  skipToLast(): Pipe<T> {
    return this.made((run) => skipped(this.openRun(run), run));
  }
}
