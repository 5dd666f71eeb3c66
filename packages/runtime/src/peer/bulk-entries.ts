/** Entries too large for a batch, on their way out: their bytes go by bulk, a placeholder keeps their place in the order. */
import { BULK_ABOVE_BYTES } from "../defaults.ts";
import { type SkeinError, errorFrom, isSkeinError } from "../errors.ts";
import type { Codec } from "../wire/codec.ts";
import { Entry, type PlaceholderEntry, type WireEntry } from "../wire/messages.ts";
import type { BulkOut } from "./bulk-out.ts";
import type { BulkTransfers } from "./bulk-transfers.ts";
import { peerLost } from "./router-errors.ts";

interface Leaving {
  readonly out: BulkOut;
  readonly placeholder: PlaceholderEntry;
  readonly bytes: number;
}

export interface BulkEntriesOptions {
  readonly codec: Codec;
  readonly transfers: BulkTransfers;
  /** Whom it is for, in words for people. */
  readonly show: () => string;
  /** The other side refused it. */
  readonly failed: (entry: WireEntry, error: SkeinError) => void;
}

export class BulkEntries {
  readonly #options: BulkEntriesOptions;
  readonly #leaving = new Map<WireEntry, Leaving>();
  #bytes = 0;

  constructor(options: BulkEntriesOptions) {
    this.#options = options;
  }

  /** Bytes that have not all left. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Begins to send an entry; `undefined` when it is small enough for a batch after all.
   *
   * @throws {SkeinError} `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE`, `LINK_OVERLOADED`
   */
  send(entry: WireEntry): PlaceholderEntry | undefined {
    const { codec, transfers } = this.#options;
    const bytes = codec.encode([entry]);
    if (bytes.byteLength <= BULK_ABOVE_BYTES) return undefined;
    const out = transfers.writer();
    const placeholder = placeholderOf(entry, out.id, bytes.byteLength);
    this.#leaving.set(entry, { out, placeholder, bytes: bytes.byteLength });
    this.#bytes += bytes.byteLength;
    void this.#write(entry, out, bytes);
    return placeholder;
  }

  /** Stops sending an entry. @returns its placeholder, when not all of it had left: it can't arrive any more */
  withdraw(entry: WireEntry, reason: Error): PlaceholderEntry | undefined {
    const leaving = this.#leaving.get(entry);
    if (leaving === undefined) return undefined;
    this.#forget(entry);
    leaving.out.abort(reason);
    return leaving.placeholder;
  }

  /** The conversation is over. @returns the entries that can't have arrived */
  end(): readonly WireEntry[] {
    const entries = [...this.#leaving.keys()];
    this.#leaving.clear();
    this.#bytes = 0;
    return entries;
  }

  async #write(entry: WireEntry, out: BulkOut, bytes: Uint8Array): Promise<void> {
    try {
      await out.write(bytes);
      out.end();
      this.#forget(entry);
    } catch (error) {
      // Withdrawn, or over with the conversation: whoever waits has been told.
      if (!this.#forget(entry)) return;
      this.#options.failed(entry, isSkeinError(error) ? error : peerLost(this.#options.show(), errorFrom(error)));
    }
  }

  #forget(entry: WireEntry): boolean {
    this.#bytes -= this.#leaving.get(entry)?.bytes ?? 0;
    return this.#leaving.delete(entry);
  }
}

function placeholderOf(entry: WireEntry, transfer: number, bytes: number): PlaceholderEntry {
  if (entry[0] === Entry.call) return [Entry.bulkCall, transfer, bytes, entry[1]];
  if (entry[0] === Entry.notify) return [Entry.bulkCall, transfer, bytes, 0];
  return [Entry.bulk, transfer, bytes];
}
