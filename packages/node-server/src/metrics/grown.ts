/** Counters of things that come and go (connections, server processes), as one that only grows. Pure. */

export class Grown {
  #total = 0;
  #last = new Map<string, number>();

  /** What each counts now; one that counts less than before began anew. @returns how much all of them have counted */
  take(now: ReadonlyMap<string, number>): number {
    for (const [key, value] of now) {
      const before = this.#last.get(key) ?? 0;
      this.#total += value >= before ? value - before : value;
    }
    this.#last = new Map(now);
    return this.#total;
  }
}
