/** Who gets a channel's values. */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { isSkeinError } from "../errors.ts";
import type { ChannelId } from "../ids.ts";
import { RemoteRef } from "../task/remote-ref.ts";
import type { LocalTarget } from "../task/target.ts";
import { LocalRef } from "../task/task-ref.ts";
import { channelTable } from "./channel-table.ts";
import type { Reader } from "./reader.ts";
import { RemoteChannel } from "./remote-channel.ts";

/** One subscriber of a channel. */
export interface Subscription {
  /** What it is found by when it is unsubscribed. */
  readonly key: unknown;
  /** Where it is, when that is another process. */
  readonly endpoint: Endpoint | undefined;
  /** The channel of another process that it is, where that may lead on. */
  readonly onward?: RemoteChannel | undefined;
  /** Values that it could not take. */
  dropped: number;
  /** False when it could not take the value. */
  give(value: unknown): boolean;
  /** Waits until it has the value; what ends early by `options` does not get it later. An operation of a number gives how many got it; others stand for one. */
  deliver(value: unknown, options: WaitOptions | undefined): Operation<unknown>;
  /** It is subscribed no longer; with `closed`, because the channel of that id is closed. */
  end(closed: ChannelId | undefined): void;
}

/** A task of this process. */
export class TaskSubscription implements Subscription {
  dropped = 0;
  readonly key: LocalTarget;
  readonly endpoint: undefined = undefined;
  readonly ref: LocalRef;
  readonly #target: LocalTarget;
  readonly #ending: Disposable;

  /** @param gone called when the task has ended */
  constructor(ref: LocalRef, target: LocalTarget, gone: () => void) {
    this.ref = ref;
    this.key = target;
    this.#target = target;
    this.#ending = ref.onEnd(gone);
  }

  /** Messages in its mailbox. */
  get waiting(): number {
    return this.#target.waiting ?? 0;
  }

  give(value: unknown): boolean {
    try {
      this.#target.send(value);
      return true;
    } catch (error) {
      if (isSkeinError(error, "MAILBOX_FULL")) return false;
      throw error;
    }
  }

  deliver(value: unknown, options: WaitOptions | undefined): Operation<unknown> {
    return this.#target.deliver(value, options);
  }

  end(): void {
    this.#ending[Symbol.dispose]();
  }
}

/** A task or channel of another process. */
export class RemoteSubscription implements Subscription {
  dropped = 0;
  readonly key: string;
  readonly endpoint: Endpoint;
  readonly onward: RemoteChannel | undefined;
  readonly #target: RemoteRef | RemoteChannel;
  readonly #ending: Disposable;
  readonly #away: Disposable | undefined;
  /** A reader there has said that it is full. */
  #full = false;

  /** Its name, where that is known here. */
  get name(): string {
    return this.#target.name;
  }

  /** Whether it is a task; else it is a channel, or a reader of this one. */
  get isTask(): boolean {
    return this.#target instanceof RemoteRef;
  }

  /** Of a reader of `values()` there: its id. */
  get readerId(): ChannelId | undefined {
    const target = this.#target;
    return target instanceof RemoteChannel && target.reads ? target.id : undefined;
  }

  /** @param gone called when the task has ended, the channel there is closed, or their process is lost */
  constructor(target: RemoteRef | RemoteChannel, gone: () => void) {
    this.key = target.id;
    this.endpoint = target.endpoint;
    this.#target = target;
    this.onward = target instanceof RemoteChannel && !target.reads ? target : undefined;
    this.#away = this.onward === undefined ? undefined : target.engine.part(channelTable).oneLeadsAway();
    this.#ending =
      target instanceof RemoteRef
        ? target.onEnd(gone)
        : target.engine.part(channelTable).onLost({ endpoint: target.endpoint, id: target.id, lost: gone });
  }

  /** Its reader has room again, or none. */
  hasRoom(room: boolean): void {
    this.#full = !room;
  }

  give(value: unknown): boolean {
    if (this.#full) return false;
    try {
      if (this.#target instanceof RemoteRef) this.#target.send(value);
      else this.#target.publish(value);
      return true;
    } catch (error) {
      // One that is lost is taken out when the network says so.
      if (isSkeinError(error, "MAILBOX_FULL") || isSkeinError(error, "PEER_LOST")) return false;
      throw error;
    }
  }

  deliver(value: unknown, options: WaitOptions | undefined): Operation<unknown> {
    return this.#target.deliver(value, options);
  }

  end(closed: ChannelId | undefined): void {
    this.#ending[Symbol.dispose]();
    this.#away?.[Symbol.dispose]();
    if (closed === undefined || this.#target instanceof RemoteRef) return;
    try {
      this.#target.engine.router?.post(this.endpoint, { type: "channel.closed", channel: closed });
    } catch {
      // Its process is gone.
    }
  }
}

/** A reader of `values()`. */
export class ReaderSubscription implements Subscription {
  dropped = 0;
  readonly key: Reader;
  readonly endpoint: undefined = undefined;

  constructor(reader: Reader) {
    this.key = reader;
  }

  give(value: unknown): boolean {
    return this.key.push(value);
  }

  deliver(value: unknown, options: WaitOptions | undefined): Operation<unknown> {
    return this.key.deliver(value, options);
  }

  end(): void {
    this.key.finish(undefined);
  }
}

/** What `target` would be found by. */
export function keyOf(target: unknown): unknown {
  if (target instanceof LocalRef) return target.target;
  if (target instanceof RemoteRef || target instanceof RemoteChannel) return target.id;
  return target;
}
