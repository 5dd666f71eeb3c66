/** How far a map is ahead of who reads its results, and how far it may be: in items, and in bytes as far as these are known. */
import { POOL_AHEAD_BYTES, POOL_UNKNOWN_ITEMS } from "../defaults.ts";
import { learned } from "./call-bytes.ts";

/** Where the first items are known to be small, so many times as many may be taken before these are known. */
const GROWTH = 4;
/** Texts up to this are small. */
const SMALL_TEXT = 64;

export class MapAhead {
  /** Items taken from the source, and results that were read. Plain fields: hot path. */
  pulled = 0;
  read = 0;
  /** When so few are ahead, others are taken. */
  refillAt = 0;
  /** Workers that share them: each may have one, or a chunk, however large. */
  lanes = 1;
  readonly #most: number;
  readonly #least: number;
  #limit = 0;
  /** Items that were sent, or were seen to be small. */
  #sent = 0;
  #small = 0;
  #itemBytes = 0;
  #resultBytes = 0;

  /** `most` items in any case, `chunk` of which go together. */
  constructor(most: number, chunk = 1) {
    this.#most = most;
    this.#least = chunk;
    this.#look();
  }

  /** Under way, or done and not read. */
  get count(): number {
    return this.pulled - this.read;
  }

  /** How many more may be taken. */
  get room(): number {
    return this.#limit - this.count;
  }

  /** Whether others may be taken: a chunk waits until there is room for all of it. */
  get hasRoom(): boolean {
    const { room } = this;
    return room > 0 && (room >= this.#least || this.count === 0);
  }

  /** What one item takes, on its way there or back. */
  get eachBytes(): number {
    return Math.max(this.#itemBytes, this.#resultBytes);
  }

  /** These were taken: of what is small by its type nothing else is to be known. */
  took(items: readonly unknown[]): void {
    this.pulled += items.length;
    if (this.#limit === this.#most || !items.every(isSmall)) return;
    this.#small += items.length;
    this.#look();
  }

  /** So many went to a worker. Whether more may be taken than before. */
  sent(items: number, bytes: number): boolean {
    this.#sent += items;
    this.#itemBytes = learned(this.#itemBytes, items, bytes);
    return this.#look();
  }

  /** The same for results. */
  came(results: number, bytes: number): boolean {
    this.#resultBytes = learned(this.#resultBytes, results, bytes);
    return this.#look();
  }

  #look(): boolean {
    const before = this.#limit;
    // Mostly items are small, and this is so.
    if (before === this.#most && this.eachBytes * before <= POOL_AHEAD_BYTES) return false;
    const chunk = this.#least;
    const unknown = Math.max(POOL_UNKNOWN_ITEMS, chunk * GROWTH, Math.max(this.#sent, this.#small) * GROWTH);
    // Chunks are not cut.
    const fit = Math.max(this.lanes, Math.floor(POOL_AHEAD_BYTES / this.eachBytes / chunk)) * chunk;
    this.#limit = Math.min(this.#most, unknown, fit);
    this.refillAt = this.#limit - Math.min(this.#limit, Math.max(chunk, this.#limit >> 1));
    return this.#limit > before;
  }
}

function isSmall(item: unknown): boolean {
  if (typeof item === "string") return item.length <= SMALL_TEXT;
  return typeof item === "number" || typeof item === "boolean" || item === undefined || item === null;
}
