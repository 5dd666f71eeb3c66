/** The single calls of a pool that wait for a worker, first come first served. */
import { Deque } from "../deque.ts";
import { bytesFit, learned } from "./call-bytes.ts";
import type { Lane } from "./lane.ts";
import type { PoolCall } from "./pool-call.ts";
import type { PoolFunction, PoolWork, Portion } from "./portion.ts";
import { PoolWord } from "./pool-word.ts";

type Call = PoolCall<unknown>;

export class RunQueue implements PoolWork {
  listed = false;
  readonly #calls = new Deque<Call>();
  readonly #offer: () => void;
  /** Of them, those that were given up. */
  #over = 0;

  /** `offer` is told that there is something to take. */
  constructor(offer: () => void) {
    this.#offer = offer;
  }

  /** Those that wait. */
  get size(): number {
    return this.#calls.size - this.#over;
  }

  add(call: Call): void {
    this.#calls.push(call);
    this.#offer();
  }

  /** Nobody wants one of those that wait. */
  gaveUp(): void {
    this.#over += 1;
  }

  /** Those that were sent in vain go before all others, in their order. */
  again(calls: readonly Call[]): void {
    for (const call of calls.toReversed()) {
      call.again();
      this.#calls.unshift(call);
    }
    if (calls.length > 0) this.#offer();
  }

  take(lane: Lane, lanes: number): Portion | undefined {
    const first = this.#next();
    if (first === undefined) return undefined;
    const limit = lane.portionOf(first.fn, Math.min(bytesFit(first.fn.callBytes), Math.ceil(this.size / lanes)));
    const calls = [this.#shift(first)];
    const { fn, exact } = first;
    for (let next = this.#next(); next !== undefined && calls.length < limit; next = this.#next()) {
      if (next.fn !== fn || next.exact !== exact) break;
      calls.push(this.#shift(next));
    }
    return new CallPortion(this, fn, exact, calls);
  }

  fail(error: Error): void {
    for (let call = this.#next(); call !== undefined; call = this.#next()) this.#shift(call).reject(error);
  }

  /** The first that has not been given up. */
  #next(): Call | undefined {
    let call = this.#calls.peek();
    while (call?.ended === true) {
      void this.#calls.shift();
      this.#over -= 1;
      call = this.#calls.peek();
    }
    return call;
  }

  #shift(call: Call): Call {
    void this.#calls.shift();
    call.sent();
    return call;
  }
}

export class CallPortion implements Portion {
  readonly fn: PoolFunction;
  readonly word: PoolWord = PoolWord.call;
  readonly values: readonly unknown[];
  readonly exact: boolean;
  lane: Lane | undefined = undefined;
  batch = 0;
  readonly #queue: RunQueue;
  readonly #calls: readonly Call[];

  constructor(queue: RunQueue, fn: PoolFunction, exact: boolean, calls: readonly Call[]) {
    this.#queue = queue;
    this.fn = fn;
    this.exact = exact;
    this.#calls = calls;
    const values: (readonly unknown[])[] = [];
    for (const call of calls) {
      call.portion = this;
      call.at = values.length;
      values.push(call.args);
    }
    this.values = values;
  }

  sentAs(bytes: number): void {
    this.fn.callBytes = learned(this.fn.callBytes, this.values.length, bytes);
  }

  cameAs(): void {}

  done(first: number, results: readonly unknown[]): void {
    for (let index = 0; index < results.length; index += 1) this.#over(first + index)?.resolve(results[index]);
  }

  failed(index: number, error: Error): void {
    this.#over(index)?.reject(error);
  }

  back(first: number): void {
    this.#queue.again(this.#calls.slice(first).filter((call) => !call.ended));
  }

  dropped(index: number): void {
    const call = this.#over(index);
    if (call !== undefined && !call.ended) this.#queue.again([call]);
  }

  apart(): readonly Portion[] {
    return this.#calls.map((call) => new CallPortion(this.#queue, this.fn, this.exact, [call]));
  }

  lost(error: Error, sure: number): void {
    const again: Call[] = [];
    this.#calls.forEach((call, index) => {
      if (call.ended) return;
      if (index < sure) {
        if (call.retriesLeft <= 0) return call.reject(error);
        call.retriesLeft -= 1;
      }
      again.push(call);
    });
    this.#queue.again(again);
  }

  /** Its worker has it no more. */
  #over(index: number): Call | undefined {
    const call = this.#calls[index];
    if (call !== undefined) call.portion = undefined;
    return call;
  }
}
