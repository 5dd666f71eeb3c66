/** Bytes that arrived and were not taken yet: chunks in a row, cut where a reader wants. */

const NEWLINE = 0x0a;
const NOTHING: Uint8Array = new Uint8Array(0);

/** A line that was taken: its text without its end, and its bytes with it, as a part of `chunk`. */
export interface TakenLine {
  readonly text: string;
  readonly chunk: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Chunks go in at the end and come out at the front; nothing is copied unless a piece spans several chunks. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  /** Index of the first chunk that is left, and how much of it is gone. */
  #first = 0;
  #offset = 0;
  #size = 0;
  /** Bytes from the front that are known to hold no newline. */
  #scanned = 0;
  /** The lines of the first chunk, decoded all at once; the rest of the queue takes no notice of them. */
  #lines: string[] = [];
  #nextLine = 0;
  /** Whether each of them has as many bytes as characters. */
  #plain = true;

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
    const rest = this.#chunks.slice(this.#first);
    if (this.#offset > 0) rest[0] = rest[0]?.subarray(this.#offset) ?? NOTHING;
    this.#chunks = [chunk, ...rest];
    this.#size += chunk.length;
    this.#restart();
  }

  clear(): void {
    this.#chunks = [];
    this.#size = 0;
    this.#restart();
  }

  /** Bytes of the first chunk, at most `most`: what can be had without a copy. Empty when nothing is there. */
  takeSome(most: number): Uint8Array {
    const chunk = this.#chunks[this.#first];
    return chunk === undefined ? NOTHING : this.take(Math.min(chunk.length - this.#offset, most));
  }

  /** Exactly `count` bytes; the caller has seen that they are there. */
  take(count: number): Uint8Array {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined || count === 0) return NOTHING;
    this.#forgetLines();
    this.#size -= count;
    this.#scanned = Math.max(0, this.#scanned - count);
    const piece = this.#cut(chunk, count);
    return piece.length === count ? piece : this.#gather(piece, count);
  }

  /** Copies the first bytes into `target` without taking them; the caller has seen that they are there. */
  peek(target: Uint8Array): void {
    let filled = 0;
    let offset = this.#offset;
    for (let index = this.#first; filled < target.length; index += 1) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) return;
      const part = chunk.subarray(offset, offset + target.length - filled);
      target.set(part, filled);
      filled += part.length;
      offset = 0;
    }
  }

  /** Where the first newline is, or -1. What was looked at once is not looked at again. */
  findNewline(): number {
    let start = -this.#offset;
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

  /** The first line if it ends in the first chunk, and has at most `limit` bytes. Many lines of a chunk cost little each. */
  takeLine(limit: number): TakenLine | undefined {
    if (this.#nextLine >= this.#lines.length && !this.#readLines()) return undefined;
    const text = this.#lines[this.#nextLine] ?? "";
    const chunk = this.#chunks[this.#first] ?? NOTHING;
    const from = this.#offset;
    const to = (this.#plain ? from + text.length : chunk.indexOf(NEWLINE, from)) + 1;
    if (to - from > limit + 1) return undefined;
    this.#nextLine += 1;
    this.#size -= to - from;
    this.#scanned = 0;
    if (to === chunk.length) this.#dropFirst();
    else this.#offset = to;
    return { text: withoutReturn(text), chunk, from, to };
  }

  /** Decodes the whole lines of the first chunk. */
  #readLines(): boolean {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined) return false;
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < this.#offset) return false;
    const text = DECODER.decode(chunk.subarray(this.#offset, end));
    this.#plain = text.length === end - this.#offset;
    this.#lines = text.split("\n");
    this.#nextLine = 0;
    return true;
  }

  #forgetLines(): void {
    if (this.#lines.length === 0) return;
    this.#lines = [];
    this.#nextLine = 0;
  }

  /** Cuts `count` bytes off the first chunk, or what it has. */
  #cut(chunk: Uint8Array, count: number): Uint8Array {
    const from = this.#offset;
    const to = from + count;
    if (to < chunk.length) {
      this.#offset = to;
      return chunk.subarray(from, to);
    }
    this.#dropFirst();
    return from === 0 ? chunk : chunk.subarray(from);
  }

  #gather(first: Uint8Array, count: number): Uint8Array {
    const whole = new Uint8Array(count);
    whole.set(first);
    for (let filled = first.length; filled < count;) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined) break;
      const part = this.#cut(chunk, count - filled);
      whole.set(part, filled);
      filled += part.length;
    }
    return whole;
  }

  #dropFirst(): void {
    this.#chunks[this.#first] = NOTHING;
    this.#first += 1;
    this.#offset = 0;
    if (this.#first < 64 || this.#first * 2 < this.#chunks.length) return;
    this.#chunks.splice(0, this.#first);
    this.#first = 0;
  }

  #restart(): void {
    this.#first = 0;
    this.#offset = 0;
    this.#scanned = 0;
    this.#forgetLines();
  }
}

/** A line's text without the `\r` of `\r\n`. */
const withoutReturn = (text: string): string => (text.endsWith("\r") ? text.slice(0, -1) : text);

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
