/** Values that arrive by themselves, taken one by one: connections of a listener, datagrams of a socket. */
import type { Operation, WaitOptions } from "@skein/runtime";
import { limitsFrom, Wait } from "@skein/runtime/host";

type Step<T> = IteratorResult<T, undefined>;

/** First in, first out, for values and for those who wait for them. The owner bounds what it pushes. */
export class ValueQueue<T extends object> {
  readonly #what: string;
  #values: T[] = [];
  readonly #waiting = new Set<QueueWait<T, unknown>>();
  #ended = false;

  constructor(what: string) {
    this.#what = what;
  }

  get size(): number {
    return this.#values.length;
  }

  push(value: T): void {
    this.#values.push(value);
    this.#serve();
  }

  /** Puts a value back that was given out and nobody took. */
  putBack(value: T): void {
    this.#values.unshift(value);
    this.#serve();
  }

  /** No more will come; what is there is still given out. */
  end(): void {
    this.#ended = true;
    this.#serve();
  }

  /** Takes out all that nobody has taken. */
  drain(): T[] {
    const values = this.#values;
    this.#values = [];
    return values;
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
      if (value === undefined && !this.#ended) return;
      this.#waiting.delete(wait);
      wait.give(value === undefined ? DONE : { done: false, value });
    }
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

class QueueWait<T extends object, R> extends Wait<R> {
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
