/** The lines of any stream of bytes: standard input, Node's and the Web's streams. */
import type { Readable } from "node:stream";
import type { Stream } from "@skein/runtime";
import { ByteReader, type ByteSource } from "./byte-reader.ts";
import { bytesOf } from "./connection.ts";
import { closedEarlyError } from "./node-streams.ts";

/** What gives bytes, or text. */
export type ByteStream = AsyncIterable<Uint8Array | string> | ReadableStream<Uint8Array> | Readable;

export interface ReadLinesOptions {
  /** Longest line, in bytes. Default 1 MiB; a longer one throws `MESSAGE_TOO_LARGE`. */
  readonly lineLimitBytes?: number;
}

/**
 * The lines of `source`, as UTF-8 and without `\n` or `\r\n`; other tasks run while one is waited for. The source is
 * read only as far as lines are asked for. Who leaves before the end, or gives up, leaves a Node stream open: the next
 * `readLines(process.stdin)` goes on where the last one stopped, and nothing is lost between them.
 *
 * @throws the stream's own error; `FILE_FAILED` when it was closed before its end
 * @example
 * for (let step = yield* input.next(); step.done !== true; step = yield* input.next()) yield* answer(step.value);
 */
export function readLines(source: ByteStream, options: ReadLinesOptions = {}): Stream<string> {
  return isNodeStream(source) ? linesOfNode(source, options) : linesOfIterable(source, options);
}

/** Whether it is one of Node's streams, also of another copy of its module. */
function isNodeStream(source: unknown): source is Readable {
  return typeof source === "object" && source !== null && "pipe" in source && "pause" in source && "read" in source;
}

function linesOfNode(source: Readable, options: ReadLinesOptions): Stream<string> {
  let shared = READERS.get(source);
  if (shared === undefined) {
    shared = new NodeReader(source);
    READERS.set(source, shared);
  }
  return shared.lines(options.lineLimitBytes);
}

/** One reader for each Node stream: whoever reads its lines goes on where the last one stopped. */
const READERS = new WeakMap<Readable, NodeReader>();

/** Listens for data only while somebody reads; between readers the stream has what nobody took, for others to read. */
class NodeReader implements ByteSource {
  readonly #source: Readable;
  readonly #reader: ByteReader;
  #wanted = false;
  #attached = false;

  constructor(source: Readable) {
    this.#source = source;
    const reader = new ByteReader({ what: "a stream", code: "FILE_FAILED", source: this });
    this.#reader = reader;
    const onClose = (): void => (source.readableEnded ? reader.end() : reader.end(() => closedEarlyError(source)));
    if (source.readableEnded) reader.end();
    else if (source.destroyed || source.errored !== null) onClose();
    source.pause();
    source
      .once("end", () => reader.end())
      .once("close", onClose)
      .on("error", (error: Error) => reader.end(() => error));
  }

  lines(lineLimitBytes: number | undefined): Stream<string> {
    const leave = (): void => this.#leave();
    return this.#reader.lines({ close: leave, rest: leave, lineLimitBytes });
  }

  want(): void {
    this.#wanted = true;
    if (!this.#attached) {
      this.#attached = true;
      this.#source.on("data", this.#onData);
    }
    this.#source.resume();
  }

  /**
   * Pauses once it is out of the `data` event: standard input that is paused inside of it goes on reading (Node 24),
   * and would keep the process alive.
   */
  enough(): void {
    this.#wanted = false;
    setImmediate(() => {
      if (!this.#wanted) this.#source.pause();
    });
  }

  readonly #onData = (chunk: Uint8Array | string): void => this.#reader.push(bytesOf(chunk));

  /** A reader has left. The last one gives back what nobody took. */
  #leave(): void {
    if (this.#wanted || !this.#attached) return;
    this.#attached = false;
    const source = this.#source;
    source.off("data", this.#onData);
    source.pause();
    if (source.readableEnded || source.destroyed) return;
    const left = this.#reader.drain();
    if (left.length > 0) source.unshift(left);
  }
}

function linesOfIterable(
  source: AsyncIterable<Uint8Array | string> | ReadableStream<Uint8Array>,
  options: ReadLinesOptions,
): Stream<string> {
  const pull = new Puller(source[Symbol.asyncIterator]());
  const reader = new ByteReader({
    what: "a stream",
    code: "FILE_FAILED",
    lineLimitBytes: options.lineLimitBytes,
    source: pull,
  });
  pull.reader = reader;
  return reader.lines({ close: () => pull.leave() });
}

/** Takes chunks out of an iterator while they are wanted. */
class Puller implements ByteSource {
  reader: ByteReader | undefined;
  readonly #iterator: AsyncIterator<Uint8Array | string>;
  #wanted = false;
  #pulling = false;

  constructor(iterator: AsyncIterator<Uint8Array | string>) {
    this.#iterator = iterator;
  }

  want(): void {
    this.#wanted = true;
    if (!this.#pulling) void this.#pull();
  }

  enough(): void {
    this.#wanted = false;
  }

  async leave(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #pull(): Promise<void> {
    this.#pulling = true;
    try {
      while (this.#wanted) {
        const step = await this.#iterator.next();
        if (step.done === true) {
          this.reader?.end();
          break;
        }
        this.reader?.push(bytesOf(step.value));
      }
    } catch (error) {
      this.reader?.end(() => (error instanceof Error ? error : new Error(String(error))));
    }
    this.#pulling = false;
  }
}
