/** Values that arrive by themselves, taken one by one: connections of a listener, datagrams of a socket. */
import type { Operation, WaitOptions } from "@skein/runtime";
import { limitsFrom, Wait } from "@skein/runtime/host";

type Step<T> = IteratorResult<T, undefined>;

/** First in, first out, for values and for those who wait for them. The owner bounds what it pushes. */
export class ValueQueue<T extends object> {
  readonly #what: string;
  #values: T[] = [];
  readonly #waiting = new Set<QueueWait<T, unknown>>();
  readonly #leftover: (value: T) => unknown;
  #closed = false;

  /** @param leftover closes what nobody has taken when the queue is closed, and what comes back later */
  constructor(what: string, leftover: (value: T) => unknown = () => undefined) {
    this.#what = what;
    this.#leftover = leftover;
  }

  get size(): number {
    return this.#values.length;
  }

  push(value: T): void {
    if (this.#closed) this.#leftover(value);
    else this.#values.push(value);
    this.#serve();
  }

  /** Puts a value back that was given out and nobody took. */
  putBack(value: T): void {
    if (this.#closed) this.#leftover(value);
    else this.#values.unshift(value);
    this.#serve();
  }

  /** The end: what nobody has taken is left over. Twice does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const values = this.#values;
    this.#values = [];
    for (const value of values) this.#leftover(value);
    this.#serve();
  }

  next(options?: WaitOptions): Operation<Step<T>> {
    return new QueueWait(this, this.#what, options, (step) => step);
  }

  /** The next value; `undefined` at the end. */
  take(options?: WaitOptions): Operation<T | undefined> {
    return new QueueWait<T, T | undefined>(this, this.#what, options, (step) => step.value);
  }

  /** For {@link QueueWait}. */
  join(wait: QueueWait<T, unknown>): void {
    this.#waiting.add(wait);
    this.#serve();
  }

  leave(wait: QueueWait<T, unknown>): void {
    this.#waiting.delete(wait);
  }

  #serve(): void {
    for (const wait of this.#waiting) {
      const value = this.#values.shift();
      if (value === undefined && !this.#closed) return;
      this.#waiting.delete(wait);
      wait.give(value === undefined ? DONE : { done: false, value });
    }
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** One who waits for a value; kept until it is taken. */
export class QueueWait<T extends object, R> extends Wait<R> {
  readonly #queue: ValueQueue<T>;
  readonly #what: string;
  readonly #result: (step: Step<T>) => R;
  #given: Step<T> = DONE;

  constructor(queue: ValueQueue<T>, what: string, options: WaitOptions | undefined, result: (step: Step<T>) => R) {
    super(limitsFrom(options));
    this.#queue = queue;
    this.#what = what;
    this.#result = result;
  }

  give(step: Step<T>): void {
    this.#given = step;
    this.settle(this.#result(step));
  }

  protected begin(): boolean {
    this.#queue.join(this);
    return false;
  }

  protected abandon(): void {
    this.#queue.leave(this);
  }

  protected override unclaimed(): void {
    if (this.#given.done !== true) this.#queue.putBack(this.#given.value);
  }

  describe(): string {
    return this.#what;
  }
}
