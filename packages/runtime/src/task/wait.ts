/** A cold operation: it starts when it is waited on, is used once, and is its own two-phase iterator. */
import type { Effect, Operation } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import type { TaskCell } from "./cell.ts";
import type { Engine } from "./engine.ts";
import { PARKED, PENDING } from "./flags.ts";
import type { Limits } from "./limits.ts";
import { PARK, running } from "./running.ts";
import { ThenWaiter } from "./then-waiter.ts";

/** Who waits: a task, a promise's `then`, a branch of a combination. */
export interface Waiter {
  /** Goes on; how it ended is asked of the wait by {@link Wait.take}. */
  resume(value: unknown): void;
}

/** An operation that gives the wait behind it; every operation of ours does. */
export interface Waitable<T> extends Operation<T> {
  skeinWait(): Wait<T>;
}

// Phases of a wait.
const COLD = 0;
const WAITING = 1;
const DONE = 2;
const FAILED = 3;
const USED = 4;

/** Base of what waits. A subclass says how it begins and how it is given up. Plain fields: hot path. */
export abstract class Wait<T> implements Waitable<T>, Iterator<Effect, T, unknown> {
  protected phase: number = COLD;
  protected waiter: Waiter | undefined = undefined;
  /** The value, or what is thrown, once it ended. */
  protected result: unknown = undefined;
  protected limits: Limits | undefined;

  constructor(limits?: Limits) {
    this.limits = limits;
  }

  /**
   * Begins. True when it is done at once, with the value in `result`; it may also settle or fail itself.
   * Throwing ends the wait at that place.
   */
  protected abstract begin(engine: Engine): boolean;
  /** Leaves no trace where it waited. Called at most once, and only while it waits. */
  protected abstract abandon(): void;
  /** What it waits for, for people. */
  abstract describe(): string;

  skeinWait(): Wait<T> {
    return this;
  }

  [Symbol.iterator](): Iterator<Effect, T, unknown> {
    return this;
  }

  /** First call: begins. Second call, once resumed: gives the value or throws. */
  next(): IteratorResult<Effect, T> {
    if (this.phase === COLD) {
      const cell = running.cell;
      if (cell === undefined) throw outsideError();
      if ((cell.flags & PENDING) !== 0 && cell.tellPending(this.cuts(cell))) return PARK;
      if (!this.start(cell, cell.engine)) {
        cell.flags |= PARKED;
        cell.slot = this;
        return PARK;
      }
    }
    return { done: true, value: this.take() };
  }

  /** An interrupt thrown into the task that waits; the wait has been given up by then. */
  throw(error: unknown): IteratorResult<Effect, T> {
    this.giveUp();
    throw error;
  }

  return(value?: unknown): IteratorResult<Effect, T> {
    this.giveUp();
    // A cancel: the value goes to nobody.
    return { done: true, value: value as T };
  }

  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return new ThenWaiter(this, onValue, onError);
  }

  /** Begins for `waiter`. True when it is done at once: ask {@link Wait.take}. */
  start(waiter: Waiter, engine: Engine): boolean {
    if (this.phase !== COLD) throw reusedError();
    this.phase = WAITING;
    try {
      // `begin` may have settled or failed it by itself.
      if (this.begin(engine) && this.waiting) this.phase = DONE;
    } catch (error) {
      this.phase = USED;
      throw error;
    }
    if (this.phase !== WAITING) return true;
    if (this.limits !== undefined) {
      this.limits.arm(this, engine);
      // The limit may be reached already.
      if (!this.waiting) return true;
    }
    this.waiter = waiter;
    return false;
  }

  /** How it ended, once: the value, or the error thrown. */
  take(): T {
    const phase = this.phase;
    if (phase !== DONE && phase !== FAILED) throw reusedError();
    this.phase = USED;
    const result = this.result;
    this.result = undefined;
    if (phase === DONE) return result as T; // put there by `settle` or by the subclass for T
    // A function makes the error here, so that its stack names the line that waited.
    throw typeof result === "function" ? result() : result;
  }

  /** Ends the wait with a value. */
  settle(value: unknown): void {
    if (this.phase !== WAITING) return;
    this.phase = DONE;
    this.result = value;
    this.wakeWaiter();
  }

  /** Ends the wait with an error; a function is called to make it when it is thrown. */
  fail(error: unknown): void {
    if (this.phase !== WAITING) return;
    this.phase = FAILED;
    this.result = error;
    this.wakeWaiter();
  }

  /** Fails it after leaving where it waits: a timeout, an abort, a cancel. */
  stop(error: unknown): void {
    if (this.phase !== WAITING) return;
    this.abandon();
    this.fail(error);
  }

  /** Ends it with a value after leaving where it waits. */
  stopWith(value: unknown): void {
    if (this.phase !== WAITING) return;
    this.abandon();
    this.settle(value);
  }

  /** Its value came, but nobody takes it any more: a resource is closed here, bytes are put back. */
  protected unclaimed(_value: T): void {}

  /** `value` was taken from it, and nobody wants it after all. */
  giveBack(value: T): void {
    this.unclaimed(value);
  }

  /** The waiter no longer wants it. */
  giveUp(): void {
    if (this.phase === DONE) this.unclaimed(this.take());
    if (this.phase !== WAITING) return;
    this.phase = USED;
    this.limits?.disarm();
    this.waiter = undefined;
    this.abandon();
  }

  /** Whether somebody waits in it now. */
  get waiting(): boolean {
    return this.phase === WAITING;
  }

  /** Waits that run inside this one, for `wake` to look through. */
  inner(): readonly Wait<unknown>[] {
    return [];
  }

  /** Ends it by a `wake` of `owner`; false where it is no wait that a wake ends. */
  wakeWith(_value: unknown, _owner: TaskCell): boolean {
    return false;
  }

  /** Whether new code may take over from `owner` where it waits in this. */
  cuts(_owner: TaskCell): boolean {
    return false;
  }

  /** The engine it belongs to, where it belongs to one. */
  home(): Engine | undefined {
    return undefined;
  }

  private wakeWaiter(): void {
    this.limits?.disarm();
    const waiter = this.waiter;
    this.waiter = undefined;
    waiter?.resume(undefined);
  }
}

export function reusedError(): SkeinError {
  return new SkeinError("OPERATION_REUSED", "an operation that was used already is waited on again", {
    hint: "what only waits is used once: make a new operation for each wait",
  });
}

export function outsideError(): SkeinError {
  return new SkeinError("RUNTIME_WRONG", "an operation is waited on with yield* outside of a task", {
    hint: "use await here, or run the generator by spawn or op",
  });
}
