/** A first-in-first-out ring buffer: the ready queue, and the queue behind each mailbox. */

const FIRST_CAPACITY = 8;
/** From this size on, a queue that ran empty gives its memory back. */
const LARGE_CAPACITY: number = 8 * 1024;

/** Grows by doubling; a large one that ran empty starts small again, so that a burst is not paid for ever. */
export class Ring<T> {
  // Plain fields: this is the hottest loop of the library, and `#private` was measured slower here.
  private items: (T | undefined)[];
  private mask: number;
  private head = 0;
  /** How many are queued. */
  size = 0;

  constructor(capacity: number = FIRST_CAPACITY) {
    // oxlint-disable-next-line unicorn/no-new-array -- Array.from fills the slots one by one: ten times slower here
    this.items = new Array<T | undefined>(capacity);
    this.mask = capacity - 1;
  }

  push(item: T): void {
    if (this.size > this.mask) this.grow();
    this.items[(this.head + this.size) & this.mask] = item;
    this.size += 1;
  }

  /** Takes the oldest. The caller has checked {@link Ring.size}. */
  shift(): T {
    const head = this.head;
    // Below `size` every slot holds what was pushed.
    const item = this.items[head] as T;
    this.items[head] = undefined;
    this.head = (head + 1) & this.mask;
    this.size -= 1;
    if (this.size === 0 && this.mask >= LARGE_CAPACITY) this.startSmall();
    return item;
  }

  /** The item `index` places behind the oldest; the caller has checked the size. */
  peek(index: number): T {
    // As in `shift`.
    return this.items[(this.head + index) & this.mask] as T;
  }

  /** Puts `item` in front of the oldest. */
  unshift(item: T): void {
    if (this.size > this.mask) this.grow();
    this.head = (this.head - 1) & this.mask;
    this.items[this.head] = item;
    this.size += 1;
  }

  /** Puts `item` `index` places behind the oldest; those before it move up. */
  insertAt(index: number, item: T): void {
    this.unshift(item);
    for (let at = 0; at < index; at += 1) {
      this.items[(this.head + at) & this.mask] = this.items[(this.head + at + 1) & this.mask];
    }
    this.items[(this.head + index) & this.mask] = item;
  }

  /** Takes the item `index` places behind the oldest; those behind it move up. */
  removeAt(index: number): T {
    const item = this.peek(index);
    for (let at = index; at > 0; at -= 1) {
      this.items[(this.head + at) & this.mask] = this.items[(this.head + at - 1) & this.mask];
    }
    this.shift();
    return item;
  }

  private startSmall(): void {
    this.items = [undefined];
    this.mask = 0;
    this.head = 0;
  }

  private grow(): void {
    const old = this.items;
    // oxlint-disable-next-line unicorn/no-new-array -- as above
    const next = new Array<T | undefined>(old.length * 2);
    for (let index = 0; index < this.size; index += 1) next[index] = old[(this.head + index) & this.mask];
    this.items = next;
    this.mask = next.length - 1;
    this.head = 0;
  }
}
