/** A flag that tasks wait for (pycos's `Event`). */
import { type Operation } from "../contracts/operation.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { limitsFrom } from "../task/limits.ts";
import { QueuedWait, WaitQueue } from "./wait-queue.ts";

/**
 * Set or not set; `wait` goes on when it is set.
 *
 * @example
 * const ready = new Latch();
 * spawn(function* () { yield* prepare(); ready.set(); });
 * yield* ready.wait({ timeoutMs: 1000 });
 */
export class Latch {
  readonly #waiting = new WaitQueue<void>();
  #set = false;

  get isSet(): boolean {
    return this.#set;
  }

  /** Sets it and wakes all that wait, in the order they came. */
  set(): void {
    this.#set = true;
    while (this.#waiting.size > 0) this.#waiting.shift()?.settle(undefined);
  }

  /** From now on `wait` waits again; those already woken go on. */
  clear(): void {
    this.#set = false;
  }

  /** @throws {SkeinError} `TIMEOUT` */
  wait(options?: WaitOptions): Operation<void> {
    return new LatchWait(this, this.#waiting, options);
  }
}

class LatchWait extends QueuedWait<void> {
  readonly #latch: Latch;
  readonly #waits: WaitQueue<void>;

  constructor(latch: Latch, queue: WaitQueue<void>, options: WaitOptions | undefined) {
    super(limitsFrom(options));
    this.#latch = latch;
    this.#waits = queue;
  }

  protected begin(): boolean {
    if (this.#latch.isSet) return true;
    this.#waits.push(this);
    return false;
  }

  describe(): string {
    return "latch.wait";
  }
}
