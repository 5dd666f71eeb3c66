/** An operation that may be waited on any number of times: each wait begins anew. */
import type { Effect } from "../contracts/operation.ts";
import type { Wait, Waitable } from "./wait.ts";

export class Repeatable<T> implements Waitable<T> {
  readonly #make: () => Wait<T>;

  constructor(make: () => Wait<T>) {
    this.#make = make;
  }

  skeinWait(): Wait<T> {
    return this.#make();
  }

  [Symbol.iterator](): Iterator<Effect, T, unknown> {
    return this.#make();
  }

  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.#make().then(onValue, onError);
  }
}
