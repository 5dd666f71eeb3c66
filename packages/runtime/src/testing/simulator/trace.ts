/** What happened in a simulation, line by line: a digest of all of it, and the last lines as text. */

/** Lines kept for failure messages. */
const KEPT_LINES = 200;

/** Receives each line, when it happens. */
export type TraceSink = (line: string) => void;

export class Trace {
  readonly #sink: TraceSink | undefined;
  readonly #last: string[] = [];
  #next = 0;
  #lines = 0;
  // FNV-1a, two of 32 bits with different offsets, so that it is the same in every engine.
  #low = 0x811c9dc5;
  #high = 0x050c5d1f;

  constructor(sink?: TraceSink) {
    this.#sink = sink;
  }

  add(atMs: number, process: string, what: string): void {
    const line = `${atMs.toFixed(3)} ${process} ${what}`;
    this.#lines += 1;
    this.#last[this.#next] = line;
    this.#next = (this.#next + 1) % KEPT_LINES;
    for (let index = 0; index < line.length; index += 1) {
      const code = line.charCodeAt(index);
      this.#low = Math.imul(this.#low ^ code, 0x01000193);
      this.#high = Math.imul(this.#high ^ (code + index), 0x01000193);
    }
    this.#sink?.(line);
  }

  /** Lines so far. */
  get length(): number {
    return this.#lines;
  }

  /** 16 hexadecimal digits: two runs with the same one did the same. */
  get digest(): string {
    return [this.#high, this.#low].map((part) => (part >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** The last `count` lines, oldest first; at most 200 are kept. */
  tail(count: number = KEPT_LINES): readonly string[] {
    const ordered = [...this.#last.slice(this.#next), ...this.#last.slice(0, this.#next)];
    return ordered.slice(-count);
  }
}
