/** A queue on a ring that grows: adding at either end and taking from the front cost O(1), also with 100,000 waiting. */
const FIRST_CAPACITY = 16;

export class Deque<T> {
  #items: (T | undefined)[] = Array.from({ length: FIRST_CAPACITY });
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#size) & (this.#items.length - 1)] = item;
    this.#size += 1;
  }

  /** Puts `item` before all others. */
  unshift(item: T): void {
    if (this.#size === this.#items.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = item;
    this.#size += 1;
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#size -= 1;
    return item;
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** Drops the others. */
  keep(isKept: (item: T) => boolean): void {
    const kept = [...this].filter(isKept);
    let capacity = FIRST_CAPACITY;
    while (capacity < kept.length) capacity *= 2;
    this.#items = Array.from({ length: capacity }, (_, index) => kept[index]);
    this.#head = 0;
    this.#size = kept.length;
  }

  /** From the front on, what is there when it begins; some may be dropped meanwhile. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    const [items, head, size] = [this.#items, this.#head, this.#size];
    for (let i = 0; i < size; i += 1) {
      const item = items[(head + i) & (items.length - 1)];
      if (item !== undefined) yield item;
    }
  }

  #grow(): void {
    const { length } = this.#items;
    const items: (T | undefined)[] = Array.from({ length: length * 2 });
    for (let i = 0; i < this.#size; i += 1) items[i] = this.#items[(this.#head + i) & (length - 1)];
    this.#items = items;
    this.#head = 0;
  }
}
