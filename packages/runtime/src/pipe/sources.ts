/** What a pipe can begin with, and how a run reads it. */
import type { Stream } from "../contracts/operation.ts";
import { TURN_BUDGET_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { runIn } from "../task/run-in.ts";
import { type Answer, END, type Flow, isThenable, type Run, type Step } from "./flow.ts";

/** Something that begins runs of itself: a pipe. */
export interface Opens<T> {
  openRun(run: Run): Flow<T>;
}

/** A channel, or the half of it that readers get. */
export interface Subscription<T> {
  values(): Stream<T>;
  readonly subscribe: unknown;
}

/**
 * What a pipe can begin with: anything that can be iterated, a channel, a Web stream, a promise or operation (its value),
 * another pipe, or a function that gives one of these for each run.
 */
export type PipeSource<T> =
  | Iterable<T>
  | AsyncIterable<T>
  | Subscription<T>
  | ReadableStream<T>
  | PromiseLike<T>
  | Opens<T>
  | (() => PipeSource<T>);

/** @throws {SkeinError} `OPTION_INVALID` for what can't be read */
export function flowOf<T>(source: PipeSource<T>, run: Run): Flow<T> {
  // Its characters: then T is a string.
  if (typeof source === "string") return new SyncFlow((source as Iterable<T>)[Symbol.iterator](), run);
  // A function is one that gives a source.
  if (typeof source === "function") return flowOf((source as unknown as () => PipeSource<T>)(), run);
  if (typeof source !== "object" || source === null) throw notASource(source);
  if ("openRun" in source) return source.openRun(run);
  // Before what can be iterated: operations have an iterator, which is for tasks.
  if (isThenable(source)) return new ValueFlow(source, run); // its value is what the type says
  if (Symbol.asyncIterator in source) return new AsyncFlow(source[Symbol.asyncIterator]());
  if (Symbol.iterator in source) return new SyncFlow(source[Symbol.iterator](), run);
  if ("getReader" in source) return new AsyncFlow(readerOf(source as unknown as ReadableStream<T>)); // only these have it
  if ("subscribe" in source) return new AsyncFlow(source.values()[Symbol.asyncIterator]());
  throw notASource(source);
}

/** The other way round: a flow for who reads async iterables. An error is the end: nobody tells an iterator that it is left then. */
export function iterableOf<T>(open: () => Flow<T>): AsyncIterable<T, undefined> {
  return {
    [Symbol.asyncIterator]() {
      const flow = open();
      return {
        next: async () => {
          try {
            return await flow.next();
          } catch (error) {
            await closed(flow);
            throw error;
          }
        },
        return: async () => {
          await flow.close();
          return END;
        },
      };
    },
  };
}

/** Closes after an error: that one is told, not what closing throws. */
export async function closed(flow: Flow<unknown>): Promise<void> {
  try {
    await flow.close();
  } catch {
    // see above
  }
}

/** So many values go by between two looks at the clock. */
const VALUES_PER_LOOK = 1024;

class SyncFlow<T> implements Flow<T> {
  readonly #iterator: Iterator<T>;
  readonly #run: Run;
  #over = false;
  #values = 0;
  #turnMs: number | undefined;

  constructor(iterator: Iterator<T>, run: Run) {
    this.#iterator = iterator;
    this.#run = run;
  }

  next(): Answer<T> {
    this.#values += 1;
    return this.#values % VALUES_PER_LOOK === 0 && this.#isLate() ? this.#later() : this.#step();
  }

  close(): undefined {
    if (this.#over) return;
    this.#over = true;
    this.#iterator.return?.();
  }

  /** Where nothing else waits, the host must have its turn all the same. */
  #isLate(): boolean {
    const nowMs = this.#run.now();
    const since = nowMs - (this.#turnMs ??= nowMs);
    if (since > TURN_BUDGET_MS) this.#turnMs = undefined;
    return since > TURN_BUDGET_MS;
  }

  async #later(): Promise<Step<T>> {
    await this.#run.turn();
    return this.#step();
  }

  #step(): Step<T> {
    if (this.#over) return END;
    let step: IteratorResult<T>;
    try {
      step = this.#iterator.next();
    } catch (error) {
      this.#over = true;
      throw error;
    }
    if (step.done !== true) return step;
    this.#over = true;
    return END;
  }
}

class AsyncFlow<T> implements Flow<T> {
  readonly #iterator: AsyncIterator<T>;
  #over = false;
  /** Ends the `next` that is under way. */
  #leave: (() => void) | undefined;

  constructor(iterator: AsyncIterator<T>) {
    this.#iterator = iterator;
  }

  next(): Answer<T> {
    if (this.#over) return END;
    return new Promise((resolve, reject) => {
      this.#leave = () => resolve(END);
      const answered = (step: IteratorResult<T>): void => {
        this.#leave = undefined;
        this.#over ||= step.done === true;
        resolve(step.done === true ? END : step);
      };
      // What has thrown gives nothing more.
      const failed = (error: unknown): void => {
        this.#leave = undefined;
        this.#over = true;
        reject(error);
      };
      try {
        this.#iterator.next().then(answered, failed);
      } catch (error) {
        failed(error);
      }
    });
  }

  close(): Promise<unknown> | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    const closing = this.#iterator.return?.();
    const leave = this.#leave;
    if (leave === undefined) return closing;
    leave();
    // It may never answer, and nobody waits for it.
    closing?.then(undefined, () => undefined);
    return undefined;
  }
}

/** The one value of a promise or an operation. */
class ValueFlow<T> implements Flow<T> {
  #promise: PromiseLike<T> | undefined;
  readonly #run: Run;
  /** Gives up waiting. */
  #leave: (() => void) | undefined;

  constructor(promise: PromiseLike<T>, run: Run) {
    this.#promise = promise;
    this.#run = run;
  }

  next(): Answer<T> {
    const promise = this.#promise;
    this.#promise = undefined;
    if (promise === undefined) return END;
    return new Promise((resolve, reject) => {
      const stop = runIn(this.#run.engine, promise, (value) => resolve({ done: false, value }), reject);
      this.#leave = () => {
        stop();
        resolve(END);
      };
    });
  }

  close(): undefined {
    this.#promise = undefined;
    this.#leave?.();
  }
}

/** Not all browsers can iterate a Web stream. */
function readerOf<T>(stream: ReadableStream<T>): AsyncIterator<T> {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? END : { done: false, value };
    },
    return: async () => {
      await reader.cancel();
      reader.releaseLock();
      return END;
    },
  };
}

const notASource = (source: unknown): SkeinError =>
  new SkeinError("OPTION_INVALID", `a pipe can't begin with a ${source === null ? "null" : typeof source}`, {
    hint: "give something that can be iterated, a channel, a stream, a promise, or a function that gives one of these",
  });
