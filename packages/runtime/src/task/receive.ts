/** Receiving from a task's mailbox. The plain `receive()` is the hottest wait: what it needs is in the task itself. */
import type { Effect } from "../contracts/operation.ts";
import type { TaskCell } from "./cell.ts";
import { PARKED, PENDING, RECEIVES, RECEIVING } from "./flags.ts";
import { type LimitOptions, limitsFrom } from "./limits.ts";
import { OwnedWait } from "./owned-wait.ts";
import { nextTaken } from "./put-back.ts";
import { PARK, running } from "./running.ts";
import { type Wait, type Waitable, reusedError } from "./wait.ts";

/** What `receive` takes. */
export interface ReceiveWaitOptions extends LimitOptions {
  readonly match?: (message: never) => boolean;
}

/** The owner of the plain receive whose iterator was asked for last; `next` follows at once, with nothing between. */
let handedOver: TaskCell | undefined;

/**
 * The iterator of every plain receive: its state is in the task that runs, so a parked task holds no object for it.
 */
class ReceiveIterator implements Iterator<Effect, unknown, unknown> {
  next(message?: unknown): IteratorResult<Effect, unknown> {
    const cell = handedOver;
    if (cell === undefined) {
      // Resumed: `send` has put the message into the step.
      const resumed = running.cell;
      if (resumed !== undefined) resumed.flags &= ~RECEIVING;
      return { done: true, value: message };
    }
    handedOver = undefined;
    const flags = cell.flags;
    if ((flags & PENDING) !== 0 && cell.tellPending(true)) return PARK;
    const mailbox = cell.mailbox;
    if (mailbox !== undefined && mailbox.size > 0) return { done: true, value: mailbox.shift() };
    cell.flags = flags | (PARKED | RECEIVING | RECEIVES);
    cell.slot = PLAIN_RECEIVE;
    return PARK;
  }

  throw(error: unknown): IteratorResult<Effect, unknown> {
    throw error;
  }

  return(): IteratorResult<Effect, unknown> {
    return { done: true, value: undefined };
  }
}

const RECEIVE_ITERATOR = new ReceiveIterator();

/** What stands in the slot of a task that waits in a plain receive. */
export const PLAIN_RECEIVE = "receive";

/** `receive()` without options. */
export class Receive implements Waitable<unknown> {
  private owner: TaskCell | undefined;

  constructor(owner: TaskCell) {
    this.owner = owner;
  }

  [Symbol.iterator](): Iterator<Effect, unknown, unknown> {
    const owner = this.owner;
    if (owner === undefined) throw reusedError();
    if (owner !== running.cell) return this.skeinWait();
    this.owner = undefined;
    handedOver = owner;
    return RECEIVE_ITERATOR;
  }

  skeinWait(): Wait<unknown> {
    const owner = this.owner;
    if (owner === undefined) throw reusedError();
    this.owner = undefined;
    return new ReceiveWait(owner);
  }

  then<A = unknown, B = never>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.skeinWait().then(onValue, onError);
  }
}

/** Receiving with a choice or a limit, from an async task, or as a part of something else. */
export class ReceiveWait extends OwnedWait<unknown> {
  private readonly match: ((message: never) => boolean) | undefined;
  /** Which message this was that came, counted from 1; what a timeout gives is none. */
  protected received = 0;

  constructor(owner: TaskCell, options?: ReceiveWaitOptions) {
    super(owner, limitsFrom(options));
    this.match = options?.match;
  }

  protected beginOwned(): boolean {
    const { match } = this;
    this.owner.flags |= RECEIVES;
    const mailbox = this.owner.mailbox;
    if (mailbox !== undefined && mailbox.size > 0) {
      if (match === undefined) {
        this.result = mailbox.shift();
        this.received = nextTaken();
        return true;
      }
      // The messages of a task are of the type its function declares, which `match` is for.
      const taken = mailbox.take(match as (message: unknown) => boolean);
      if (taken !== undefined) {
        this.result = taken.message;
        this.received = nextTaken();
        return true;
      }
    }
    this.owner.addReceiver(this);
    return false;
  }

  protected abandonOwned(): void {
    this.owner.removeReceiver(this);
  }

  /** Takes `message` if it is one it waits for. The caller has it no longer in its list of receivers then. */
  override offer(message: unknown): boolean {
    const { match } = this;
    if (match !== undefined) {
      try {
        // As above.
        if (!(match as (message: unknown) => boolean)(message)) return false;
      } catch (error) {
        this.stop(error);
        return false;
      }
    }
    this.owner.removeReceiver(this);
    this.received = nextTaken();
    this.settle(message);
    return true;
  }

  protected override unclaimed(message: unknown): void {
    if (this.received !== 0) this.owner.putBack(message, this.received);
  }

  override cuts(owner: TaskCell): boolean {
    return owner === this.owner;
  }

  describe(): string {
    return this.match === undefined ? "receive" : "receive with match";
  }
}

/** The next message, as a stream gives it. */
export class NextMessage extends ReceiveWait {
  override take(): IteratorResult<unknown, undefined> {
    return { done: false, value: super.take() };
  }

  protected override unclaimed(step: IteratorResult<unknown, undefined>): void {
    super.unclaimed(step.value);
  }
}
