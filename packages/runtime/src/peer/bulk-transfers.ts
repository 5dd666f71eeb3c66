/** The bulk transfers of one conversation, both ways. */
import { BULK_READERS_AT_ONCE } from "../defaults.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import type { Carrier } from "../link/carrier.ts";
import type { Codec } from "../wire/codec.ts";
import { invalidFrame } from "../wire/frames.ts";
import { BulkIn, noTransfer } from "./bulk-in.ts";
import { BulkOut, type BulkWay } from "./bulk-out.ts";
import { BULK_BODY, BulkWord, bulkCount, bulkFrame, bulkTransfer, bulkWord, checkBulk } from "./bulk-words.ts";

/** Transfers of one conversation and direction that have begun or wait for their turn. */
export const TRANSFERS_LIMIT = 10_000;
/** Bytes of an error that ends a transfer. */
const ERROR_LIMIT_BYTES = 16 * 1024;

export interface BulkTransfersOptions {
  readonly codec: Codec;
  readonly carrier: Carrier;
  /** Writes a header of this conversation into the frame. */
  readonly seal: (frame: Uint8Array) => void;
}

export class BulkTransfers {
  readonly #options: BulkTransfersOptions;
  readonly #way: BulkWay;
  readonly #out = new Map<number, BulkOut>();
  readonly #in = new Map<number, BulkIn>();
  /** Of readers; values are apart, so that a slow reader of a file never holds up messages. */
  readonly #turns = new Turns(BULK_READERS_AT_ONCE);
  #lastId = 0;
  #ended: Error | undefined;

  constructor(options: BulkTransfersOptions) {
    this.#options = options;
    const { carrier, codec, seal } = options;
    const bulk = carrier.bulk ?? carrier;
    this.#way = {
      get open() {
        return bulk.state === "open";
      },
      whenOpen: (callback) => bulk.whenOpen(callback),
      room: (bytes) => carrier.bulk?.room(bytes) ?? new Uint8Array(bytes),
      send: (frame) => {
        if (this.#ended !== undefined) return;
        seal(frame);
        bulk.send(frame);
      },
      errorFrame: (word, transfer, error) => {
        const bytes = encodeError(codec, error);
        const frame = bulkFrame(word, transfer, bytes.byteLength);
        frame.set(bytes, BULK_BODY);
        return frame;
      },
    };
  }

  /** Whether any has begun, or waits for its turn. */
  get active(): boolean {
    return this.#out.size > 0 || this.#in.size > 0;
  }

  /** Begins to send. @throws {SkeinError} `LINK_OVERLOADED`, `PEER_LOST` */
  writer(): BulkOut {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#out.size >= TRANSFERS_LIMIT) throw tooMany();
    this.#lastId = (this.#lastId + 1) >>> 0 || 1;
    const out = new BulkOut(this.#lastId, this.#way, () => this.#out.delete(out.id));
    this.#out.set(out.id, out);
    return out;
  }

  /** Receives what the other side calls `id`, once its turn comes. @throws {SkeinError} `WIRE_INVALID`, `LINK_OVERLOADED` */
  reader(id: number): BulkIn {
    const transfer = this.expect(id, () => this.#turns.over(transfer));
    this.#turns.take(transfer);
    return transfer;
  }

  /**
   * The same for who says itself when it begins; `over` is called at its end.
   *
   * @throws {SkeinError} `WIRE_INVALID`, `LINK_OVERLOADED`
   */
  expect(id: number, over: () => void = () => {}): BulkIn {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#in.has(id) || !Number.isInteger(id) || id <= 0 || id > 0xffff_ffff) throw noTransfer(id);
    if (this.#in.size >= TRANSFERS_LIMIT) throw tooMany();
    const transfer = new BulkIn(id, this.#way, () => {
      this.#in.delete(id);
      over();
    });
    this.#in.set(id, transfer);
    return transfer;
  }

  /** Takes a frame of bulk; what is over is left aside. @throws {SkeinError} `WIRE_INVALID` */
  receive(frame: Uint8Array): void {
    checkBulk(frame);
    const id = bulkTransfer(frame);
    switch (bulkWord(frame)) {
      case BulkWord.credit:
        if (!this.#out.has(id)) this.#sayOver(id);
        this.#out.get(id)?.credited(bulkCount(frame));
        return;
      case BulkWord.stop:
        this.#out.get(id)?.stopped(this.#errorOf(frame));
        return;
      default:
        this.#in.get(id)?.take(frame, (failed) => this.#errorOf(failed));
    }
  }

  /** The conversation is over. */
  end(error: Error): void {
    this.#ended = error;
    this.#turns.clear();
    for (const out of this.#out.values()) out.stopped(error);
    for (const transfer of this.#in.values()) transfer.failed(error);
  }

  /**
   * The other side waits for what ended here before it was expected there: the word that it was given up had overtaken
   * the message that says where it belongs. Of one that ended as it should, the other has all by the time this comes.
   */
  #sayOver(id: number): void {
    const error = new SkeinError("TASK_CANCELLED", "it was given up before it began", { hint: "send it again" });
    this.#way.send(this.#way.errorFrame(BulkWord.abort, id, error));
  }

  #errorOf(frame: Uint8Array): Error {
    if (frame.byteLength - BULK_BODY > ERROR_LIMIT_BYTES)
      throw invalidFrame("a bulk transfer ends with too long an error");
    return errorFrom(this.#options.codec.decode(frame.subarray(BULK_BODY)));
  }
}

/** Lets so many transfers come at once; the others wait, first come, first served. */
class Turns {
  readonly #atOnce: number;
  readonly #begun = new Set<BulkIn>();
  #lined: BulkIn[] = [];

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  take(transfer: BulkIn): void {
    this.#lined.push(transfer);
    this.#next();
  }

  over(transfer: BulkIn): void {
    if (!this.#begun.delete(transfer)) this.#lined = this.#lined.filter((one) => one !== transfer);
    this.#next();
  }

  clear(): void {
    this.#lined = [];
  }

  #next(): void {
    while (this.#begun.size < this.#atOnce) {
      const next = this.#lined.shift();
      if (next === undefined) return;
      this.#begun.add(next);
      next.begin();
    }
  }
}

function encodeError(codec: Codec, error: Error): Uint8Array {
  try {
    const bytes = codec.encode(error);
    if (bytes.byteLength <= ERROR_LIMIT_BYTES) return bytes;
  } catch {
    // An error whose fields can't be sent: its text goes.
  }
  return codec.encode(new Error(error.message.slice(0, 1000)));
}

const tooMany = (): SkeinError =>
  new SkeinError("LINK_OVERLOADED", `more than ${TRANSFERS_LIMIT} bulk transfers are under way`, {
    hint: "wait for some of them to end",
  });
