/** Counters of things that come and go (connections, server processes), as one that only grows. Pure. */

/** Things whose last count is remembered, for those that come back; those that were not seen for longest are forgotten. */
const KEPT_LIMIT = 10_000;

export class Grown {
  #total = 0;
  readonly #last = new Map<string, number>();

  /** What each counts now; one that counts less than before began anew, also one that was away. @returns how much all of them have counted */
  take(now: ReadonlyMap<string, number>): number {
    for (const [key, value] of now) {
      const before = this.#last.get(key) ?? 0;
      this.#total += value >= before ? value - before : value;
      this.#last.delete(key);
      this.#last.set(key, value);
    }
    for (const key of this.#last.keys()) {
      if (this.#last.size <= Math.max(KEPT_LIMIT, now.size)) break;
      this.#last.delete(key);
    }
    return this.#total;
  }
}
