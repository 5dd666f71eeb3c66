/** Reading bytes, lines and frames from whatever delivers chunks: waiting readers in a row, push-back on the source. */
import { type ErrorCode, type Operation, SkeinError, type Stream, type WaitOptions } from "@skein/runtime";
import {
  IO_BUFFER_BYTES,
  LINE_LIMIT_BYTES,
  limitsFrom,
  MESSAGE_LIMIT_BYTES,
  StreamOf,
  Wait,
} from "@skein/runtime/host";
import { type Cut, cutExactly, cutFrame, type CutFrom, cutLine, cutSome, framePayload, lineText } from "./byte-cuts.ts";
import { ByteQueue } from "./byte-queue.ts";

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

/**
 * Bytes that a source pushes, taken by operations. A reader that times out or is given up takes nothing with it: the
 * next one gets the same bytes. The end is `undefined`; a source that broke throws its error after its last bytes.
 */
export class ByteReader {
  readonly #options: ByteReaderOptions;
  readonly #queue = new ByteQueue();
  readonly #waiting = new Set<ReadWait<unknown>>();
  #flowing = false;
  #ended = false;
  #error: (() => Error) | undefined;

  constructor(options: ByteReaderOptions) {
    this.#options = options;
  }

  get what(): string {
    return this.#options.what;
  }

  /** Bytes in the buffer. */
  get buffered(): number {
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
    return this.#queue.take(this.#queue.size);
  }

  /** Nothing is read any more: all get the error. */
  close(error: () => Error): void {
    this.#queue.clear();
    this.#error = error;
    this.#ended = true;
    this.#serve();
    this.#regulate();
  }

  /** What has arrived, at most `most` bytes; `undefined` at the end. */
  some(most: number, options?: WaitOptions): Operation<Uint8Array | undefined> {
    return this.#wait("receive", options, cutSome(most), (bytes) => bytes);
  }

  /** Exactly `count` bytes; `undefined` at the end, `CONNECTION_LOST` when the end comes in the middle. */
  exactly(count: number, options?: WaitOptions): Operation<Uint8Array | undefined> {
    checkCount(count);
    return this.#wait(`receive ${count} bytes`, options, cutExactly(count), (bytes) => bytes);
  }

  /** A line without its end; the last one needs none. `undefined` at the end. */
  line(options?: WaitOptions): Operation<string | undefined> {
    return this.#wait("receive a line", options, this.#cutLine(), lineText);
  }

  /** A frame without its header; `undefined` at the end between two frames. */
  frame(options?: WaitOptions): Operation<Uint8Array | undefined> {
    return this.#wait("receive a frame", options, this.#cutFrame(), framePayload);
  }

  chunks(most: number, close?: () => unknown): Stream<Uint8Array> {
    return this.#stream("receive", cutSome(most), (bytes) => bytes, close);
  }

  lines(close?: () => unknown): Stream<string> {
    return this.#stream("receive a line", this.#cutLine(), lineText, close);
  }

  frames(close?: () => unknown): Stream<Uint8Array> {
    return this.#stream("receive a frame", this.#cutFrame(), framePayload, close);
  }

  #wait<T>(
    what: string,
    options: WaitOptions | undefined,
    cut: CutFrom,
    value: (bytes: Uint8Array) => T,
  ): Operation<T | undefined> {
    return new ReadWait<T | undefined>(this, what, options, cut, (bytes) =>
      bytes === undefined ? undefined : value(bytes),
    );
  }

  #stream<T>(
    what: string,
    cut: CutFrom,
    value: (bytes: Uint8Array) => T,
    close: (() => unknown) | undefined,
  ): Stream<T> {
    const step = (bytes: Uint8Array | undefined): IteratorResult<T, undefined> =>
      bytes === undefined ? { done: true, value: undefined } : { done: false, value: value(bytes) };
    return new StreamOf(() => new ReadWait(this, what, undefined, cut, step), close);
  }

  #cutLine(): CutFrom {
    return cutLine(this.#options.lineLimitBytes ?? LINE_LIMIT_BYTES);
  }

  #cutFrame(): CutFrom {
    return cutFrame(this.#options.frameLimitBytes ?? MESSAGE_LIMIT_BYTES);
  }

  /** For {@link ReadWait}: serves it, or has it wait behind the others. */
  join(wait: ReadWait<unknown>): void {
    this.#waiting.add(wait);
    this.#serve();
    this.#regulate();
  }

  leave(wait: ReadWait<unknown>): void {
    this.#waiting.delete(wait);
    this.#serve();
    this.#regulate();
  }

  /** Takes back what a reader took and nobody wants. */
  putBack(bytes: Uint8Array): void {
    this.#queue.unshift(bytes);
    this.#serve();
  }

  /** Serves waiting readers, first come, first served, as far as the bytes go. */
  #serve(): void {
    for (const wait of this.#waiting) {
      const cut = wait.look(this.#queue, this.#ended);
      if (cut === undefined) return;
      this.#waiting.delete(wait);
      if (cut.type === "bytes") wait.give(cut.bytes);
      else if (cut.type === "large") wait.fail(() => tooLarge(this.what, cut.part, cut.limit));
      else if (this.#error !== undefined) wait.fail(this.#error);
      else if (cut.type === "end") wait.give(undefined);
      else wait.fail(() => cutShort(this.#options, cut.where));
    }
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

/** One reader. It keeps the bytes it was given until somebody takes its value. */
class ReadWait<T> extends Wait<T> {
  readonly #reader: ByteReader;
  readonly #what: string;
  readonly #cut: CutFrom;
  readonly #value: (bytes: Uint8Array | undefined) => T;
  #taken: Uint8Array | undefined;

  constructor(
    reader: ByteReader,
    what: string,
    options: WaitOptions | undefined,
    cut: CutFrom,
    value: (bytes: Uint8Array | undefined) => T,
  ) {
    super(limitsFrom(options));
    this.#reader = reader;
    this.#what = what;
    this.#cut = cut;
    this.#value = value;
  }

  look(queue: ByteQueue, ended: boolean): Cut {
    return this.#cut(queue, ended);
  }

  give(bytes: Uint8Array | undefined): void {
    this.#taken = bytes;
    this.settle(this.#value(bytes));
  }

  protected begin(): boolean {
    this.#reader.join(this);
    return false;
  }

  protected abandon(): void {
    this.#reader.leave(this);
  }

  protected override unclaimed(): void {
    if (this.#taken !== undefined) this.#reader.putBack(this.#taken);
  }

  describe(): string {
    return `${this.#what} (${this.#reader.what})`;
  }
}

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
