/** So many holders at a time, first come, first served. */
import { type Operation } from "../contracts/operation.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import { limitsFrom } from "../task/limits.ts";
import { QueuedWait, WaitQueue } from "./wait-queue.ts";

/**
 * Holds a number of permits. `acquire` waits for one; it goes back when what `acquire` gave is disposed of, or by
 * `release`, which may also add permits that nobody had acquired (a count of things produced).
 *
 * @example
 * const slots = new Semaphore(4);
 * using _slot = yield* slots.acquire({ timeoutMs: 1000 });
 */
export class Semaphore {
  readonly #waiting = new WaitQueue<Disposable>();
  #permits: number;

  /** @throws {SkeinError} `OPTION_INVALID` when `permits` is no whole number from 0 */
  constructor(permits: number) {
    if (!Number.isSafeInteger(permits) || permits < 0) {
      throw new SkeinError("OPTION_INVALID", `a semaphore can't have ${permits} permits`, {
        hint: "give it a whole number from 0 on",
      });
    }
    this.#permits = permits;
  }

  /** Permits free now. */
  get permits(): number {
    return this.#permits;
  }

  /** How many wait for one. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a permit. Disposing of what it gives (`using`) gives the permit back; twice does nothing.
   *
   * @throws {SkeinError} `TIMEOUT`
   */
  acquire(options?: WaitOptions): Operation<Disposable> {
    return new AcquireWait(this, options);
  }

  /** Takes a permit when one is free, else gives `undefined`. */
  tryAcquire(): Disposable | undefined {
    if (this.#permits === 0) return undefined;
    this.#permits -= 1;
    return new Permit(this);
  }

  /** Gives one permit, to who has waited longest. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#permits += 1;
    else next.settle(new Permit(this));
  }

  /** For {@link AcquireWait}. */
  enqueue(wait: AcquireWait): void {
    this.#waiting.push(wait);
  }
}

/** Goes back when it is disposed of, once. */
class Permit implements Disposable {
  #semaphore: Semaphore | undefined;

  constructor(semaphore: Semaphore) {
    this.#semaphore = semaphore;
  }

  [Symbol.dispose](): void {
    const semaphore = this.#semaphore;
    this.#semaphore = undefined;
    semaphore?.release();
  }
}

class AcquireWait extends QueuedWait<Disposable> {
  readonly #semaphore: Semaphore;

  constructor(semaphore: Semaphore, options?: WaitOptions) {
    super(limitsFrom(options));
    this.#semaphore = semaphore;
  }

  protected begin(): boolean {
    const permit = this.#semaphore.tryAcquire();
    this.result = permit;
    if (permit === undefined) this.#semaphore.enqueue(this);
    return permit !== undefined;
  }

  protected override unclaimed(permit: Disposable): void {
    permit[Symbol.dispose]();
  }

  describe(): string {
    return "semaphore.acquire";
  }
}
