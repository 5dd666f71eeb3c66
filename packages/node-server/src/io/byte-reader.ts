/** Reading bytes, lines and frames from whatever delivers chunks: waiting readers in a row, push-back on the source. */
import { type ErrorCode, type Operation, SkeinError, type Stream, type WaitOptions } from "@skein/runtime";
import { IO_BUFFER_BYTES, LINE_LIMIT_BYTES, MESSAGE_LIMIT_BYTES, StreamOf } from "@skein/runtime/host";
import { cutExactly, cutFrame, type CutFrom, cutLine, cutSome } from "./byte-cuts.ts";
import { ByteQueue } from "./byte-queue.ts";
import { type AnyReadWait, type Piece, ReadWait } from "./read-wait.ts";

/** Where the bytes come from. */
export interface ByteSource {
  /** Deliver, by {@link ByteReader.push}, until told otherwise. */
  want(): void;
  /** Enough for now. */
  enough(): void;
}

export interface ByteReaderOptions {
  /** What is read, for people: "connection to 127.0.0.1:4000". */
  readonly what: string;
  /** Code of the error of an end in the middle of something. Default `CONNECTION_LOST`. */
  readonly code?: ErrorCode;
  readonly source: ByteSource;
  /** Fill the buffer also while nobody reads, so that the end is seen early. Default: only on demand. */
  readonly readAhead?: boolean;
  readonly lineLimitBytes?: number | undefined;
  readonly frameLimitBytes?: number | undefined;
}

export interface LinesOptions {
  /** Called when a reader leaves before the end. */
  readonly close?: () => unknown;
  /** Called when reading is given up; somebody may read on. */
  readonly rest?: () => void;
  /** For this stream, in place of the reader's. */
  readonly lineLimitBytes?: number | undefined;
}

/**
 * Bytes that a source pushes, taken by operations. A reader that times out or is given up takes nothing with it: the
 * next one gets the same bytes. The end is `undefined`; a source that broke throws its error after its last bytes.
 */
export class ByteReader {
  readonly #options: ByteReaderOptions;
  readonly #cutLine: CutFrom<string>;
  readonly #cutFrame: CutFrom<Uint8Array>;
  readonly #queue = new ByteQueue();
  readonly #waiting = new Set<AnyReadWait>();
  /** How many bytes were taken so far, and what of that came back and is not in the queue again yet. */
  #position = 0;
  #returned: Piece[] = [];
  #flowing = false;
  #ended = false;
  #error: (() => Error) | undefined;

  constructor(options: ByteReaderOptions) {
    this.#options = options;
    this.#cutLine = cutLine(options.lineLimitBytes ?? LINE_LIMIT_BYTES);
    this.#cutFrame = cutFrame(options.frameLimitBytes ?? MESSAGE_LIMIT_BYTES);
  }

  get what(): string {
    return this.#options.what;
  }

  /** Bytes in the buffer. */
  get buffered(): number {
    this.#restore();
    return this.#queue.size;
  }

  /** Begins to fill the buffer where that is asked for. */
  start(): void {
    this.#regulate();
  }

  push(chunk: Uint8Array): void {
    // Plain bytes: a Buffer's `slice` shares memory where a Uint8Array's copies.
    this.#queue.push(Buffer.isBuffer(chunk) ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length) : chunk);
    this.#serve();
    this.#regulate();
  }

  /** No more bytes will come: the end, or an error made for each who reads past what is there. */
  end(error?: () => Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#serve();
  }

  /** The end for now: who waits gets it, later readers make the source look again. */
  endForNow(): void {
    this.#ended = true;
    this.#serve();
    this.#ended = false;
    this.#regulate();
  }

  /** The same with an error. */
  failForNow(error: () => Error): void {
    this.#error = error;
    this.endForNow();
    this.#error = undefined;
  }

  /** Takes out what nobody has read. */
  drain(): Uint8Array {
    this.#restore();
    return this.#queue.take(this.#queue.size);
  }

  /** Nothing is read any more: all get the error. */
  close(error: () => Error): void {
    this.#returned = [];
    this.#queue.clear();
    this.#error = error;
    this.#ended = true;
    this.#serve();
    this.#regulate();
  }

  /** What has arrived, at most `most` bytes; `undefined` at the end. */
  some(most: number, options?: WaitOptions): Operation<Uint8Array | undefined> {
    return new ReadWait(this, "receive", cutSome(most), valueOf, options);
  }

  /** Exactly `count` bytes; `undefined` at the end, an error when the end comes in the middle. */
  exactly(count: number, options?: WaitOptions): Operation<Uint8Array | undefined> {
    checkCount(count);
    return new ReadWait(this, `receive ${count} bytes`, cutExactly(count), valueOf, options);
  }

