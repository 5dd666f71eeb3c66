/** One holder at a time, first come, first served. */
import { type Operation } from "../contracts/operation.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { limitsFrom } from "../task/limits.ts";
import { currentOwner } from "./owner.ts";
import { QueuedWait, WaitQueue } from "./wait-queue.ts";

export interface MutexOptions {
  /** The holder may lock again; it is free when every lock has been disposed of. Default false: it would wait for itself. */
  readonly reentrant?: boolean;
}

export interface LockOptions extends WaitOptions {
  /** Who holds it. Default: the generator task that runs; async code passes an object of its own. */
  readonly owner?: object;
}

/**
 * Lets one task at a time do something. Whoever waits gets it in the order of asking; one that is cancelled or times
 * out leaves no trace.
 *
 * @example
 * const mutex = new Mutex();
 * function* save(task: TaskContext): Steps<void> {
 *   using _lock = yield* mutex.lock();
 *   yield* write(task);
 * } // unlocked here, however it ends
 */
export class Mutex {
  readonly #reentrant: boolean;
  readonly #waiting = new WaitQueue<Disposable>();
  /** The lock that holds it now, and those that its owner took on top. */
  #held: Lock | undefined = undefined;
  #depth = 0;

  constructor(options: MutexOptions = {}) {
    this.#reentrant = options.reentrant ?? false;
  }

  get locked(): boolean {
    return this.#held !== undefined;
  }

  /** How many wait for it. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits until it is free, and holds it until what it gives is disposed of (`using lock = …`); twice does nothing.
   *
   * @throws {SkeinError} `TIMEOUT` when `timeoutMs` ends first
   */
  lock(options?: LockOptions): Operation<Disposable> {
    return new LockWait(this, options);
  }

  /** Holds it when it is free now, else gives `undefined`. */
  tryLock(options?: Pick<LockOptions, "owner">): Disposable | undefined {
    return this.take(options?.owner ?? currentOwner());
  }

  /** For {@link LockWait}: a lock for `owner`, when it can have one now. */
  take(owner: object | undefined): Lock | undefined {
    const held = this.#held;
    if (held !== undefined && (!this.#reentrant || owner === undefined || held.owner !== owner)) return undefined;
    const lock = new Lock(this, owner);
    this.#held ??= lock;
    this.#depth += 1;
    return lock;
  }

  /** For {@link LockWait}. */
  enqueue(wait: LockWait): void {
    this.#waiting.push(wait);
  }

  /** For {@link Lock}: gives one lock back, and the mutex to the next when it was the last. */
  release(lock: Lock): void {
    // Disposed of while a condition waits with it: taking it back will find that out.
    const held = this.#held;
    if (held !== lock && (held === undefined || held.owner !== lock.owner)) return;
    this.#depth -= 1;
    if (this.#depth === 0) this.#passOn();
  }

  /** For `Condition`: whether `owner` holds it, as far as owners are known. */
  isHeldBy(owner: object | undefined): boolean {
    const held = this.#held;
    return held !== undefined && (owner === undefined || held.owner === undefined || held.owner === owner);
  }

  /** For `Condition`: lets go of it whatever the depth. What it gives takes it back as it was. */
  suspendHold(): () => Operation<Disposable> {
    const held = this.#held;
    const depth = this.#depth;
    this.#depth = 0;
    this.#passOn();
    return () => new RetakeWait(this, held, depth);
  }

  /** For {@link RetakeWait}. */
  restoreHold(held: Lock | undefined, depth: number): void {
    this.#held = held;
    this.#depth = depth;
    // It was disposed of while the condition waited: nobody is left to let go of it.
    if (held === undefined || (!held.holds && depth === 1)) {
      this.#depth = 0;
      this.#passOn();
    }
  }

  #passOn(): void {
    this.#held = undefined;
    // The queue holds LockWaits (and RetakeWaits, which are ones) only.
    (this.#waiting.shift() as LockWait | undefined)?.granted();
  }
}

/** What holds a mutex, until it is disposed of. */
class Lock implements Disposable {
  readonly #mutex: Mutex;
  readonly owner: object | undefined;
  holds = true;

  constructor(mutex: Mutex, owner: object | undefined) {
    this.#mutex = mutex;
    this.owner = owner;
  }

  [Symbol.dispose](): void {
    if (!this.holds) return;
    this.holds = false;
    this.#mutex.release(this);
  }
}

class LockWait extends QueuedWait<Disposable> {
  protected readonly mutex: Mutex;
  #owner: object | undefined;

  constructor(mutex: Mutex, options?: LockOptions) {
    super(limitsFrom(options));
    this.mutex = mutex;
    this.#owner = options?.owner;
  }

  protected begin(): boolean {
    this.#owner ??= currentOwner();
    const lock = this.mutex.take(this.#owner);
    this.result = lock;
    if (lock === undefined) this.mutex.enqueue(this);
    return lock !== undefined;
  }

  /** The one before let go of it. */
  granted(): void {
    this.settle(this.mutex.take(this.#owner));
  }

  protected override unclaimed(lock: Disposable): void {
    lock[Symbol.dispose]();
  }

  describe(): string {
    return "mutex.lock";
  }
}

/** Waits for a mutex on behalf of a lock that a condition had suspended. */
class RetakeWait extends LockWait {
  readonly #held: Lock | undefined;
  readonly #depth: number;

  constructor(mutex: Mutex, held: Lock | undefined, depth: number) {
    super(mutex);
    this.#held = held;
    this.#depth = depth;
  }

  protected override begin(): boolean {
    if (this.mutex.locked) {
      this.mutex.enqueue(this);
      return false;
    }
    this.mutex.restoreHold(this.#held, this.#depth);
    this.result = this.#held;
    return true;
  }

  override granted(): void {
    this.mutex.restoreHold(this.#held, this.#depth);
    this.settle(this.#held);
  }
}
