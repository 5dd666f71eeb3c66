/** What was taken and not wanted after all stands before the rest again, in the order in which it was taken. */
import type { Ring } from "./run-queue.ts";

let taken = 0;

/** A number for what is taken now; later ones are higher. */
export function nextTaken(): number {
  taken += 1;
  return taken;
}

/** Knows which items at the front of a ring were put back. */
export class PutBack {
  readonly #orders: number[] = [];

  /** None is left. */
  get empty(): boolean {
    return this.#orders.length === 0;
  }

  /** Puts `item`, taken as number `order`, among them. */
  insert<T>(ring: Ring<T>, item: T, order: number): void {
    const orders = this.#orders;
    let index = orders.length;
    while (index > 0 && (orders[index - 1] ?? 0) > order) index -= 1;
    orders.splice(index, 0, order);
    ring.insertAt(index, item);
  }

  /** The item `index` places behind the oldest was taken again. */
  removed(index: number): void {
    if (index < this.#orders.length) void this.#orders.splice(index, 1);
  }
}
