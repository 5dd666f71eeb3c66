/** Bytes that arrived and were not taken yet: chunks in a row, cut where a reader wants. */

const NEWLINE = 0x0a;
const NOTHING: Uint8Array = new Uint8Array(0);

/** Chunks go in at the end and come out at the front; nothing is copied unless a piece spans several chunks. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  /** Index of the first chunk that is left. */
  #first = 0;
  #size = 0;
  /** Bytes from the front that are known to hold no newline. */
  #scanned = 0;

  get size(): number {
    return this.#size;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** Puts bytes back that were taken from the front. */
  unshift(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.splice(0, this.#first, chunk);
    this.#first = 0;
    this.#size += chunk.length;
    this.#scanned = 0;
  }

  clear(): void {
    this.#chunks = [];
    this.#first = 0;
    this.#size = 0;
    this.#scanned = 0;
  }

  /** Bytes of the first chunk, at most `most`: what can be had without a copy. Empty when nothing is there. */
  takeSome(most: number): Uint8Array {
    const chunk = this.#chunks[this.#first];
    return chunk === undefined ? NOTHING : this.take(Math.min(chunk.length, most));
  }

  /** Exactly `count` bytes; the caller has seen that they are there. */
  take(count: number): Uint8Array {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined || count === 0) return NOTHING;
    this.#size -= count;
    this.#scanned = Math.max(0, this.#scanned - count);
    if (count < chunk.length) {
      this.#chunks[this.#first] = chunk.subarray(count);
      return chunk.subarray(0, count);
    }
    this.#dropFirst();
    return count === chunk.length ? chunk : this.#gather(chunk, count);
  }

  /** Copies the first bytes into `target` without taking them; the caller has seen that they are there. */
  peek(target: Uint8Array): void {
    let filled = 0;
    for (let index = this.#first; filled < target.length; index += 1) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) return;
      const part = chunk.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
    }
  }

  /** Where the first newline is, or -1. What was looked at once is not looked at again. */
  findNewline(): number {
    let start = 0;
    for (let index = this.#first; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunks[index] ?? NOTHING;
      const end = start + chunk.length;
      if (end > this.#scanned) {
        const found = chunk.indexOf(NEWLINE, Math.max(0, this.#scanned - start));
        if (found !== -1) {
          this.#scanned = start + found;
          return start + found;
        }
      }
      start = end;
    }
    this.#scanned = start;
    return -1;
  }

  #gather(first: Uint8Array, count: number): Uint8Array {
    const whole = new Uint8Array(count);
    whole.set(first);
    let filled = first.length;
    while (filled < count) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined) break;
      const part = chunk.subarray(0, count - filled);
      whole.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.#dropFirst();
      else this.#chunks[this.#first] = chunk.subarray(part.length);
    }
    return whole;
  }

  #dropFirst(): void {
    this.#chunks[this.#first] = NOTHING;
    this.#first += 1;
    if (this.#first < 64 || this.#first * 2 < this.#chunks.length) return;
    this.#chunks.splice(0, this.#first);
    this.#first = 0;
  }
}
