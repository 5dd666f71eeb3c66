/** One value on its way by `deliver`: at once where there is room, in its place in the line where there is none. */
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { isSkeinError } from "../errors.ts";
import { Deferred } from "../task/deferred.ts";
import { runIn } from "../task/run-in.ts";
import { DROPPED, countDown, roundsOf, treeOf } from "./channel-tree.ts";
import type { DeliverOptions } from "./channel.ts";
import type { LocalChannel } from "./local-channel.ts";
import type { Subscription } from "./subscription.ts";

/** Delivers `value`; what is published or delivered after this call comes after it, unless it waits for subscribers. */
export function deliverOn(channel: LocalChannel, value: unknown, options: DeliverOptions): Operation<number> {
  return new ChannelDelivery(channel, value, options).begin();
}

class ChannelDelivery {
  readonly #channel: LocalChannel;
  readonly #value: unknown;
  readonly #options: DeliverOptions;
  readonly #done: Deferred<number>;
  /** Takes back what waits for room, where this delivery can end early. */
  readonly #withdrawal: AbortController | undefined;
  /** How many have the value; a `TIMEOUT` carries it. */
  #delivered = 0;
  /** How many have not answered yet. */
  #left = 0;
  #error: unknown;
  /** It has ended: what is heard later counts no more. */
  #over = false;
  #leave: (() => void) | undefined;

  constructor(channel: LocalChannel, value: unknown, options: DeliverOptions) {
    this.#channel = channel;
    this.#value = value;
    this.#options = options;
    this.#done = new Deferred<number>(`deliver on channel ${channel.name}`, channel.engine);
    const ends = options.timeoutMs !== undefined || options.signal !== undefined;
    this.#withdrawal = ends ? new AbortController() : undefined;
  }

  begin(): Operation<number> {
    if (this.#options.signal?.aborted !== true) this.#look();
    return this.#done.limit(
      this.#channel.engine,
      this.#options,
      () => this.#withdraw(),
      (error) => Object.assign(error, { delivered: this.#delivered }),
    );
  }

  /** Hands the value out once there are subscribers enough. */
  #look(): void {
    const channel = this.#channel;
    if (channel.closed) this.#end(() => this.#done.reject(channel.closedError()));
    else if (countDown(channel) >= (this.#options.subscribers ?? 0)) this.#handOut();
    else this.#waitForMore();
  }

  #waitForMore(): void {
    const told = (): void => {
      this.#stopWaiting();
      this.#look();
    };
    const waits = Array.from(treeOf(this.#channel), (channel) => channel.onChange(told));
    this.#leave = () => {
      for (const wait of waits) wait[Symbol.dispose]();
    };
  }

  #stopWaiting(): void {
    this.#leave?.();
    this.#leave = undefined;
  }

  #handOut(): void {
    let given: unknown;
    try {
      given = this.#channel.transformed(this.#value);
    } catch (error) {
      this.#end(() => this.#done.reject(error));
      return;
    }
    if (given === DROPPED) {
      this.#end(() => this.#done.resolve(0));
      return;
    }
    // One for this loop itself: a subscriber may answer at once.
    this.#left = 1;
    const rounds = roundsOf(this.#channel, given, (error) => this.#note(error));
    for (const { channel } of rounds) channel.published += 1;
    const handed = rounds.flatMap(({ channel, value }) => channel.direct.map((to) => [channel, to, value] as const));
    for (const [channel, to, value] of handed) this.#handTo(channel, to, value);
    this.#answered();
  }

  #handTo(channel: LocalChannel, subscription: Subscription, value: unknown): void {
    this.#left += 1;
    const withdrawal = this.#withdrawal;
    const options: WaitOptions | undefined = withdrawal === undefined ? undefined : { signal: withdrawal.signal };
    const failed = (error: unknown): void => {
      this.#note(error);
      this.#answered();
    };
    let operation: Operation<unknown>;
    try {
      operation = subscription.deliver(value, options);
    } catch (error) {
      failed(error);
      return;
    }
    const took = (count: unknown): void => {
      this.#delivered += typeof count === "number" ? count : 1;
      channel.delivered += 1;
      this.#answered();
    };
    runIn(this.#channel.engine, operation, took, failed);
  }

  /** One that ended or was lost meanwhile does not count; anything else is the caller's to know. */
  #note(error: unknown): void {
    if (!isGone(error)) this.#error ??= error;
  }

  #answered(): void {
    this.#left -= 1;
    if (this.#left > 0 || this.#over) return;
    this.#end(() => {
      if (this.#error === undefined) this.#done.resolve(this.#delivered);
      else this.#done.reject(this.#error);
    });
  }

  #end(tell: () => void): void {
    this.#over = true;
    tell();
  }

  /** It ends early: what has not got the value yet does not get it later. */
  #withdraw(): void {
    this.#over = true;
    this.#stopWaiting();
    this.#withdrawal?.abort();
  }
}

function isGone(error: unknown): boolean {
  return (
    isSkeinError(error, "TASK_UNKNOWN") || isSkeinError(error, "CHANNEL_CLOSED") || isSkeinError(error, "PEER_LOST")
  );
}
