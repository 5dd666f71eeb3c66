/** Slots of tasks that ended, in the order of their ends, each with the number of the task that is meant: a ring that grows. */

const FIRST_LENGTH = 1024;

export class EndedQueue {
  #slots: Int32Array<ArrayBuffer> = new Int32Array(FIRST_LENGTH);
  #numbers: Float64Array<ArrayBuffer> = new Float64Array(FIRST_LENGTH);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(slot: number, number: number): void {
    if (this.#size === this.#slots.length) this.#grow();
    const at = (this.#head + this.#size) % this.#slots.length;
    this.#slots[at] = slot;
    this.#numbers[at] = number;
    this.#size += 1;
  }

  shift(): { readonly slot: number; readonly number: number } | undefined {
    if (this.#size === 0) return undefined;
    const first = { slot: this.#slots[this.#head] ?? 0, number: this.#numbers[this.#head] ?? 0 };
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#size -= 1;
    return first;
  }

  #grow(): void {
    const length = this.#slots.length;
    const slots = new Int32Array(length * 2);
    const numbers = new Float64Array(length * 2);
    for (let at = 0; at < length; at += 1) {
      const from = (this.#head + at) % length;
      slots[at] = this.#slots[from] ?? 0;
      numbers[at] = this.#numbers[from] ?? 0;
    }
    this.#slots = slots;
    this.#numbers = numbers;
    this.#head = 0;
  }
}
