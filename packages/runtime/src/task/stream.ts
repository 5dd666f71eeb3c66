/** Streams: values that come one after another, for `for await` and for generator tasks. */
import type { Effect, Operation, Stream } from "../contracts/operation.ts";
import { isBody, isThenable } from "./cell.ts";
import { op, waitOf } from "./op.ts";
import { Wait } from "./wait.ts";

type Step<T> = IteratorResult<T, undefined>;

/** A {@link Stream} over a function that gives the next value's operation. */
export class StreamOf<T> implements Stream<T> {
  readonly #next: () => Operation<Step<T>>;
  readonly #close: () => unknown;

  /** @param close called when a reader leaves before the end */
  constructor(next: () => Operation<Step<T>>, close: () => unknown = () => undefined) {
    this.#next = next;
    this.#close = close;
  }

  next(): Operation<Step<T>> {
    return this.#next();
  }

  forEach(fn: (value: T) => unknown): Operation<void> {
    return op(forEachOf<T>, [this.#next, this.#close, fn]);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => Promise.resolve(this.#next()),
      return: async () => {
        await this.#close();
        return { done: true, value: undefined };
      },
    };
  }
}

function* forEachOf<T>(
  next: () => Operation<Step<T>>,
  close: () => unknown,
  fn: (value: T) => unknown,
): Generator<Effect, void, unknown> {
  let open = true;
  try {
    for (;;) {
      const step = yield* next();
      if (step.done === true) {
        open = false;
        return;
      }
      const result = fn(step.value);
      if (isBody(result)) yield* result;
      else if (isThenable(result)) yield* waitOf(result);
    }
  } finally {
    if (open) {
      const closing = close();
      if (isThenable(closing)) yield* waitOf(closing);
    }
  }
}

/**
 * Makes a stream of anything that gives values one after another. A wait that is given up leaves its value for the next.
 *
 * @example
 * yield* each(request.body).forEach((chunk) => { bytes += chunk.length; });
 */
export function each<T>(source: AsyncIterable<T> | Iterable<T>): Stream<T> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  return streamOfSteps(
    async () => iterator.next(),
    () => iterator.return?.(),
  );
}

/** A stream over promises of steps: one at a time; each goes to who waits longest, or to the next who comes. */
export function streamOfSteps<T>(step: () => Promise<IteratorResult<T, unknown>>, close: () => unknown): StreamOf<T> {
  const source = new StepSource(step);
  return new StreamOf(() => new StepWait(source), close);
}

/** What a source said that nobody took. */
type Kept<T> = { readonly step: Step<T> } | { readonly error: unknown };

class StepSource<T> {
  readonly #step: () => Promise<IteratorResult<T, unknown>>;
  readonly #waiting = new Set<StepWait<T>>();
  readonly #kept: Kept<T>[] = [];
  #asked = false;

  constructor(step: () => Promise<IteratorResult<T, unknown>>) {
    this.#step = step;
  }

  /** Gives `wait` a step, now or later. */
  join(wait: StepWait<T>): void {
    this.#waiting.add(wait);
    this.#serve();
  }

  leave(wait: StepWait<T>): void {
    this.#waiting.delete(wait);
  }

  /** It was given to somebody who did not take it: the next who waits gets it. */
  putBack(step: Step<T>): void {
    this.#kept.unshift({ step });
    this.#serve();
  }

  #serve(): void {
    for (const wait of this.#waiting) {
      const kept = this.#kept.shift();
      if (kept === undefined) {
        this.#ask();
        return;
      }
      this.#waiting.delete(wait);
      if ("error" in kept) wait.fail(kept.error);
      else wait.settle(kept.step);
    }
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    const answered = (kept: Kept<T>): void => {
      this.#asked = false;
      this.#kept.push(kept);
      this.#serve();
    };
    this.#step().then(
      (step) => answered({ step: step.done === true ? { done: true, value: undefined } : step }),
      (error: unknown) => answered({ error }),
    );
  }
}

class StepWait<T> extends Wait<Step<T>> {
  readonly #source: StepSource<T>;

  constructor(source: StepSource<T>) {
    super();
    this.#source = source;
  }

  protected begin(): boolean {
    this.#source.join(this);
    return false;
  }

  protected abandon(): void {
    this.#source.leave(this);
  }

  protected override unclaimed(step: Step<T>): void {
    this.#source.putBack(step);
  }

  describe(): string {
    return "a stream's next value";
  }
}
