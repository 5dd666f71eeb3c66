/** Finished task attempts as rectangles (server, function, start, end, exit, task), in columns; the oldest go first. */
import type { TaskId } from "@skein/runtime";

/** Rectangles kept: the last minute at a thousand a second, in 2 MB. */
export const SPAN_LIMIT = 65_536;

/** Rectangles that are passed over together, by the latest end among them. */
const BLOCK = 256;

/** `retried`: the attempt failed or was lost, and another one follows. */
export const SpanExit = { returned: 0, failed: 1, cancelled: 2, lost: 3, retried: 4 } as const;
export type SpanExit = (typeof SpanExit)[keyof typeof SpanExit];

export interface Span {
  /** The server's and function's numbers in the model. */
  readonly server: number;
  readonly fn: number;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly exit: SpanExit;
  readonly task: TaskId;
}

/** `task` is a place to ask {@link SpanLog.taskAt} for, while nothing is added. */
export type DrawSpan = (server: number, fn: number, startMs: number, endMs: number, exit: number, task: number) => void;

export class SpanLog {
  readonly #servers: Int32Array = new Int32Array(SPAN_LIMIT);
  readonly #fns: Int32Array = new Int32Array(SPAN_LIMIT);
  readonly #starts: Float64Array = new Float64Array(SPAN_LIMIT);
  readonly #ends: Float64Array = new Float64Array(SPAN_LIMIT);
  readonly #exits: Uint8Array = new Uint8Array(SPAN_LIMIT);
  readonly #tasks: TaskId[] = [];
  /** The latest end in each block, and what it was in the block that is being written anew. */
  readonly #latest: Float64Array = new Float64Array(SPAN_LIMIT / BLOCK);
  #latestBefore = 0;
  #count = 0;

  /** How many were ever added. */
  get count(): number {
    return this.#count;
  }

  /** End of the oldest one kept; 0 while none was forgotten. Before it, only sums per second are known. */
  get keptSinceMs(): number {
    return this.#count <= SPAN_LIMIT ? 0 : (this.#ends[this.#count % SPAN_LIMIT] ?? 0);
  }

  add(span: Span): void {
    const at = this.#count % SPAN_LIMIT;
    const block = Math.floor(at / BLOCK);
    if (at % BLOCK === 0) {
      this.#latestBefore = this.#latest[block] ?? 0;
      this.#latest[block] = 0;
    }
    if (span.endMs > (this.#latest[block] ?? 0)) this.#latest[block] = span.endMs;
    this.#servers[at] = span.server;
    this.#fns[at] = span.fn;
    this.#starts[at] = span.startMs;
    this.#ends[at] = span.endMs;
    this.#exits[at] = span.exit;
    this.#tasks[at] = span.task;
    this.#count += 1;
  }

  /**
   * Calls `draw` for those that end after `sinceMs`, newest first. They are in the order they were heard of: one that
   * ended long ago (told late, or by a slow clock) may come between the others.
   */
  each(sinceMs: number, draw: DrawSpan): void {
    const oldest = Math.max(0, this.#count - SPAN_LIMIT);
    const written = Math.floor((this.#count % SPAN_LIMIT) / BLOCK);
    let number = this.#count - 1;
    while (number >= oldest) {
      const first = number - (number % BLOCK);
      const block = Math.floor((number % SPAN_LIMIT) / BLOCK);
      const latest = Math.max(this.#latest[block] ?? 0, block === written ? this.#latestBefore : 0);
      if (latest >= sinceMs) this.#eachOf(Math.max(first, oldest), number, sinceMs, draw);
      number = first - 1;
    }
  }

  #eachOf(first: number, last: number, sinceMs: number, draw: DrawSpan): void {
    for (let number = last; number >= first; number -= 1) {
      const at = number % SPAN_LIMIT;
      const endMs = this.#ends[at] ?? 0;
      if (endMs < sinceMs) continue;
      draw(this.#servers[at] ?? 0, this.#fns[at] ?? 0, this.#starts[at] ?? 0, endMs, this.#exits[at] ?? 0, at);
    }
  }

  /** Whose rectangle it is. */
  taskAt(place: number): TaskId | undefined {
    return this.#tasks[place];
  }
}
