/** Writing bytes with back-pressure: whole pieces, in order, each as soon as there is room. */
import type { Operation, WaitOptions } from "@skein/runtime";
import { IO_SEND_BYTES, limitsFrom, Wait } from "@skein/runtime/host";

/** The part of a Node stream that is written to. */
export interface ByteSink {
  readonly writableLength: number;
  cork(): void;
  uncork(): void;
  write(chunk: Uint8Array, done: (error?: Error | null) => void): boolean;
  end(): unknown;
}

/**
 * Pieces of bytes on their way into a sink. A piece goes in whole or not at all: one that times out or is given up
 * while it waits for room was not sent. Nothing is copied, so what was sent must not be changed.
 */
export class ByteWriter {
  readonly #what: string;
  readonly #sink: ByteSink;
  readonly #endedError: () => Error;
  readonly #waiting = new Set<WriteWait>();
  #ending = false;
  #ended = false;
  #closed: (() => Error) | undefined;
  #corked = false;

  /** @param endedError what is thrown to who sends after the end */
  constructor(what: string, sink: ByteSink, endedError: () => Error) {
    this.#what = what;
    this.#sink = sink;
    this.#endedError = endedError;
  }

  get what(): string {
    return this.#what;
  }

  /** Sends `parts` as one piece. */
  send(parts: readonly Uint8Array[], options?: WaitOptions): Operation<void> {
    return new WriteWait(this, parts, options);
  }

  /** What waits still goes; then the sink is ended. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    if (this.#waiting.size === 0) this.#endSink();
  }

  /** Nothing goes any more; who waits gets the error. */
  close(error: () => Error = this.#endedError): void {
    this.#closed ??= error;
    const waits = [...this.#waiting];
    this.#waiting.clear();
    for (const wait of waits) wait.fail(this.#closed);
    this.end();
  }

  /** For {@link WriteWait}. */
  join(wait: WriteWait): void {
    if (this.#closed !== undefined) wait.fail(this.#closed);
    else if (this.#ending) wait.fail(this.#endedError);
    else {
      this.#waiting.add(wait);
      this.#serve();
    }
  }

  leave(wait: WriteWait): void {
    this.#waiting.delete(wait);
    this.#serve();
  }

  readonly #serve = (): void => {
    for (const wait of this.#waiting) {
      if (this.#sink.writableLength >= IO_SEND_BYTES) return;
      this.#waiting.delete(wait);
      this.#corkTurn();
      for (const part of wait.parts) if (part.length > 0) this.#sink.write(part, this.#serve);
      wait.settle(undefined);
    }
    if (this.#ending) this.#endSink();
  };

  #endSink(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink.end();
  }

  /** The pieces of one callback go with one system call. */
  #corkTurn(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#sink.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#sink.uncork();
    });
  }
}

class WriteWait extends Wait<void> {
  readonly parts: readonly Uint8Array[];
  readonly #writer: ByteWriter;

  constructor(writer: ByteWriter, parts: readonly Uint8Array[], options: WaitOptions | undefined) {
    super(limitsFrom(options));
    this.#writer = writer;
    this.parts = parts;
  }

  protected begin(): boolean {
    this.#writer.join(this);
    return false;
  }

  protected abandon(): void {
    this.#writer.leave(this);
  }

  describe(): string {
    return `send (${this.#writer.what})`;
  }
}
