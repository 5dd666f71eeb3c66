/** The last so many values, newest first. */
export class BoundedList<T> {
  readonly #limit: number;
  readonly #values: T[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(value: T): void {
    this.#values.unshift(value);
    if (this.#values.length > this.#limit) this.#values.pop();
  }

  /** Newest first. */
  get values(): readonly T[] {
    return this.#values;
  }
}
