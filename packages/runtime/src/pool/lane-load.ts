/** What a worker was given and has not ended, in the order in which it runs it, and how much room that takes. */
import type { Portion } from "./portion.ts";

/** A portion at a worker. */
export interface Batch {
  readonly portion: Portion;
  /** Each end is told before the next begins. */
  readonly exact: boolean;
  /** Calls that have not ended. */
  left: number;
  /** What each counts for, of what the worker may have at once. */
  eachMs: number;
  /** Bytes that each took to send. */
  eachBytes: number;
}

/** Plain fields: hot path. */
export class LaneLoad {
  /** Of all that has not ended: calls, what they are thought to compute, and bytes. */
  calls = 0;
  ms = 0;
  bytes = 0;
  readonly #batches = new Map<number, Batch>();
  /** Batches of which something was cancelled, with its number: until it is heard of, the worker may have to be ended. */
  readonly #cancelled = new Map<number, number | undefined>();
  #count = 0;

  /** It is not known whether the worker goes on with what nobody wants. */
  get isInDoubt(): boolean {
    return this.#cancelled.size > 0;
  }

  find(number: number): Batch | undefined {
    return this.#batches.get(number);
  }

  /** Gives it a number. */
  add(portion: Portion, exact: boolean, eachMs: number): void {
    const count = portion.values.length;
    this.#count += 1;
    portion.batch = this.#count;
    this.#batches.set(this.#count, { portion, exact, left: count, eachMs, eachBytes: 0 });
    this.calls += count;
    this.ms += eachMs * count;
  }

  /** It goes as so many bytes. */
  weigh(batch: Batch, bytes: number): void {
    batch.eachBytes = Math.ceil(bytes / batch.portion.values.length);
    this.bytes += bytes;
    batch.portion.sentAs(bytes);
  }

  /** It is sent behind all others. */
  putLast({ portion }: Batch): void {
    const batch = this.#batches.get(portion.batch);
    if (batch !== undefined && this.#batches.delete(portion.batch)) this.#batches.set(portion.batch, batch);
  }

  /** So many of its calls have ended. */
  ended(batch: Batch, count: number): void {
    batch.left -= count;
    if (batch.left <= 0) this.#batches.delete(batch.portion.batch);
    this.calls -= count;
    this.ms = this.calls === 0 ? 0 : Math.max(0, this.ms - batch.eachMs * count);
    this.bytes = this.calls === 0 ? 0 : Math.max(0, this.bytes - batch.eachBytes * count);
  }

  /** What is left of it computes no more: it waits, and counts for `eachMs`. */
  waits(batch: Batch, eachMs: number): void {
    this.ms = Math.max(0, this.ms + (eachMs - batch.eachMs) * batch.left);
    batch.eachMs = eachMs;
  }

  has(portion: Portion): boolean {
    return this.#batches.get(portion.batch)?.portion === portion;
  }

  /** Whether that call is computed, or (without a number) one of the portion: they run one after another. */
  runsNow(portion: Portion, index?: number): boolean {
    for (const { portion: first, left } of this.#batches.values()) {
      if (first.fn.isAsync && first !== portion) continue;
      return first === portion && (index === undefined || first.values.length - left === index);
    }
    return false;
  }

  /** Nobody waits for that call, or for any of the portion, any more. */
  cancel({ batch }: Portion, index?: number): void {
    this.#cancelled.set(batch, index);
  }

  /** Some of it have ended, or (`isOver`) all that was cancelled: it may have ended before that was read. */
  heardOf(number: number, isOver: boolean, first: number, count: number): void {
    const index = this.#cancelled.get(number) ?? -1;
    if (isOver || (index >= first && index < first + count)) this.#cancelled.delete(number);
  }

  /** The worker has ended, for the sake of `over` or by itself; `error` is for that, `others` for all else. */
  lose(error: Error, others: Error, over: Portion | undefined): void {
    // Batches run one after another: past the first exact one that has not ended nothing was begun.
    let begun = true;
    for (const { portion, exact, left } of this.#batches.values()) {
      const ended = portion.values.length - left;
      const isRunning = begun && exact && !portion.fn.isAsync;
      const sure = begun ? (isRunning ? ended + 1 : portion.values.length) : 0;
      portion.lost(portion === over ? error : others, sure);
      if (isRunning) begun = false;
    }
    this.#batches.clear();
    this.calls = 0;
  }
}
