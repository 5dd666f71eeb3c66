/** Calls that all workers of a pool make: one that was not begun when its worker ended is made by the next of that place. */
import type { Lane } from "./lane.ts";
import { LanePortion } from "./lane-portion.ts";
import type { PoolPlace } from "./place.ts";
import type { PoolFunction } from "./portion.ts";

/** A call whose worker has ended before it began. */
interface Waiting {
  /** The same for the calls that are made together: each worker makes one of them. */
  readonly together: object;
  readonly place: PoolPlace;
  give(lane: Lane): void;
  fail(error: Error): void;
  /** No other worker comes. */
  drop(): void;
}

const DROPPED: unique symbol = Symbol("dropped");

export class CallsOfAll {
  readonly #waiting = new Set<Waiting>();

  /** Some wait for a worker. */
  get wait(): boolean {
    return this.#waiting.size > 0;
  }

  /** Has each of them call `fn` once, as soon as it has ended what it has; gives the results. */
  async make(
    lanes: readonly (readonly [Lane, PoolPlace])[],
    fn: PoolFunction,
    args: readonly unknown[],
  ): Promise<unknown[]> {
    const together = {};
    const results = await Promise.all(
      lanes.map(([lane, place]) => {
        const { promise, resolve, reject } = Promise.withResolvers<unknown>();
        const give = (to: Lane): void => {
          const portion = new LanePortion(fn, args, () => this.#waiting.add(waiting));
          to.give(portion);
          to.flush();
          portion.result.then(resolve, reject);
        };
        const waiting: Waiting = { together, place, give, fail: reject, drop: () => resolve(DROPPED) };
        give(lane);
        return promise;
      }),
    );
    return results.filter((result) => result !== DROPPED);
  }

  /** This worker is new there. */
  joined(lane: Lane, place: PoolPlace): void {
    const given = new Set<object>();
    for (const waiting of this.#at(place)) {
      if (given.has(waiting.together)) continue;
      given.add(waiting.together);
      this.#waiting.delete(waiting);
      waiting.give(lane);
    }
  }

  /** A worker there could not be had. */
  failed(place: PoolPlace, error: Error): void {
    for (const waiting of this.#at(place)) {
      this.#waiting.delete(waiting);
      waiting.fail(error);
    }
  }

  /** No more than so many workers come there. */
  comeAtMost(place: PoolPlace, workers: number): void {
    const kept = new Map<object, number>();
    for (const waiting of this.#at(place)) {
      const count = kept.get(waiting.together) ?? 0;
      kept.set(waiting.together, count + 1);
      if (count < workers) continue;
      this.#waiting.delete(waiting);
      waiting.drop();
    }
  }

  #at(place: PoolPlace): Waiting[] {
    return [...this.#waiting].filter((waiting) => waiting.place === place);
  }
}
