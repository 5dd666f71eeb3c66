/** Waiting, with a mutex in hand, until somebody says that what it guards has changed. */
import type { Effect, Operation, Steps } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import { HIDDEN } from "../task/flags.ts";
import { limitsFrom } from "../task/limits.ts";
import { op } from "../task/op.ts";
import { running } from "../task/running.ts";
import { type Wait, type Waitable, reusedError } from "../task/wait.ts";
import { type Lock, type LockOptions, type Mutex, RetakeWait } from "./mutex.ts";
import { currentOwner } from "./owner.ts";
import { QueuedWait, WaitQueue } from "./wait-queue.ts";

/**
 * A queue of tasks that wait for a change of what `mutex` guards. Check what you wait for in a loop: another task may
 * have been quicker.
 *
 * @example
 * using _lock = yield* mutex.lock();
 * while (items.length === 0) yield* filled.wait();
 * return items.shift();
 */
export class Condition {
  readonly #mutex: Mutex;
  readonly #waiting = new WaitQueue<void>();

  constructor(mutex: Mutex) {
    this.#mutex = mutex;
  }

  /**
   * Lets go of the mutex, waits for a `notify`, and has the mutex again before it goes on: also after a timeout, an
   * abort, an interrupt or a cancel. It can't be given up before that, so it can't be a part of `deadline`, `race` or
   * `all`: give it `timeoutMs` or `signal`, or put the lock and the wait into one `op`.
   *
   * @param options `owner` as given to `lock`, where one was
   * @throws {SkeinError} `TIMEOUT`; `OPTION_INVALID` when the caller does not hold the mutex, or as a part of a combination
   * @example
   * while (items.length === 0) yield* filled.wait({ timeoutMs: 1000 });
   */
  wait(options?: LockOptions): Operation<void> {
    return new ConditionOperation(() => waitWith(this.#mutex, this.#waiting, options));
  }

  /** Wakes the `count` that have waited longest. Default 1. */
  notify(count: number = 1): void {
    for (let left = count; left > 0 && this.#waiting.size > 0; left -= 1) this.#waiting.shift()?.settle(undefined);
  }

  /** Wakes all that wait now. */
  notifyAll(): void {
    this.notify(this.#waiting.size);
  }
}

class ConditionOperation implements Waitable<void> {
  #steps: (() => Steps<void>) | undefined;

  constructor(steps: () => Steps<void>) {
    this.#steps = steps;
  }

  /** Runs as a part of the task that waits, which thereby goes on only with the mutex in hand. */
  [Symbol.iterator](): Iterator<Effect, void, unknown> {
    const steps = this.#steps;
    if (steps === undefined) throw reusedError();
    this.#steps = undefined;
    return steps();
  }

  /** What combinations ask for: they go on at once when they give it up, which is before the mutex is back. */
  skeinWait(): Wait<void> {
    throw inCombination();
  }

  then<A = void, B = never>(
    onValue?: ((value: void) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    const steps = this.#steps;
    if (steps === undefined) return Promise.reject(reusedError()).then(onValue, onError);
    this.#steps = undefined;
    return op(steps).then(onValue, onError);
  }
}

function* waitWith(mutex: Mutex, queue: WaitQueue<void>, options: LockOptions | undefined): Steps<void> {
  const held = mutex.heldBy(options?.owner ?? currentOwner());
  if (held === undefined) throw notHeld();
  if (lockedAbove(held)) throw inCombination();
  mutex.suspend(held);
  try {
    yield* new NotifyWait(queue, options);
  } finally {
    yield* retake(mutex, held);
  }
}

/** Has the mutex when it ends, whatever comes meanwhile: an interrupt or a cancel is felt after that. */
function* retake(mutex: Mutex, held: Lock): Steps<void> {
  let back = false;
  try {
    yield* new RetakeWait(mutex, held);
    back = true;
  } finally {
    if (!back) yield* retake(mutex, held);
  }
}

/** Whether this is a part of an operation in a combination, and the lock was taken outside of that part. */
function lockedAbove(held: Lock): boolean {
  let cell = running.cell;
  while (cell !== undefined && (cell.flags & HIDDEN) !== 0) {
    cell = cell.parent;
    if (cell !== undefined && cell === held.by) return true;
  }
  return false;
}

class NotifyWait extends QueuedWait<void> {
  readonly #waits: WaitQueue<void>;

  constructor(queue: WaitQueue<void>, options: LockOptions | undefined) {
    super(limitsFrom(options));
    this.#waits = queue;
  }

  protected begin(): boolean {
    this.#waits.push(this);
    return false;
  }

  describe(): string {
    return "condition.wait";
  }
}

const notHeld = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "condition.wait was called without holding its mutex", {
    hint: "lock the mutex first: using lock = yield* mutex.lock(); with an owner of your own, give it to both",
  });

const inCombination = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "condition.wait can't be given up before it has its mutex again", {
    hint: "use its timeoutMs or signal in place of deadline or race, or lock and wait within the same op",
  });