  /** A line without its end; the last one needs none. `undefined` at the end. */
  line(options?: WaitOptions): Operation<string | undefined> {
    return new ReadWait(this, "receive a line", this.#cutLine, valueOf, options);
  }

  /** A frame without its header; `undefined` at the end between two frames. */
  frame(options?: WaitOptions): Operation<Uint8Array | undefined> {
    return new ReadWait(this, "receive a frame", this.#cutFrame, valueOf, options);
  }

  chunks(most: number): Stream<Uint8Array> {
    return this.#stream("receive", cutSome(most));
  }

  lines(options: LinesOptions = {}): Stream<string> {
    const { lineLimitBytes } = options;
    return this.#stream(
      "receive a line",
      lineLimitBytes === undefined ? this.#cutLine : cutLine(lineLimitBytes),
      options,
    );
  }

  frames(): Stream<Uint8Array> {
    return this.#stream("receive a frame", this.#cutFrame);
  }

  #stream<G>(what: string, cut: CutFrom<G>, { close, rest }: LinesOptions = {}): Stream<G> {
    return new StreamOf<G>(
      () => new ReadWait<G, IteratorResult<G, undefined>>(this, what, cut, stepOf, undefined),
      close,
      rest,
    );
  }

  /** For {@link ReadWait}: serves it, or has it wait behind the others. */
  join(wait: AnyReadWait): void {
    this.#restore();
    if (this.#waiting.size === 0 && this.#offer(wait)) return;
    this.#waiting.add(wait);
    this.#regulate();
  }

  leave(wait: AnyReadWait): void {
    this.#waiting.delete(wait);
    this.#serveSoon();
    this.#regulate();
  }

  /** Takes back what a reader took and nobody wants. */
  putBack(piece: Piece): void {
    this.#returned.push(piece);
    this.#serveSoon();
  }

  /** Serves once all that are given up together have left: none of them takes what the next one should have. */
  #serveSoon(): void {
    if (this.#waiting.size > 0) queueMicrotask(() => this.#serve());
  }

  /** Puts pieces that came back to the front of the queue, in their order. */
  #restore(): void {
    if (this.#returned.length === 0) return;
    const pieces = this.#returned.toSorted((one, other) => other.start - one.start);
    this.#returned = [];
    for (const { start, bytes } of pieces) {
      this.#queue.unshift(bytes);
      this.#position = start;
    }
  }

  /** Serves waiting readers, first come, first served, as far as the bytes go. */
  #serve(): void {
    this.#restore();
    for (const wait of this.#waiting) if (!this.#offer(wait)) return;
  }

  /** Ends `wait` if there is enough for it. */
  #offer(wait: AnyReadWait): boolean {
    const broken = this.#ended ? this.#error : undefined;
    // What broke in the middle of a line has not ended that line.
    const cut = wait.look(this.#queue, this.#ended && broken === undefined);
    if (cut === undefined && broken === undefined) return false;
    // Out of the row first: who goes on may at once give up others that wait here.
    this.#waiting.delete(wait);
    if (cut?.type === "large") wait.fail(() => tooLarge(this.what, cut.part, cut.limit));
    else if (cut?.type === "taken") {
      const start = this.#position;
      this.#position += cut.to - cut.from;
      wait.give(start);
      this.#regulate();
    } else if (cut?.type === "short") wait.fail(() => cutShort(this.#options, cut.where));
    else if (broken !== undefined) wait.fail(broken);
    else wait.end();
    return true;
  }

  #regulate(): void {
    const ahead = this.#options.readAhead === true && this.#queue.size < IO_BUFFER_BYTES;
    const wanted = !this.#ended && (this.#waiting.size > 0 || ahead);
    if (wanted === this.#flowing) return;
    this.#flowing = wanted;
    if (wanted) this.#options.source.want();
    else this.#options.source.enough();
  }
}

const valueOf = <G>(given: G | undefined): G | undefined => given;
const stepOf = <G>(given: G | undefined): IteratorResult<G, undefined> =>
  given === undefined ? { done: true, value: undefined } : { done: false, value: given };

function checkCount(count: number): void {
  if (Number.isSafeInteger(count) && count > 0) return;
  throw new SkeinError("OPTION_INVALID", `${count} bytes can't be received`, { hint: "ask for 1 byte or more" });
}

function tooLarge(what: string, part: string, limit: number): SkeinError {
  return new SkeinError("MESSAGE_TOO_LARGE", `${what}: ${part} is over the limit of ${limit} bytes`, {
    hint: "raise lineLimitBytes or frameLimitBytes where it was opened, or read it with receive()",
  });
}

function cutShort({ what, code = "CONNECTION_LOST" }: ByteReaderOptions, where: string): SkeinError {
  return new SkeinError(code, `${what}: it ended ${where}`, {
    hint: "it was cut short; receive() or read() still gives the bytes that came",
  });
}
