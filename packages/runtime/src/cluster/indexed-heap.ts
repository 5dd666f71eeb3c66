/** A binary heap whose items know their places, so that one can be moved or taken out in O(log n). */

/** An item keeps its place in each heap it may be in, −1 when it is in none: `at[slot]`. */
export interface HeapItem {
  readonly at: number[];
}

export class IndexedHeap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #slot: number;
  readonly #before: (a: T, b: T) => boolean;

  /** `slot` is this heap's index in the items' `at`; `before` says which of two comes first, and must be a strict order. */
  constructor(slot: number, before: (a: T, b: T) => boolean) {
    this.#slot = slot;
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The first item, which stays. */
  peek(): T | undefined {
    return this.#items[0];
  }

  has(item: T): boolean {
    return (item.at[this.#slot] ?? -1) >= 0;
  }

  /** Puts `item` at its place; call it again whenever what orders it has changed. */
  place(item: T): void {
    const index = item.at[this.#slot] ?? -1;
    if (index >= 0) {
      this.#down(this.#up(index, item), item);
      return;
    }
    this.#items.push(item);
    this.#up(this.#items.length - 1, item);
  }

  /** Takes `item` out; does nothing when it isn't in. */
  remove(item: T): void {
    const index = item.at[this.#slot] ?? -1;
    if (index < 0) return;
    item.at[this.#slot] = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#put(index, last);
    this.#down(this.#up(index, last), last);
  }

  #put(index: number, item: T): void {
    this.#items[index] = item;
    item.at[this.#slot] = index;
  }

  #up(from: number, item: T): number {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#items[parentIndex];
      if (parent === undefined || !this.#before(item, parent)) break;
      this.#put(index, parent);
      index = parentIndex;
    }
    this.#put(index, item);
    return index;
  }

  #down(from: number, item: T): void {
    const items = this.#items;
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      let child = items[left];
      if (child === undefined) break;
      let childIndex = left;
      const right = items[left + 1];
      if (right !== undefined && this.#before(right, child)) {
        child = right;
        childIndex = left + 1;
      }
      if (!this.#before(child, item)) break;
      this.#put(index, child);
      index = childIndex;
    }
    this.#put(index, item);
  }
}
