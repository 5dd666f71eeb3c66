/** Streams: values that come one after another, for `for await` and for generator tasks. */
import type { Effect, Operation, Stream } from "../contracts/operation.ts";
import { isBody, isThenable } from "./cell.ts";
import { op, waitOf } from "./op.ts";
import { until } from "./until.ts";

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

/** A stream over promises of steps: one at a time, kept for the next who waits when a wait is given up. */
export function streamOfSteps<T>(step: () => Promise<IteratorResult<T, unknown>>, close: () => unknown): StreamOf<T> {
  let pending: Promise<IteratorResult<T, unknown>> | undefined;
  const next = (): Operation<Step<T>> =>
    until(async (signal) => {
      const asked = (pending ??= step());
      try {
        const given = await asked;
        return given.done === true ? { done: true, value: undefined } : given;
      } finally {
        if (!signal.aborted && pending === asked) pending = undefined;
      }
    });
  return new StreamOf(next, close);
}
