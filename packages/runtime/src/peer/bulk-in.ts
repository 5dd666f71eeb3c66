/** The receiving end of one bulk transfer: it says how much may come, and gets the pieces in order. */
import { BULK_WINDOW_BYTES } from "../defaults.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import { releaseFrame } from "../link/spent-frames.ts";
import { invalidFrame } from "../wire/frames.ts";
import type { BulkWay } from "./bulk-out.ts";
import { BULK_BODY, BULK_COUNT_BYTES, BulkWord, bulkCount, bulkFrame, bulkWord, setBulkCount } from "./bulk-words.ts";

export class BulkIn {
  readonly id: number;
  /** What came with the word that all was sent; there once {@link BulkIn.read} gave `undefined`. */
  trailer: Uint8Array | undefined;
  readonly #way: BulkWay;
  readonly #ended: (transfer: BulkIn) => void;
  #chunks: Uint8Array[] = [];
  /** The piece that was read last. */
  #lent: Uint8Array | undefined;
  #begun = false;
  #receivedBytes = 0;
  #readBytes = 0;
  #grantedBytes = 0;
  #complete = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(id: number, way: BulkWay, ended: (transfer: BulkIn) => void) {
    this.id = id;
    this.#way = way;
    this.#ended = ended;
  }

  /** Bytes that were read. */
  get readBytes(): number {
    return this.#readBytes;
  }

  /**
   * The next piece, as it came: there until the next call, so to be copied by who keeps it. `undefined` after the last one.
   * One call at a time; reading is what lets more come.
   *
   * @throws {SkeinError} why the sender gave up; `PEER_LOST`; the error given to {@link BulkIn.cancel}
   */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#lent !== undefined) releaseFrame(this.#lent);
    this.#lent = undefined;
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#lent = chunk;
        this.#readBytes += chunk.byteLength;
        this.#grant();
        return chunk;
      }
      if (this.#complete) return undefined;
      if (this.#error !== undefined) throw this.#error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Takes no more; the sender's next write throws `error`. After the end it does nothing. */
  cancel(error: Error): void {
    if (this.#complete || this.#error !== undefined) return;
    this.#way.send(this.#way.errorFrame(BulkWord.stop, this.id, error));
    this.failed(error);
  }

  /** Its turn has come: the first bytes may be sent. */
  begin(): void {
    this.#begun = true;
    this.#grant();
  }

  /** Takes a word of the sender. @throws {SkeinError} `WIRE_INVALID` */
  take(frame: Uint8Array, errorOf: (frame: Uint8Array) => Error): void {
    if (this.#complete || this.#error !== undefined) return;
    switch (bulkWord(frame)) {
      case BulkWord.data: {
        const chunk = frame.subarray(BULK_BODY);
        this.#receivedBytes += chunk.byteLength;
        if (this.#receivedBytes > this.#grantedBytes) throw invalidFrame("more bulk came than was allowed");
        this.#chunks.push(chunk);
        break;
      }
      case BulkWord.end:
        if (bulkCount(frame) !== this.#receivedBytes) throw invalidFrame("a bulk transfer is not whole");
        this.trailer = frame.slice(BULK_BODY + BULK_COUNT_BYTES);
        this.#complete = true;
        this.#ended(this);
        break;
      default:
        this.failed(errorOf(frame));
        return;
    }
    this.#notify();
  }

  failed(error: Error): void {
    if (this.#complete || this.#error !== undefined) return;
    this.#error = errorFrom(error);
    this.#chunks = [];
    this.#ended(this);
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Lets as much more come as was read, once that is worth a word. */
  #grant(): void {
    if (!this.#begun || this.#complete || this.#error !== undefined) return;
    const allowed = this.#readBytes + BULK_WINDOW_BYTES;
    if (allowed - this.#grantedBytes < BULK_WINDOW_BYTES / 4) return;
    this.#grantedBytes = allowed;
    const frame = bulkFrame(BulkWord.credit, this.id, BULK_COUNT_BYTES);
    setBulkCount(frame, allowed);
    this.#way.send(frame);
  }
}

export const noTransfer = (id: number): SkeinError =>
  new SkeinError("WIRE_INVALID", `no bulk transfer ${id} can begin`, { hint: "each is read once, by who it is for" });
