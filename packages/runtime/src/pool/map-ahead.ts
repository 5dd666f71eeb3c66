/** How far a map is ahead of who reads its results, and how far it may be: in items, and in bytes as far as these are known. */
import { POOL_AHEAD_BYTES, POOL_UNKNOWN_ITEMS } from "../defaults.ts";
import { learned } from "./call-bytes.ts";

/** Where the first items are known to be small, so many times as many may be taken before these are known. */
const GROWTH = 4;

export class MapAhead {
  /** Items taken from the source, and results that were read. Plain fields: hot path. */
  pulled = 0;
  read = 0;
  /** When so few are ahead, others are taken. */
  refillAt = 0;
  /** Workers that share them: each may have one, however large. */
  lanes = 1;
  readonly #most: number;
  readonly #least: number;
  #limit = 0;
  /** Items of which it is known how they were sent. */
  #known = 0;
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

  /** What one item takes, on its way there or back. */
  get eachBytes(): number {
    return Math.max(this.#itemBytes, this.#resultBytes);
  }

  /** So many went to a worker. Whether more may be taken than before. */
  sent(items: number, bytes: number): boolean {
    this.#known += items;
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
    const unknown = Math.max(POOL_UNKNOWN_ITEMS, this.#least * GROWTH, this.#known * GROWTH);
    const fit = Math.max(this.#least, this.lanes, Math.floor(POOL_AHEAD_BYTES / this.eachBytes));
    this.#limit = Math.min(this.#most, unknown, fit);
    this.refillAt = this.#limit - Math.max(1, this.#limit >> 1);
    return this.#limit > before;
  }
}
