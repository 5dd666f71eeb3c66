/** Waiting, with a mutex in hand, until somebody says that what it guards has changed. */
import { type Operation, type Steps } from "../contracts/operation.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import { limitsFrom } from "../task/limits.ts";
import { op } from "../task/op.ts";
import { currentOwner } from "./owner.ts";
import { type Mutex } from "./mutex.ts";
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
   * abort or a cancel.
   *
   * @throws {SkeinError} `TIMEOUT`; `OPTION_INVALID` when the caller does not hold the mutex
   */
  wait(options?: WaitOptions): Operation<void> {
    return op(waitWith, [this.#mutex, this.#waiting, options]);
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

function* waitWith(mutex: Mutex, queue: WaitQueue<void>, options: WaitOptions | undefined): Steps<void> {
  if (!mutex.isHeldBy(currentOwner())) throw notHeld();
  const retake = mutex.suspendHold();
  try {
    yield* new NotifyWait(queue, options);
  } finally {
    yield* retake();
  }
}

class NotifyWait extends QueuedWait<void> {
  readonly #waits: WaitQueue<void>;

  constructor(queue: WaitQueue<void>, options: WaitOptions | undefined) {
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
    hint: "lock the mutex first: using lock = yield* mutex.lock()",
  });
