/** The buffer behind `channel.values()`: bounded, with the channel's policy for readers that are slow. */
import type { Operation, Stream } from "../contracts/operation.ts";
import type { ReaderPolicy } from "../contracts/router.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import { Deferred, completed } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { PutBack } from "../task/put-back.ts";
import { Ring } from "../task/run-queue.ts";
import { StreamOf } from "../task/stream.ts";
import type { Overflow } from "./channel.ts";
import { NextValue, type Step, type StepSource } from "./next-value.ts";
import { END, StepWaits } from "./step-waits.ts";

interface Delivery {
  readonly value: unknown;
  readonly accepted: Deferred<void>;
}

export class Reader implements StepSource {
  readonly engine: Engine;
  readonly what = "a channel's next value";
  readonly #ring = new Ring<unknown>();
  #limit: number;
  #overflow: Overflow;
  /** Called after a value was taken. */
  onTaken: (() => void) | undefined;
  readonly #waits = new StepWaits();
  /** Deliveries that wait for room, first come first served. */
  readonly #deliveries = new Set<Delivery>();
  /** Called when its user leaves. */
  readonly #leave: (reader: Reader) => void;
  /** While some at the front were put back. */
  #back: PutBack | undefined;
  #finished = false;
  /** Reading was given up, and nobody has asked since. */
  #resting = false;
  #error: Error | undefined;

  constructor(engine: Engine, limit: number, overflow: Overflow, leave: (reader: Reader) => void) {
    this.engine = engine;
    this.#limit = limit;
    this.#overflow = overflow;
    this.#leave = leave;
  }

  /** Changes what is kept; values that are held already stay. */
  keep({ bufferLimit, overflow }: ReaderPolicy): void {
    this.#limit = bufferLimit;
    this.#overflow = overflow;
  }

  /** Values that were not taken yet. */
  get size(): number {
    return this.#ring.size;
  }

  /** It can take no value more. */
  get isFull(): boolean {
    return !this.#finished && this.#ring.size >= this.#limit;
  }

  get isHalfEmpty(): boolean {
    return this.#ring.size * 2 <= this.#limit;
  }

  stream(): Stream<unknown> {
    // What NextValue gives is the step of a stream.
    return new StreamOf(
      () => new NextValue(this),
      () => this.close(),
      () => this.#rest(),
    );
  }

  /** Nobody reads now, and perhaps nobody will: it keeps what its buffer holds, and holds up nobody who delivers. */
  #rest(): void {
    if (this.#waits.size > 0 || this.#overflow === "drop-oldest") return;
    this.#resting = true;
    if (this.#ring.size >= this.#limit) this.#giveIn();
  }

  /** Too much came while it rested: what it has is still read, then the error. */
  #giveIn(): void {
    this.finish(restedError(this.#limit));
    this.#leave(this);
  }

  /** False when there was no room for `value`, or an older one had to go. */
  push(value: unknown): boolean {
    if (this.#finished) return true;
    if (this.#waits.give(value)) return true;
    if (this.#ring.size < this.#limit) {
      this.#ring.push(value);
      return true;
    }
    if (this.#resting) this.#giveIn();
    if (this.#overflow === "refuse") return false;
    this.#shift();
    this.#ring.push(value);
    return false;
  }

  /** Waits for room. */
  deliver(value: unknown, options?: WaitOptions): Operation<void> {
    if (
      this.#finished ||
      this.#resting ||
      this.#overflow === "drop-oldest" ||
      this.#waits.size > 0 ||
      this.#ring.size < this.#limit
    ) {
      this.push(value);
      return completed;
    }
    const delivery: Delivery = { value, accepted: new Deferred("deliver to a channel's reader", this.engine) };
    this.#deliveries.add(delivery);
    return delivery.accepted.limit(this.engine, options, () => this.#deliveries.delete(delivery));
  }

  /** The next step, if there is one already; else `wait` is told. */
  take(wait: NextValue): Step | undefined {
    this.#resting = false;
    if (this.#ring.size > 0) {
      const value = this.#shift();
      this.#admit();
      this.onTaken?.();
      return { done: false, value };
    }
    if (this.#error !== undefined) throw this.#error;
    if (this.#finished) return END;
    this.#waits.add(wait);
    return undefined;
  }

  /** Puts back a value, taken as number `order`, that nobody took: whoever waits by now gets it, else the next to ask. */
  putBack(value: unknown, order: number): void {
    if (this.#waits.give(value)) return;
    this.#back ??= new PutBack();
    this.#back.insert(this.#ring, value, order);
  }

  forget(wait: NextValue): void {
    this.#waits.forget(wait);
  }

  /** Nothing more comes; what is buffered is still read. */
  finish(error: Error | undefined): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#error = error;
    const deliveries = [...this.#deliveries];
    this.#deliveries.clear();
    for (const { accepted } of deliveries) accepted.reject(error ?? leftError());
    this.#waits.end(error);
  }

  /** Its user has left. */
  close(): void {
    this.finish(undefined);
    this.#leave(this);
  }

  #shift(): unknown {
    const value = this.#ring.shift();
    this.#back?.removed(0);
    if (this.#back?.empty === true) this.#back = undefined;
    return value;
  }

  #admit(): void {
    for (const delivery of this.#deliveries) {
      if (this.#ring.size >= this.#limit) return;
      this.#deliveries.delete(delivery);
      this.#ring.push(delivery.value);
      delivery.accepted.resolve();
    }
  }
}

function leftError(): SkeinError {
  return new SkeinError("CHANNEL_CLOSED", "the channel was closed, or its reader left, before the value had room", {
    hint: "it does not count as delivered",
  });
}

function restedError(limit: number): SkeinError {
  return new SkeinError("CHANNEL_CLOSED", `a channel's stream was not read on, and more than ${limit} values came`, {
    hint: "reading it was given up, by a deadline, a race or a cancel; read on sooner, raise bufferLimit, or call values() again",
  });
}
