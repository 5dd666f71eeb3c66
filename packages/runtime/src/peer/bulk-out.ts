/** The sending end of one bulk transfer: pieces go as far as the other side has given credit for and the way is free. */
import { BULK_CHUNK_BYTES } from "../defaults.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import { BULK_BODY, BULK_COUNT_BYTES, BulkWord, bulkFrame, setBulkCount } from "./bulk-words.ts";

/** Most bytes that may go with the word that a transfer is complete. */
export const TRAILER_LIMIT_BYTES = 1024;

/** What a transfer needs of the conversation it belongs to. */
export interface BulkWay {
  /** Whether frames of bulk leave now. */
  readonly open: boolean;
  whenOpen(callback: () => void): void;
  room(bytes: number): Uint8Array;
  /** Writes the header and sends. */
  send(frame: Uint8Array): void;
  errorFrame(word: BulkWord, transfer: number, error: Error): Uint8Array;
}

export class BulkOut {
  /** Tells the receiver which transfer is meant: it asks for the reader of this number. */
  readonly id: number;
  readonly #way: BulkWay;
  readonly #ended: (out: BulkOut) => void;
  #creditBytes = 0;
  #sentBytes = 0;
  #over = false;
  #error: Error | undefined;
  #writing = false;
  #wake: (() => void) | undefined;

  constructor(id: number, way: BulkWay, ended: (out: BulkOut) => void) {
    this.id = id;
    this.#way = way;
    this.#ended = ended;
  }

  /** Bytes that have left; the other side has not all of them yet. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Whether all has left, or it was stopped. */
  get over(): boolean {
    return this.#over;
  }

  /**
   * Sends `bytes`, which stay unchanged until the promise resolves: when all of them have left. One call at a time.
   *
   * @throws {SkeinError} why the other side takes no more; `PEER_LOST`; the error given to {@link BulkOut.abort}
   */
  async write(bytes: Uint8Array): Promise<void> {
    this.#begin();
    try {
      let at = 0;
      while (at < bytes.byteLength) {
        // It may have been stopped between the word that let this go on and now.
        if (this.#error !== undefined) throw this.#error;
        const credit = this.#creditBytes - this.#sentBytes;
        if (credit <= 0 || !this.#way.open) {
          await this.#room(credit > 0);
          continue;
        }
        const size = Math.min(credit, bytes.byteLength - at, BULK_CHUNK_BYTES);
        const frame = bulkFrame(BulkWord.data, this.id, size, this.#way.room(BULK_BODY + size));
        frame.set(bytes.subarray(at, at + size), BULK_BODY);
        this.#way.send(frame);
        at += size;
        this.#sentBytes += size;
      }
    } finally {
      this.#writing = false;
    }
  }

  /** Says that this was all, with up to {@link TRAILER_LIMIT_BYTES} more to know. @throws {SkeinError} as `write` */
  end(trailer: Uint8Array = new Uint8Array(0)): void {
    this.#begin();
    this.#writing = false;
    if (trailer.byteLength > TRAILER_LIMIT_BYTES) throw misuse(`a trailer of ${trailer.byteLength} bytes`);
    const frame = bulkFrame(BulkWord.end, this.id, BULK_COUNT_BYTES + trailer.byteLength);
    setBulkCount(frame, this.#sentBytes);
    frame.set(trailer, BULK_BODY + BULK_COUNT_BYTES);
    this.#way.send(frame);
    this.#finish(new SkeinError("OPTION_INVALID", "this transfer has ended", { hint: "start another one" }));
  }

  /** Gives up: the other side gets the error in place of the rest. After the end it does nothing. */
  abort(error: Error): void {
    if (this.#over) return;
    this.#way.send(this.#way.errorFrame(BulkWord.abort, this.id, error));
    this.#finish(error);
  }

  /** The receiver allows so many bytes in all. */
  credited(bytes: number): void {
    if (bytes <= this.#creditBytes) return;
    this.#creditBytes = bytes;
    this.#wake?.();
  }

  /** The receiver takes no more, or is gone. */
  stopped(error: Error): void {
    if (!this.#over) this.#finish(error);
  }

  #begin(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#writing) throw misuse("a second write before the first one was over");
    this.#writing = true;
  }

  #room(credited: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        this.#wake = undefined;
        if (this.#error === undefined) resolve();
        else reject(errorFrom(this.#error));
      };
      if (credited) this.#way.whenOpen(this.#wake);
    });
  }

  #finish(error: Error): void {
    this.#over = true;
    this.#error = error;
    this.#ended(this);
    this.#wake?.();
  }
}

const misuse = (what: string): SkeinError =>
  new SkeinError("OPTION_INVALID", `${what} on a bulk transfer`, { hint: "await each write; end once" });
