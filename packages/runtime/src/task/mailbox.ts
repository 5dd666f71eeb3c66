/** Messages that came and have not been received; bounded, and whoever delivers waits for room. */
import type { WaitOptions } from "../contracts/wait.ts";
import { MAILBOX_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { Deferred } from "./deferred.ts";
import type { Engine } from "./engine.ts";
import { PutBack } from "./put-back.ts";
import { Ring } from "./run-queue.ts";

interface Delivery {
  readonly message: unknown;
  readonly accepted: Deferred<void>;
}

/** Somebody who wants to know of room, and has no message here. */
interface RoomWait {
  readonly hasRoom: () => void;
}

export class Mailbox {
  // Plain fields: `send` and `receive` go by here.
  private readonly ring: Ring<unknown> = new Ring();
  private readonly limit: number;
  /** Those who wait for room, first come first served. */
  private waiting: Set<Delivery | RoomWait> | undefined = undefined;
  /** While some at the front were put back. */
  private back: PutBack | undefined = undefined;

  constructor(limit: number = MAILBOX_LIMIT) {
    this.limit = limit;
  }

  get size(): number {
    return this.ring.size;
  }

  /** The oldest, `count` of them at most: they stay. */
  first(count: number): unknown[] {
    return Array.from({ length: Math.min(count, this.ring.size) }, (_, index) => this.ring.peek(index));
  }

  get hasRoom(): boolean {
    return this.ring.size < this.limit;
  }

  /** @throws {SkeinError} `MAILBOX_FULL` */
  push(message: unknown): void {
    if (this.ring.size >= this.limit) throw fullError(this.limit);
    this.ring.push(message);
  }

  /** An exit notice: it is never dropped, so it may pass the limit. */
  pushNotice(message: unknown): void {
    this.ring.push(message);
  }

  /** What was taken as number `order` and is not wanted after all: among the oldest again, also past the limit. */
  putBack(message: unknown, order: number): void {
    this.back ??= new PutBack();
    this.back.insert(this.ring, message, order);
  }

  /** Takes the oldest; the caller has checked the size. */
  shift(): unknown {
    const message = this.ring.shift();
    if (this.back !== undefined) this.takenBack(0);
    if (this.waiting !== undefined) this.admit();
    return message;
  }

  /** Takes the oldest that `match` accepts, be it in the mailbox or waiting for room. */
  take(match: (message: unknown) => boolean): { readonly message: unknown } | undefined {
    for (let index = 0; index < this.ring.size; index += 1) {
      if (match(this.ring.peek(index))) {
        const message = this.ring.removeAt(index);
        if (this.back !== undefined) this.takenBack(index);
        this.admit();
        return { message };
      }
    }
    for (const delivery of this.waiting ?? []) {
      if (!("accepted" in delivery) || !match(delivery.message)) continue;
      // Withdrawn by what `match` did? Then it is nobody's any more.
      if (this.waiting?.delete(delivery) !== true) continue;
      delivery.accepted.resolve();
      return { message: delivery.message };
    }
    return undefined;
  }

  /** Waits for room in the mailbox of the task of this name. */
  await(message: unknown, engine: Engine, options: WaitOptions | undefined, name: string): Deferred<void> {
    const delivery: Delivery = { message, accepted: new Deferred<void>(`deliver to ${name}`, engine) };
    this.waiting ??= new Set();
    this.waiting.add(delivery);
    return delivery.accepted.limit(engine, options, () => this.waiting?.delete(delivery));
  }

  /** Calls back once, when half of it is free, or nobody will read it. */
  onRoom(call: () => void): Disposable {
    const wait: RoomWait = { hasRoom: call };
    this.waiting ??= new Set();
    this.waiting.add(wait);
    return { [Symbol.dispose]: () => this.waiting?.delete(wait) };
  }

  /** Its task has ended: nobody will read. */
  close(error: () => Error): void {
    const waiting = this.waiting;
    this.waiting = undefined;
    if (waiting === undefined) return;
    for (const wait of waiting) {
      if ("accepted" in wait) wait.accepted.reject(error());
      else wait.hasRoom();
    }
  }

  private takenBack(index: number): void {
    this.back?.removed(index);
    if (this.back?.empty === true) this.back = undefined;
  }

  private admit(): void {
    if (this.waiting === undefined) return;
    for (const wait of this.waiting) {
      if (this.ring.size >= this.limit) return;
      if ("accepted" in wait) {
        this.waiting.delete(wait);
        this.ring.push(wait.message);
        wait.accepted.resolve();
      } else if (this.ring.size * 2 <= this.limit) {
        this.waiting.delete(wait);
        wait.hasRoom();
      }
    }
  }
}

/** @throws {SkeinError} `OPTION_INVALID` when `limit` is no whole number from 1 up: nothing would ever come through */
export function checkLimit(option: string, limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1) return;
  throw new SkeinError("OPTION_INVALID", `${option} is ${limit}, which is no whole number from 1 up`, {
    hint: "leave it out for the default of 10,000",
  });
}

function fullError(limit: number): SkeinError {
  return new SkeinError("MAILBOX_FULL", `the mailbox holds ${limit} messages and takes no more`, {
    hint: "use deliver, which waits for room, or receive faster",
  });
}
