/** The one type for "work that may wait": `yield*` it in a generator task, `await` it anywhere. */

/** What a generator task yields to its runtime; only operations make them. */
export interface Effect {
  readonly __effect: unique symbol;
}

/**
 * Work that may wait. Inside a generator task `const value = yield* operation`, elsewhere `await operation`.
 * What only waits starts when waited on and is used once; what acts has acted already and may be waited on again.
 */
export interface Operation<T> extends PromiseLike<T> {
  [Symbol.iterator](): Iterator<Effect, T, unknown>;
}

/** Return type of exported and recursive generator task functions. */
export type Steps<R> = Generator<Effect, R, unknown>;

/** Values that come one after another: `for await` anywhere, `yield* stream.forEach(fn)` in a generator task. */
export interface Stream<T> extends AsyncIterable<T> {
  next(): Operation<IteratorResult<T, undefined>>;
  forEach(fn: (value: T) => unknown): Operation<void>;
}
