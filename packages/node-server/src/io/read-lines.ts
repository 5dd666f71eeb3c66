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
 * read only as far as lines are asked for. Who leaves before the end leaves a Node stream open: the next
 * `readLines(process.stdin)` goes on where this one stopped.
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
  const reader = new ByteReader({
    what: "a stream",
    code: "FILE_FAILED",
    lineLimitBytes: options.lineLimitBytes,
    source: new LatePause(source),
  });
  const onData = (chunk: Uint8Array | string): void => reader.push(bytesOf(chunk));
  const onEnd = (): void => reader.end();
  const onError = (error: Error): void => reader.end(() => error);
  const onClose = (): void => (source.readableEnded ? reader.end() : reader.end(() => closedEarlyError(source)));
  if (source.readableEnded) reader.end();
  else if (source.destroyed || source.errored !== null) onClose();
  source.pause();
  source.on("data", onData).once("end", onEnd).once("close", onClose).once("error", onError);
  return reader.lines(() => {
    source.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onError);
    source.pause();
    const left = reader.drain();
    if (left.length > 0 && !source.readableEnded && !source.destroyed) source.unshift(left);
    reader.end();
  });
}

/**
 * Pauses a Node stream once it is out of its `data` event: standard input that is paused inside of it goes on reading
 * (Node 24), and would keep the process alive.
 */
class LatePause implements ByteSource {
  readonly #source: Readable;
  #wanted = false;

  constructor(source: Readable) {
    this.#source = source;
  }

  want(): void {
    this.#wanted = true;
    this.#source.resume();
  }

  enough(): void {
    this.#wanted = false;
    setImmediate(() => {
      if (!this.#wanted) this.#source.pause();
    });
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
  return reader.lines(() => pull.leave());
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
        if (step.done === true) this.reader?.end();
        else this.reader?.push(bytesOf(step.value));
      }
    } catch (error) {
      this.reader?.end(() => (error instanceof Error ? error : new Error(String(error))));
    }
    this.#pulling = false;
  }
}
