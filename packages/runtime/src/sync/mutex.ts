/** One holder at a time, first come, first served. */
import { type Operation } from "../contracts/operation.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { limitsFrom } from "../task/limits.ts";
import { running } from "../task/running.ts";
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
  /** The lock that holds it now; it counts those that its owner took on top. */
  #held: Lock | undefined = undefined;

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
    return this.take(options?.owner ?? currentOwner(), running.cell);
  }

  /** For {@link LockWait}: a lock for `owner`, taken by code of the task or operation `by`, when it can have one now. */
  take(owner: object | undefined, by: object | undefined): Lock | undefined {
    const held = this.#held;
    if (held === undefined) {
      this.#held = new Lock(this, undefined, owner, by);
      return this.#held;
    }
    if (!this.#reentrant || owner === undefined || held.owner !== owner) return undefined;
    held.depth += 1;
    return new Lock(this, held, owner, by);
  }

  /** For {@link LockWait} and {@link RetakeWait}. */
  enqueue(wait: LockWait | RetakeWait): void {
    this.#waiting.push(wait);
  }

  /** For {@link Lock}: gives one lock back, and the mutex to the next when it was the last of those that hold it. */
  release(first: Lock): void {
    first.depth -= 1;
    // Disposed of while a condition waits with it: who takes it back will find that out.
    if (first.depth === 0 && this.#held === first) this.#passOn();
  }

  /** For `Condition`: what holds it, when that is `owner`'s; code that is no generator task and names none is one owner. */
  heldBy(owner: object | undefined): Lock | undefined {
    const held = this.#held;
    return held?.owner === owner ? held : undefined;
  }

  /** For `Condition`: lets go of it whatever the depth; {@link RetakeWait} takes it back as it was. */
  suspend(held: Lock): void {
    if (this.#held === held) this.#passOn();
  }

  /** For {@link RetakeWait}. */
  restore(held: Lock): void {
    this.#held = held;
    // It was disposed of while the condition waited: nobody is left to let go of it.
    if (held.depth === 0) this.#passOn();
  }

  #passOn(): void {
    this.#held = undefined;
    // Only `enqueue` puts waits into the queue.
    (this.#waiting.shift() as LockWait | RetakeWait | undefined)?.granted();
  }
}

/** What holds a mutex, until it is disposed of. */
export class Lock implements Disposable {
  readonly #mutex: Mutex;
  /** The lock that holds the mutex: this one, or the one that its owner took first. */
  readonly #first: Lock;
  readonly owner: object | undefined;
  /** The task or operation whose code took it. */
  readonly by: object | undefined;
  /** Of a first one: how many locks of its owner there are. */
  depth = 1;
  #holds = true;

  constructor(mutex: Mutex, first: Lock | undefined, owner: object | undefined, by: object | undefined) {
    this.#mutex = mutex;
    this.#first = first ?? this;
    this.owner = owner;
    this.by = by;
  }

  [Symbol.dispose](): void {
    if (!this.#holds) return;
    this.#holds = false;
    this.#mutex.release(this.#first);
  }
}

class LockWait extends QueuedWait<Disposable> {
  readonly #mutex: Mutex;
  #owner: object | undefined;
  #by: object | undefined = undefined;

  constructor(mutex: Mutex, options?: LockOptions) {
    super(limitsFrom(options));
    this.#mutex = mutex;
    this.#owner = options?.owner;
  }

  protected begin(): boolean {
    this.#owner ??= currentOwner();
    this.#by = running.cell;
    const lock = this.#mutex.take(this.#owner, this.#by);
    this.result = lock;
    if (lock === undefined) this.#mutex.enqueue(this);
    return lock !== undefined;
  }

  /** The one before let go of it. */
  granted(): void {
    this.settle(this.#mutex.take(this.#owner, this.#by));
  }

  protected override unclaimed(lock: Disposable): void {
    lock[Symbol.dispose]();
  }

  describe(): string {
    const own = this.#owner !== undefined && this.#mutex.heldBy(this.#owner) !== undefined;
    return own ? "mutex.lock, held by itself (new Mutex({ reentrant: true }) lets the holder in again)" : "mutex.lock";
  }
}

/** Waits for a mutex on behalf of a lock that a condition had suspended. */
export class RetakeWait extends QueuedWait<Disposable> {
  readonly #mutex: Mutex;
  readonly #held: Lock;

  constructor(mutex: Mutex, held: Lock) {
    super();
    this.#mutex = mutex;
    this.#held = held;
  }

  protected begin(): boolean {
    if (this.#mutex.locked) {
      this.#mutex.enqueue(this);
      return false;
    }
    this.#mutex.restore(this.#held);
    this.result = this.#held;
    return true;
  }

  granted(): void {
    this.#mutex.restore(this.#held);
    this.settle(this.#held);
  }

  protected override unclaimed(): void {
    this.#mutex.suspend(this.#held);
  }

  describe(): string {
    return "condition.wait, which takes its mutex back";
  }
}
