/**
 * What one process sends to this one, in its order: a batch that holds a value which comes by bulk waits for it, and
 * all that follows waits too. Other conversations don't.
 */
import { MESSAGE_LIMIT_BYTES } from "../defaults.ts";
import { errorFrom } from "../errors.ts";
import type { Codec } from "../wire/codec.ts";
import { invalidFrame } from "../wire/frames.ts";
import { ENVELOPE_LIMIT_BYTES } from "../wire/limits.ts";
import { Entry } from "../wire/messages.ts";
import type { BulkTransfers } from "./bulk-transfers.ts";

/** The entries of one frame. */
export interface Batch {
  readonly entries: readonly unknown[];
  /** Whether some of them hold what can't be read here. */
  readonly partly: boolean;
  readonly roles: number;
  /** Whether it came in a frame of procedures. */
  readonly calls: boolean;
  /** Bytes of the frame, to be counted when all of it was taken. */
  readonly bytes: number;
}

export interface EntryOrderOptions {
  readonly codec: Codec;
  readonly transfers: BulkTransfers;
  /** Takes one entry. @throws {SkeinError} `WIRE_INVALID` */
  readonly take: (entry: unknown, batch: Batch) => void;
  /** A batch was taken whole. */
  readonly taken: (batch: Batch) => void;
  /** What came later than its batch breaks the rules. */
  readonly failed: (error: Error) => void;
}

/** A value under way: undefined until it is there; "none": its sender took it back. */
interface Arrival {
  value: { readonly entry: unknown; readonly partly: boolean } | "none" | undefined;
}

export class EntryOrder {
  readonly #options: EntryOrderOptions;
  readonly #arrivals = new Map<number, Arrival>();
  #waiting: Batch[] = [];
  /** Entries of the first waiting batch that were taken. */
  #at = 0;
  #running = false;
  #ended = false;

  constructor(options: EntryOrderOptions) {
    this.#options = options;
  }

  /** Takes a batch, now or when what comes before it is there. @throws {SkeinError} `WIRE_INVALID` */
  take(batch: Batch): void {
    for (const entry of batch.entries) if (isPlaceholder(entry)) this.#expect(entry);
    this.#waiting.push(batch);
    if (this.#waiting.length === 1) this.#run();
  }

  end(): void {
    this.#ended = true;
    this.#waiting = [];
    this.#arrivals.clear();
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let batch = this.#waiting[0]; batch !== undefined; batch = this.#waiting[0]) {
        if (!this.#runBatch(batch) || this.#ended) return;
        this.#waiting.shift();
        this.#at = 0;
        this.#options.taken(batch);
      }
    } finally {
      this.#running = false;
    }
  }

  /** @returns whether all of it was taken */
  #runBatch(batch: Batch): boolean {
    const { entries } = batch;
    while (this.#at < entries.length) {
      const entry = entries[this.#at];
      if (!isPlaceholder(entry)) {
        this.#at += 1;
        this.#options.take(entry, batch);
      } else if (!this.#takeArrived(entry, batch)) return false;
      if (this.#ended) return true;
    }
    return true;
  }

  #takeArrived(placeholder: Placeholder, batch: Batch): boolean {
    const [, id] = placeholder;
    const value = this.#arrivals.get(id)?.value;
    if (value === undefined) return false;
    this.#arrivals.delete(id);
    this.#at += 1;
    if (value !== "none") this.#options.take(value.entry, { ...batch, partly: value.partly });
    return true;
  }

  #expect([, id, size]: Placeholder): void {
    if (!Number.isInteger(size) || size < 0 || size > VALUE_LIMIT_BYTES) throw invalidFrame(`a value of ${size} bytes`);
    if (this.#arrivals.has(id)) throw invalidFrame(`two values come as transfer ${id}`);
    const arrival: Arrival = { value: undefined };
    this.#arrivals.set(id, arrival);
    void this.#receive(id, size, arrival);
  }

  async #receive(id: number, size: number, arrival: Arrival): Promise<void> {
    try {
      const bytes = await this.#bytes(id, size);
      if (this.#ended) return;
      if (bytes === undefined) arrival.value = "none";
      else {
        const { entries, partly } = this.#options.codec.decodeEntries(bytes);
        if (entries.length !== 1 || isPlaceholder(entries[0])) throw invalidFrame("a value by bulk is no entry");
        arrival.value = { entry: entries[0], partly };
      }
      this.#run();
    } catch (error) {
      if (!this.#ended) this.#options.failed(errorFrom(error));
    }
  }

  /** All bytes of a transfer; `undefined` when its sender gave it up. */
  async #bytes(id: number, size: number): Promise<Uint8Array | undefined> {
    const transfer = this.#options.transfers.reader(id, "value");
    let bytes: Uint8Array | undefined;
    let at = 0;
    for (;;) {
      const chunk = await transfer.read().catch(() => null);
      if (chunk === null) return undefined;
      if (chunk === undefined && at === size) return bytes;
      if (chunk === undefined || at + chunk.byteLength > size) {
        throw invalidFrame(`a value by bulk is not of ${size} bytes`);
      }
      bytes ??= new Uint8Array(size);
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
  }
}

/** Largest value that comes by bulk, with what encloses it. */
const VALUE_LIMIT_BYTES: number = MESSAGE_LIMIT_BYTES + ENVELOPE_LIMIT_BYTES;

type Placeholder = readonly [kind: number, id: number, size: number];

const isPlaceholder = (entry: unknown): entry is Placeholder =>
  Array.isArray(entry) &&
  (entry[0] === Entry.bulk || entry[0] === Entry.bulkCall) &&
  typeof entry[1] === "number" &&
  typeof entry[2] === "number";
