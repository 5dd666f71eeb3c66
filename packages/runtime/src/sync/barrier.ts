/** A place where tasks wait until so many have come. */
import { type Operation } from "../contracts/operation.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import { limitsFrom } from "../task/limits.ts";
import { QueuedWait, WaitQueue } from "./wait-queue.ts";

/**
 * Lets `parties` tasks go on together, then the next as many. One that is cancelled or times out while it waits has
 * not come: another takes its place.
 *
 * @example
 * const start = new Barrier(3);
 * function* runner(): Steps<void> {
 *   yield* prepare();
 *   yield* start.wait();
 *   yield* run(); // all three at once
 * }
 */
export class Barrier {
  readonly #waiting = new WaitQueue<void>();
  readonly #parties: number;

  /** @throws {SkeinError} `OPTION_INVALID` when `parties` is no whole number from 1 */
  constructor(parties: number) {
    if (!Number.isSafeInteger(parties) || parties < 1) {
      throw new SkeinError("OPTION_INVALID", `a barrier can't be for ${parties} parties`, {
        hint: "give it a whole number from 1 on",
      });
    }
    this.#parties = parties;
  }

  get parties(): number {
    return this.#parties;
  }

  /** How many wait now. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws {SkeinError} `TIMEOUT` */
  wait(options?: WaitOptions): Operation<void> {
    return new BarrierWait(this, this.#waiting, options);
  }
}

class BarrierWait extends QueuedWait<void> {
  readonly #barrier: Barrier;
  readonly #waits: WaitQueue<void>;

  constructor(barrier: Barrier, queue: WaitQueue<void>, options: WaitOptions | undefined) {
    super(limitsFrom(options));
    this.#barrier = barrier;
    this.#waits = queue;
  }

  protected begin(): boolean {
    const queue = this.#waits;
    if (queue.size + 1 < this.#barrier.parties) {
      queue.push(this);
      return false;
    }
    // Only those that wait now: who comes next belongs to the next round.
    for (let left = queue.size; left > 0; left -= 1) queue.shift()?.settle(undefined);
    return true;
  }

  describe(): string {
    return "barrier.wait";
  }
}
