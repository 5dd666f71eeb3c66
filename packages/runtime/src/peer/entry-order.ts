/**
 * What one process sends to this one, in its order: a batch that holds a value which comes by bulk waits for it, and
 * all that follows waits too. Other conversations don't.
 */
import { BULK_VALUES_AT_ONCE, BULK_VALUES_HELD_BYTES, MESSAGE_LIMIT_BYTES } from "../defaults.ts";
import { errorFrom } from "../errors.ts";
import type { Codec } from "../wire/codec.ts";
import { invalidFrame } from "../wire/frames.ts";
import { ENVELOPE_LIMIT_BYTES } from "../wire/limits.ts";
import { Entry } from "../wire/messages.ts";
import type { BulkIn } from "./bulk-in.ts";
import type { BulkTransfers } from "./bulk-transfers.ts";

/** The entries of one frame. */
export interface Batch {
  readonly entries: readonly unknown[];
  /** Whether some of them hold what can't be read here. */
  readonly partly: boolean;
  readonly roles: number;
  /** Whether it came in a frame of procedures. */
  readonly calls: boolean;
  /** Whether it went ahead of what its sender had queued before. */
  readonly ahead?: boolean;
  /** Bytes of the frame, to be counted when all of it was taken. */
  readonly bytes: number;
}

export interface EntryOrderOptions {
  readonly codec: Codec;
  readonly transfers: BulkTransfers;
  /** Takes one entry. @throws {SkeinError} `WIRE_INVALID` */
  readonly take: (entry: unknown, batch: Batch) => void;
  /** Whether what an entry ends has begun here. */
  readonly isBegun: (entry: unknown) => boolean;
  /** A batch was taken whole. */
  readonly taken: (batch: Batch) => void;
  /** What came later than its batch breaks the rules. */
  readonly failed: (error: Error) => void;
}

/** A value under way. Its bytes once they are there; "none": its sender took it back. */
interface Arrival {
  readonly size: number;
  readonly transfer: BulkIn;
  begun: boolean;
  value: Uint8Array | "none" | undefined;
}

export class EntryOrder {
  readonly #options: EntryOrderOptions;
  /** In their order; those that were begun come first. */
  readonly #arrivals = new Map<number, Arrival>();
  #begun = 0;
  #begunBytes = 0;
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
    const { isBegun, taken } = this.#options;
    if (batch.ahead === true && this.#waiting.length > 0 && batch.entries.every(isBegun)) {
      for (const entry of batch.entries) this.#options.take(entry, batch);
      return taken(batch);
    }
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
    const arrival = this.#arrivals.get(id);
    const value = arrival?.value;
    if (arrival === undefined || value === undefined) return false;
    this.#arrivals.delete(id);
    this.#at += 1;
    if (arrival.begun) {
      this.#begun -= 1;
      this.#begunBytes -= arrival.size;
    }
    this.#begin();
    if (value === "none") return true;
    const { entries, partly } = this.#options.codec.decodeEntries(value);
    const [entry] = entries;
    if (entries.length !== 1 || isPlaceholder(entry)) throw invalidFrame("a value by bulk is no entry");
    this.#options.take(entry, { ...batch, partly });
    return true;
  }

  #expect([, id, size]: Placeholder): void {
    if (!Number.isInteger(size) || size < 0 || size > VALUE_LIMIT_BYTES) throw invalidFrame(`a value of ${size} bytes`);
    if (this.#arrivals.has(id)) throw invalidFrame(`two values come as transfer ${id}`);
    // From now on: its sender may take it back before its turn comes.
    const transfer = this.#options.transfers.expect(id);
    const arrival: Arrival = { size, transfer, begun: false, value: undefined };
    this.#arrivals.set(id, arrival);
    void this.#receive(arrival);
    this.#begin();
  }

  /** Lets values come, in their order, as many as may be held until they are taken. */
  #begin(): void {
    for (const arrival of this.#arrivals.values()) {
      if (arrival.begun || arrival.value !== undefined) continue;
      const full = this.#begun >= BULK_VALUES_AT_ONCE || this.#begunBytes + arrival.size > BULK_VALUES_HELD_BYTES;
      if (full && this.#begun > 0) return;
      arrival.begun = true;
      this.#begun += 1;
      this.#begunBytes += arrival.size;
      arrival.transfer.begin();
    }
  }

  async #receive(arrival: Arrival): Promise<void> {
    try {
      const bytes = await bytesOf(arrival);
      if (this.#ended) return;
      arrival.value = bytes ?? "none";
      this.#run();
    } catch (error) {
      if (!this.#ended) this.#options.failed(errorFrom(error));
    }
  }
}

/** All bytes of a value; `undefined` when its sender gave it up. @throws {SkeinError} `WIRE_INVALID` */
async function bytesOf({ transfer, size }: Arrival): Promise<Uint8Array | undefined> {
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

/** Largest value that comes by bulk, with what encloses it. */
const VALUE_LIMIT_BYTES: number = MESSAGE_LIMIT_BYTES + ENVELOPE_LIMIT_BYTES;

type Placeholder = readonly [kind: number, id: number, size: number];

const isPlaceholder = (entry: unknown): entry is Placeholder =>
  Array.isArray(entry) &&
  (entry[0] === Entry.bulk || entry[0] === Entry.bulkCall) &&
  typeof entry[1] === "number" &&
  typeof entry[2] === "number";
