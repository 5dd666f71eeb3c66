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

  /** The first item in order that `test` takes, of the first `most`. Takes O(log n) for each one looked at. */
  first(test: (item: T) => boolean, most: number = Infinity): T | undefined {
    const [top] = this.#items;
    if (top === undefined || test(top)) return top;
    if (most < 2 || this.#items.length === 1) return undefined;
    const open = new Frontier((a, b) => this.#isBefore(a, b));
    this.#spread(open, 0);
    for (let looked = 1; looked < most; looked += 1) {
      const index = open.take();
      const item = index === undefined ? undefined : this.#items[index];
      if (index === undefined || item === undefined) return undefined;
      if (test(item)) return item;
      this.#spread(open, index);
    }
    return undefined;
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

  /** What may come next after the item at `index`. */
  #spread(open: Frontier, index: number): void {
    for (const child of [2 * index + 1, 2 * index + 2]) if (child < this.#items.length) open.add(child);
  }

  #isBefore(a: number, b: number): boolean {
    const first = this.#items[a];
    const second = this.#items[b];
    return first !== undefined && second !== undefined && this.#before(first, second);
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

/** The places of a heap that a search has come to, the first in order taken first. */
class Frontier {
  readonly #places: number[] = [];
  readonly #before: (a: number, b: number) => boolean;

  constructor(before: (a: number, b: number) => boolean) {
    this.#before = before;
  }

  add(place: number): void {
    const places = this.#places;
    let at = places.length;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = places[up];
      if (above === undefined || !this.#before(place, above)) break;
      places[at] = above;
      at = up;
    }
    places[at] = place;
  }

  take(): number | undefined {
    const places = this.#places;
    const [top] = places;
    const last = places.pop();
    if (last === undefined || places.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = places[child];
      if (below === undefined) break;
      const right = places[child + 1];
      if (right !== undefined && this.#before(right, below)) {
        child += 1;
        below = right;
      }
      if (!this.#before(below, last)) break;
      places[at] = below;
      at = child;
    }
    places[at] = last;
    return top;
  }
}
