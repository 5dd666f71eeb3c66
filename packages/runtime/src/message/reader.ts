/** The buffer behind `channel.values()`: bounded, with the channel's policy for readers that are slow. */
import type { Operation, Stream } from "../contracts/operation.ts";
import { Deferred, completed } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { Ring } from "../task/run-queue.ts";
import { StreamOf } from "../task/stream.ts";
import { Wait } from "../task/wait.ts";
import type { Overflow } from "./channel.ts";

type Step = IteratorResult<unknown, undefined>;
const END: Step = { done: true, value: undefined };

export class Reader {
  readonly engine: Engine;
  readonly #ring = new Ring<unknown>();
  readonly #limit: number;
  readonly #overflow: Overflow;
  /** Those who wait for the next value, oldest first. */
  readonly #waits = new Set<NextValue>();
  /** Deliveries that wait for room. */
  readonly #deliveries: { readonly value: unknown; readonly accepted: Deferred<void> }[] = [];
  /** Called when its user leaves. */
  readonly #leave: (reader: Reader) => void;
  #finished = false;
  #error: Error | undefined;

  constructor(engine: Engine, limit: number, overflow: Overflow, leave: (reader: Reader) => void) {
    this.engine = engine;
    this.#limit = limit;
    this.#overflow = overflow;
    this.#leave = leave;
  }

  stream(): Stream<unknown> {
    // What NextValue gives is the step of a stream.
    return new StreamOf(
      () => new NextValue(this),
      () => this.close(),
    );
  }

  /** False when there was no room for `value`, or an older one had to go. */
  push(value: unknown): boolean {
    if (this.#finished) return true;
    for (const wait of this.#waits) {
      this.#waits.delete(wait);
      wait.settle({ done: false, value });
      return true;
    }
    if (this.#ring.size < this.#limit) {
      this.#ring.push(value);
      return true;
    }
    if (this.#overflow === "refuse") return false;
    this.#ring.shift();
    this.#ring.push(value);
    return false;
  }

  /** Waits for room. */
  deliver(value: unknown): Operation<void> {
    if (this.#finished || this.#overflow === "drop-oldest" || this.#waits.size > 0 || this.#ring.size < this.#limit) {
      this.push(value);
      return completed;
    }
    const accepted = new Deferred<void>("deliver to a channel's reader", this.engine);
    this.#deliveries.push({ value, accepted });
    return accepted;
  }

  /** The next step, if there is one already; else `wait` is told. */
  take(wait: NextValue): Step | undefined {
    if (this.#ring.size > 0) {
      const value = this.#ring.shift();
      const delivery = this.#deliveries.shift();
      if (delivery !== undefined) {
        this.#ring.push(delivery.value);
        delivery.accepted.resolve();
      }
      return { done: false, value };
    }
    if (this.#error !== undefined) throw this.#error;
    if (this.#finished) return END;
    this.#waits.add(wait);
    return undefined;
  }

  /** Puts back a value that nobody took. */
  putBack(value: unknown): void {
    this.#ring.unshift(value);
  }

  forget(wait: NextValue): void {
    this.#waits.delete(wait);
  }

  /** Nothing more comes; what is buffered is still read. */
  finish(error: Error | undefined): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#error = error;
    for (const { accepted } of this.#deliveries.splice(0)) accepted.resolve();
    const waits = [...this.#waits];
    this.#waits.clear();
    for (const wait of waits) {
      if (error === undefined) wait.settle(END);
      else wait.fail(error);
    }
  }

  /** Its user has left. */
  close(): void {
    this.finish(undefined);
    this.#leave(this);
  }
}

class NextValue extends Wait<Step> {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    super();
    this.#reader = reader;
  }

  protected begin(): boolean {
    const step = this.#reader.take(this);
    this.result = step;
    return step !== undefined;
  }

  protected abandon(): void {
    this.#reader.forget(this);
  }

  protected override unclaimed(step: Step): void {
    if (step.done !== true) this.#reader.putBack(step.value);
  }

  override home(): Engine {
    return this.#reader.engine;
  }

  describe(): string {
    return "a channel's next value";
  }
}
