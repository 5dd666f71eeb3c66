/** Gives what comes in any order in that of its numbers. Pure. */

export class InOrder<T> {
  readonly #give: (value: T) => void;
  readonly #waiting = new Map<number, T>();
  #next: number;

  constructor(first: number, give: (value: T) => void) {
    this.#next = first;
    this.#give = give;
  }

  /** Each number comes once. */
  put(number: number, value: T): void {
    if (number !== this.#next) {
      this.#waiting.set(number, value);
      return;
    }
    this.#next += 1;
    this.#give(value);
    // Mostly there is nothing.
    while (this.#waiting.size > 0) {
      const next = this.#waiting.get(this.#next);
      if (next === undefined && !this.#waiting.has(this.#next)) return;
      this.#waiting.delete(this.#next);
      this.#next += 1;
      // It is there: the map has its number.
      this.#give(next as T);
    }
  }
}
