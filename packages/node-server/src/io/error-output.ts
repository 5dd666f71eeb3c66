/** What programs print on standard error: kept, bounded, until somebody asks for it, so that it never blocks them. */
import type { Readable } from "node:stream";
import type { Stream } from "@skein/runtime";
import { Deferred, PROGRAM_ERRORS_KEPT_BYTES } from "@skein/runtime/host";
import { ByteReader } from "./byte-reader.ts";

const NEWLINE = 0x0a;
const NEWLINE_BYTES: Uint8Array = new Uint8Array([NEWLINE]);

/** The errors of all programs of a chain, line by line. */
export class ErrorOutput {
  readonly #streams = new Set<Readable>();
  readonly #reader: ByteReader;
  /** Whole lines, before anybody asked. */
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #asked = false;
  #flowing = true;
  readonly #ended = new Deferred<void>("end of standard error");

  constructor() {
    this.#reader = new ByteReader({
      what: "standard error",
      code: "PROGRAM_FAILED",
      source: { want: () => this.#flow(true), enough: () => this.#flow(false) },
    });
  }

  /** Takes what another program prints; its lines stay whole. */
  add(stream: Readable): void {
    this.#streams.add(stream);
    let started: Uint8Array[] = [];
    let startedBytes = 0;
    const flush = (): void => {
      for (const part of started) this.#take(part);
      started = [];
      startedBytes = 0;
    };
    stream.on("data", (chunk: Buffer) => {
      const cut = chunk.lastIndexOf(NEWLINE) + 1;
      if (cut > 0) {
        started.push(chunk.subarray(0, cut));
        flush();
      }
      if (cut === chunk.length) return;
      started.push(chunk.subarray(cut));
      startedBytes += chunk.length - cut;
      // A line this long can't be kept whole.
      if (startedBytes >= PROGRAM_ERRORS_KEPT_BYTES) flush();
    });
    stream.once("close", () => {
      if (startedBytes > 0) started.push(NEWLINE_BYTES);
      flush();
      this.#streams.delete(stream);
      if (this.#streams.size > 0) return;
      this.#reader.end();
      this.#ended.resolve();
    });
    if (!this.#flowing) stream.pause();
  }

  /** One of the programs could not be started: after what was printed, its error is thrown to who reads lines. */
  fail(error: Error): void {
    this.#reader.end(() => error);
    this.#ended.resolve();
  }

  /** Resolves once every program has closed it. */
  get ended(): Deferred<void> {
    return this.#ended;
  }

  /** All lines from what is kept on. */
  lines(): Stream<string> {
    if (!this.#asked) {
      this.#asked = true;
      for (const part of this.#kept) this.#reader.push(part);
      this.#kept = [];
      this.#keptBytes = 0;
      // On demand from now on.
      this.#flow(false);
    }
    return this.#reader.lines();
  }

  /** What nobody has asked for, as text. */
  get kept(): string {
    return Buffer.concat(this.#kept).toString().trimEnd();
  }

  #take(part: Uint8Array): void {
    if (this.#asked) {
      this.#reader.push(part);
      return;
    }
    this.#kept.push(part);
    this.#keptBytes += part.length;
    while (this.#keptBytes > PROGRAM_ERRORS_KEPT_BYTES) this.#keptBytes -= this.#kept.shift()?.length ?? 0;
  }

  #flow(on: boolean): void {
    if (!this.#asked || on === this.#flowing) return;
    this.#flowing = on;
    for (const stream of this.#streams) {
      if (on) stream.resume();
      else stream.pause();
    }
  }
}
