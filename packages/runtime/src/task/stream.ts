/** Streams: values that come one after another, for `for await` and for generator tasks. */
import type { Effect, Operation, Stream } from "../contracts/operation.ts";
import { isBody, isThenable, type TaskCell } from "./cell.ts";
import { CANCELLED } from "./flags.ts";
import { keepOpen, userTask } from "./kept-open.ts";
import { nextTaken } from "./put-back.ts";
import { running } from "./running.ts";
import { op, waitOf } from "./op.ts";
import { Wait } from "./wait.ts";

type Step<T> = IteratorResult<T, undefined>;

/** What may be told to a stream's source. */
interface Ends {
  /** A reader has left before the end, by a break or an error of its own. */
  readonly close: () => unknown;
  /** Reading was given up, by a deadline, a race, a cancel; somebody may read on, or nobody. */
  readonly rest: () => void;
}

/** A {@link Stream} over a function that gives the next value's operation. */
export class StreamOf<T> implements Stream<T> {
  readonly #next: () => Operation<Step<T>>;
  readonly #ends: Ends;
  /** The task that made it. */
  readonly #owner: TaskCell | undefined = userTask();
  /** While reading is given up. */
  #kept: Disposable | undefined = undefined;

  /**
   * @param close called when a reader leaves before the end; when reading was given up, only once nobody can read on:
   * the task that made the stream has ended, or nothing refers to the stream. It must not refer to the stream
   * @param rest called when reading was given up
   */
  constructor(
    next: () => Operation<Step<T>>,
    close: () => unknown = () => undefined,
    rest: () => void = () => undefined,
  ) {
    this.#next = next;
    this.#ends = { close, rest };
  }

  next(): Operation<Step<T>> {
    this.#goOn();
    return this.#next();
  }

  forEach(fn: (value: T) => unknown): Operation<void> {
    return op(forEachOf<T>, [this, fn]);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => Promise.resolve(this.next()),
      return: async () => {
        this.#goOn();
        await this.#ends.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** For `forEach`: closes it, or leaves it open for who reads on. What it gives is to be waited for. */
  leave(givenUp: boolean): unknown {
    const owner = this.#owner;
    this.#goOn();
    if (!givenUp || (owner !== undefined && (owner.flags & CANCELLED) !== 0)) return this.#ends.close();
    this.#kept = keepOpen(this, owner, this.#ends.close);
    return this.#ends.rest();
  }

  /** Somebody reads. */
  #goOn(): void {
    this.#kept?.[Symbol.dispose]();
    this.#kept = undefined;
  }
}

function* forEachOf<T>(stream: StreamOf<T>, fn: (value: T) => unknown): Generator<Effect, void, unknown> {
  let state: "reading" | "used" | "failed" | "over" = "reading";
  try {
    for (;;) {
      const step = yield* stream.next();
      if (step.done === true) {
        state = "over";
        return;
      }
      state = "used";
      const result = fn(step.value);
      if (isBody(result)) yield* result;
      else if (isThenable(result)) yield* waitOf(result);
      state = "reading";
    }
  } catch (error) {
    // As in `for await`: what breaks its loop leaves the stream, what the stream throws does not. A cancel gives up.
    if (state === "used" && ((running.cell?.flags ?? 0) & CANCELLED) === 0) state = "failed";
    throw error;
  } finally {
    if (state !== "over") {
      const closing = stream.leave(state !== "failed");
      if (isThenable(closing)) yield* waitOf(closing);
    }
  }
}

/**
 * Makes a stream of anything that gives values one after another. A wait that is given up leaves its value for the next.
 *
 * @example
 * yield* each(request.body).forEach((chunk) => { bytes += chunk.length; });
 */
export function each<T>(source: AsyncIterable<T> | Iterable<T>): Stream<T> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  return streamOfSteps(
    async () => iterator.next(),
    () => iterator.return?.(),
  );
}

/** A stream over promises of steps: one at a time; each goes to who waits longest, or to the next who comes. */
export function streamOfSteps<T>(
  step: () => Promise<IteratorResult<T, unknown>>,
  close: () => unknown,
  rest?: () => void,
): StreamOf<T> {
  const source = new StepSource(step);
  return new StreamOf(() => new StepWait(source), close, rest);
}

/** What a source said that nobody took. */
type Kept<T> = ({ readonly step: Step<T> } | { readonly error: unknown }) & {
  /** As which it was taken before. */
  readonly order: number;
};

class StepSource<T> {
  readonly #step: () => Promise<IteratorResult<T, unknown>>;
  readonly #waiting = new Set<StepWait<T>>();
  readonly #kept: Kept<T>[] = [];
  #asked = false;

  constructor(step: () => Promise<IteratorResult<T, unknown>>) {
    this.#step = step;
  }

  /** Gives `wait` a step, now or later. */
  join(wait: StepWait<T>): void {
    this.#waiting.add(wait);
    this.#serve();
  }

  leave(wait: StepWait<T>): void {
    this.#waiting.delete(wait);
  }

  /** It was given, as number `order`, to somebody who did not take it: the next who waits gets it. */
  putBack(step: Step<T>, order: number): void {
    const later = this.#kept.findIndex((kept) => kept.order > order);
    this.#kept.splice(later < 0 ? this.#kept.length : later, 0, { step, order });
    this.#serve();
  }

  #serve(): void {
    for (const wait of this.#waiting) {
      const kept = this.#kept.shift();
      if (kept === undefined) {
        this.#ask();
        return;
      }
      this.#waiting.delete(wait);
      if ("error" in kept) wait.fail(kept.error);
      else wait.settle(kept.step);
    }
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    const answered = (kept: Kept<T>): void => {
      this.#asked = false;
      this.#kept.push(kept);
      this.#serve();
    };
    this.#step().then(
      (step) =>
        answered({ step: step.done === true ? { done: true, value: undefined } : step, order: Number.MAX_VALUE }),
      (error: unknown) => answered({ error, order: Number.MAX_VALUE }),
    );
  }
}

class StepWait<T> extends Wait<Step<T>> {
  readonly #source: StepSource<T>;
  #order = 0;

  constructor(source: StepSource<T>) {
    super();
    this.#source = source;
  }

  protected begin(): boolean {
    this.#source.join(this);
    return false;
  }

  protected abandon(): void {
    this.#source.leave(this);
  }

  protected override unclaimed(step: Step<T>): void {
    this.#source.putBack(step, this.#order);
  }

  override settle(step: unknown): void {
    if (this.waiting) this.#order = nextTaken();
    super.settle(step);
  }

  describe(): string {
    return "a stream's next value";
  }
}
