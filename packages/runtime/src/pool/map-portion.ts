/** Items of a map at a worker, and what becomes of each. */
import { isSkeinError } from "../errors.ts";
import { timeoutError } from "../task/limits.ts";
import type { Lane } from "./lane.ts";
import type { PoolFunction, Portion } from "./portion.ts";
import { PoolWord } from "./pool-word.ts";
import { lostAgain } from "./server-lost.ts";

/** Results of items that follow each other. */
export interface Results {
  /** The number of the first item. */
  readonly first: number;
  readonly size: number;
  readonly values: unknown[];
  taken: number;
}

/** The map that the items are of. */
export interface MapOfPortions {
  readonly settings: {
    readonly word: PoolWord;
    readonly retries: number;
    readonly itemTimeoutMs: number | undefined;
  };
  /** So many items went to a worker as so many bytes; so many results came. */
  sentAs(items: number, bytes: number): void;
  cameAs(results: number, bytes: number): void;
  done(results: Results, first: number, values: readonly unknown[]): void;
  failed(results: Results, index: number, error: Error): void;
  /** These are to be sent once more. */
  again(portion: MapPortion): void;
  /** All of it has ended at its worker. */
  gone(portion: MapPortion): void;
  /** This one goes to a worker now. */
  sent(portion: MapPortion): void;
}

export class MapPortion implements Portion {
  readonly fn: PoolFunction;
  readonly word: PoolWord;
  readonly values: readonly unknown[];
  readonly exact: boolean;
  lane: Lane | undefined = undefined;
  batch = 0;
  /** When it was sent, and when the last of it has ended. */
  sentMs = 0;
  readonly #map: MapOfPortions;
  readonly #results: Results;
  /** Where its first item stands among the results. */
  readonly #at: number;
  /** Workers that ended over it. */
  readonly #losses: number;
  #left: number;
  #ended: Set<number> | undefined;

  constructor(
    map: MapOfPortions,
    fn: PoolFunction,
    results: Results,
    at: number,
    values: readonly unknown[],
    losses: number,
  ) {
    this.#map = map;
    this.fn = fn;
    this.word = map.settings.word;
    this.#results = results;
    this.#at = at;
    this.values = values;
    this.#losses = losses;
    this.#left = values.length;
    this.exact = losses > 0 || map.settings.itemTimeoutMs !== undefined;
  }

  /** The number of its first item. */
  get first(): number {
    return this.#results.first + this.#at;
  }

  sentAs(bytes: number): void {
    this.#map.sentAs(this.#itemsIn(this.values.length), bytes);
  }

  cameAs(count: number, bytes: number): void {
    this.#map.cameAs(this.#itemsIn(count), bytes);
  }

  done(first: number, results: readonly unknown[]): void {
    if (this.#ended === undefined && this.#isOpen(first)) this.#done(first, results);
    // Some were late, which has been told.
    else results.forEach((result, index) => this.#isOpen(first + index) && this.#done(first + index, [result]));
  }

  failed(index: number, error: Error): void {
    if (!this.#isOpen(index)) return;
    this.#gone(index, 1);
    this.#map.failed(this.#results, this.#at + index, error);
  }

  back(first: number): void {
    this.#resend(first, this.values.length, this.#losses);
    if (first === this.#prefix) {
      this.#left = 0;
      this.#map.gone(this);
      return;
    }
    // Some before these wait still.
    for (let index = first; index < this.values.length; index += 1) if (this.#isOpen(index)) this.#gone(index, 1);
  }

  dropped(index: number): void {
    if (!this.#isOpen(index)) return;
    this.#resend(index, index + 1, this.#losses);
    this.#gone(index, 1);
  }

  apart(): readonly Portion[] {
    this.#map.gone(this);
    return this.values.map((value, index) => {
      const one = new MapPortion(this.#map, this.fn, this.#results, this.#at + index, [value], this.#losses);
      this.#map.sent(one);
      return one;
    });
  }

  lost(error: Error, sure: number): void {
    this.#map.gone(this);
    const isLate = isSkeinError(error, "TIMEOUT");
    for (let index = 0; index < this.values.length; index += 1) {
      if (this.#ended?.has(index) === true || index < this.#prefix) continue;
      if (index >= sure) {
        this.#resend(index, this.values.length, this.#losses);
        return;
      }
      // Of an exact portion this is the one that ran; of others it may have been, and is sent as one of an exact one.
      const losses = this.#losses + 1;
      const isLast = isLate || losses > this.#map.settings.retries;
      if (isLast) this.#map.failed(this.#results, this.#at + index, lostAgain(error, losses));
      else if (this.exact) this.#resend(index, index + 1, losses);
      else {
        this.#resend(index, Math.min(sure, this.values.length), losses);
        index = sure - 1;
      }
    }
  }

  /** Ends what computes one of its items for too long. */
  endLate(nowMs: number, timeoutMs: number): void {
    if (nowMs - this.sentMs < timeoutMs) return;
    const { lane } = this;
    const error = timeoutError(`an item of the pool's map of ${this.fn.name}`, timeoutMs);
    if (this.fn.isAsync) {
      for (let index = 0; index < this.values.length; index += 1) {
        if (this.#isOpen(index)) {
          lane?.cancel(this, index);
          this.failed(index, error);
        }
      }
    } else if (lane?.runsNow(this, this.#prefix) === true) lane.kill(error, this);
    else this.sentMs = nowMs; // its turn has not come
  }

  /** One call of those that take lists has them all. */
  #itemsIn(calls: number): number {
    return this.word === PoolWord.whole ? this.#results.size : calls;
  }

  /** How many from the front have ended. */
  get #prefix(): number {
    return this.#ended === undefined ? this.values.length - this.#left : 0;
  }

  #done(first: number, results: readonly unknown[]): void {
    this.#gone(first, results.length);
    this.#map.done(this.#results, this.#at + first, results);
  }

  #isOpen(index: number): boolean {
    return index >= this.#prefix && this.#ended?.has(index) !== true;
  }

  #gone(first: number, count: number): void {
    const prefix = this.values.length - this.#left;
    if (this.#ended !== undefined || first !== prefix) {
      if (this.#ended === undefined) {
        this.#ended = new Set();
        for (let index = 0; index < prefix; index += 1) this.#ended.add(index);
      }
      for (let index = first; index < first + count; index += 1) this.#ended.add(index);
    }
    this.#left -= count;
    if (this.exact && !this.fn.isAsync) this.sentMs = this.lane?.heardMs ?? this.sentMs;
    if (this.#left <= 0) this.#map.gone(this);
  }

  #resend(first: number, end: number, losses: number): void {
    const values: unknown[] = [];
    let start = first;
    const send = (): void => {
      if (values.length > 0) {
        const portion = new MapPortion(this.#map, this.fn, this.#results, this.#at + start, values.splice(0), losses);
        this.#map.again(portion);
      }
    };
    for (let index = first; index < end; index += 1) {
      if (!this.#isOpen(index)) {
        send();
        start = index + 1;
      } else values.push(this.values[index]);
    }
    send();
  }
}
