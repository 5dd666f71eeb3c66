/** A channel of this process. */
import type { Location } from "../contracts/endpoint.ts";
import type { Operation, Stream } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { MAILBOX_LIMIT } from "../defaults.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import type { ChannelId } from "../ids.ts";
import { Deferred, completed } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { checkLimit } from "../task/mailbox.ts";
import { RemoteRef } from "../task/remote-ref.ts";
import { failed, LocalRef, unknownError } from "../task/task-ref.ts";
import type { ChannelOptions, DeliverOptions } from "./channel.ts";
import { deliverOn } from "./channel-delivery.ts";
import { channelTable } from "./channel-table.ts";
import { DROPPED, countDown, giveDown, treeOf } from "./channel-tree.ts";
import { Reader } from "./reader.ts";
import { RemoteChannel } from "./remote-channel.ts";
import { ReaderSubscription, RemoteSubscription, type Subscription, TaskSubscription } from "./subscription.ts";

export class LocalChannel {
  readonly engine: Engine;
  readonly name: string;
  /** Values that a subscriber could not take. */
  dropped = 0;
  readonly #options: ChannelOptions<unknown>;
  #transform: ((value: unknown) => unknown) | undefined;
  #id: ChannelId | undefined;
  readonly #subscriptions = new Map<unknown, Subscription>();
  /** Channels of this process that are subscribed, each with what ends its subscription when it closes. */
  readonly #below = new Map<LocalChannel, Disposable>();
  /** How many channels lead here. */
  #above = 0;
  /** Deliveries that wait for subscribers. */
  readonly #changed = new Set<() => void>();
  #closers: Set<() => void> | undefined;
  #closed = false;

  constructor(engine: Engine, name: string, options: ChannelOptions<unknown>) {
    if (options.bufferLimit !== undefined) checkLimit("bufferLimit", options.bufferLimit);
    this.engine = engine;
    this.name = name;
    this.#options = options;
    this.#transform = options.transform;
  }

  /** Made when it is first asked for; from then on others can send to it. */
  get id(): ChannelId {
    if (this.#id === undefined) {
      this.#id = this.engine.newChannelId();
      if (!this.#closed) this.engine.part(channelTable).add(this);
    }
    return this.#id;
  }

  get location(): Location | undefined {
    const { router } = this.engine;
    return router?.locationOf(router.self);
  }

  publish(value: unknown): void {
    if (this.#closed) throw this.closedError();
    const given = this.transformed(value);
    if (given === DROPPED) return;
    const failures: unknown[] = [];
    const full = this.#below.size === 0 ? this.give(given, failures) : giveDown(this, given, failures);
    const refused = full > 0 && this.refused(full);
    // By now every other subscriber has it.
    if (failures.length > 0) throw failures[0];
    if (refused) throw this.#fullError(full);
  }

  deliver(value: unknown, options: DeliverOptions = {}): Operation<number> {
    return deliverOn(this, value, options);
  }

  subscribe(target: unknown, _options?: WaitOptions): Operation<void> {
    if (this.#closed) return failed(this.engine, this.closedError());
    try {
      if (target instanceof LocalChannel) this.#addBelow(target);
      else {
        const subscription = this.#subscriptionFor(target);
        if (subscription !== undefined) this.#add(subscription);
      }
    } catch (error) {
      return failed(this.engine, errorFrom(error));
    }
    return completed;
  }

  unsubscribe(target: unknown): void {
    if (target instanceof LocalChannel) this.#removeBelow(target);
    else this.#remove(keyOf(target));
  }

  subscribers(): Operation<number> {
    const count = new Deferred<number>("subscribers", this.engine);
    count.resolve(countDown(this));
    return count;
  }

  values(): Stream<unknown> {
    const { bufferLimit = MAILBOX_LIMIT, overflow = "refuse" } = this.#options;
    const reader = new Reader(this.engine, bufferLimit, overflow, (left) => this.#remove(left));
    if (this.#closed) reader.finish(undefined);
    else this.#add(new ReaderSubscription(reader));
    return reader.stream();
  }

  setTransform(transform: ((value: unknown) => unknown) | undefined): void {
    this.#transform = transform;
  }

  close(): Operation<void> {
    if (this.#closed) return completed;
    this.#closed = true;
    const subscriptions = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    for (const subscription of subscriptions) subscription.end(this.#id);
    for (const below of this.#below.keys()) this.#removeBelow(below);
    this.#tellChange();
    for (const told of this.#closers ?? []) told();
    if (this.#id !== undefined) this.engine.part(channelTable).remove(this.#id);
    return completed;
  }

  // The rest of this class is for channels above it and for deliver.

  get closed(): boolean {
    return this.#closed;
  }

  /** Calls back when it is closed. */
  onClose(call: () => void): Disposable {
    const closers = (this.#closers ??= new Set());
    closers.add(call);
    return { [Symbol.dispose]: () => closers.delete(call) };
  }

  /** Its own subscribers, channels of this process not counted. */
  get recipients(): number {
    return this.#subscriptions.size;
  }

  /** Those, as they are now. */
  get direct(): readonly Subscription[] {
    return [...this.#subscriptions.values()];
  }

  /** The channels of this process that are subscribed. */
  get below(): Iterable<LocalChannel> {
    return this.#below.keys();
  }

  /** What its transform makes of `value`; {@link DROPPED} when that goes no further. */
  transformed(value: unknown): unknown {
    const transform = this.#transform;
    if (transform === undefined) return value;
    const given = transform(value);
    return given === undefined ? DROPPED : given;
  }

  /** Gives `given` to each of its own subscribers, whatever one of them throws; says how many could not take it. */
  give(given: unknown, failures: unknown[]): number {
    let full = 0;
    for (const subscription of this.#subscriptions.values()) {
      try {
        if (!subscription.give(given)) full += 1;
      } catch (error) {
        failures.push(error);
      }
    }
    return full;
  }

  /** Counts those who could not take a value; whether the publisher is to be told. */
  refused(full: number): boolean {
    this.dropped += full;
    return this.#options.overflow !== "drop-oldest";
  }

  /** Calls back at the next change of who is subscribed, and when it is closed. */
  onChange(call: () => void): Disposable {
    this.#changed.add(call);
    return { [Symbol.dispose]: () => this.#changed.delete(call) };
  }

  closedError(): SkeinError {
    return new SkeinError("CHANNEL_CLOSED", `channel ${this.name || "without a name"} is closed`, {
      hint: "publish before close(), or make a new channel",
    });
  }

  #subscriptionFor(target: unknown): Subscription | undefined {
    if (target instanceof LocalRef) {
      const local = target.target;
      if (local === undefined) throw unknownError(target.id);
      let ended = false;
      const subscription = new TaskSubscription(target, local, () => {
        ended = true;
        this.#remove(local);
      });
      return ended ? undefined : subscription;
    }
    if (target instanceof RemoteRef || target instanceof RemoteChannel) {
      const { endpoint, id } = target;
      const lost = this.engine.part(channelTable).onLost({ endpoint, lost: () => this.#remove(id) });
      return new RemoteSubscription(target, lost);
    }
    throw notATarget();
  }

  #add(subscription: Subscription): void {
    const before = this.#subscriptions.get(subscription.key);
    this.#subscriptions.set(subscription.key, subscription);
    before?.end(undefined);
    this.#tellChange();
  }

  #addBelow(channel: LocalChannel): void {
    // With nothing above it, this one is on no circle yet; looking through a long chain each time would be slow.
    if (channel === this || (this.#above > 0 && treeOf(channel).has(this))) throw this.#cycleError(channel);
    if (this.#below.has(channel) || channel.closed) return;
    this.#below.set(
      channel,
      channel.onClose(() => this.#removeBelow(channel)),
    );
    channel.#above += 1;
    this.#tellChange();
  }

  #removeBelow(channel: LocalChannel): void {
    const closing = this.#below.get(channel);
    if (closing === undefined) return;
    closing[Symbol.dispose]();
    this.#below.delete(channel);
    channel.#above -= 1;
  }

  #tellChange(): void {
    // A copy: who has to wait on comes back in the set.
    const told = [...this.#changed];
    for (const tell of told) tell();
  }

  #remove(key: unknown): void {
    const subscription = this.#subscriptions.get(key);
    if (subscription === undefined) return;
    this.#subscriptions.delete(key);
    subscription.end(undefined);
  }

  #fullError(count: number): SkeinError {
    return new SkeinError(
      "MAILBOX_FULL",
      `${count} subscribers of channel ${this.name} are full and did not get the value`,
      {
        hint: 'use deliver, which waits for room, or make the channel with overflow: "drop-oldest"',
      },
    );
  }

  #cycleError(target: LocalChannel): SkeinError {
    return new SkeinError("CHANNEL_CYCLE", `channel ${target.name} already leads to ${this.name}`, {
      hint: "a value published on either would go round for ever",
    });
  }
}

function keyOf(target: unknown): unknown {
  if (target instanceof LocalRef) return target.target;
  if (target instanceof RemoteRef || target instanceof RemoteChannel) return target.id;
  return target;
}

function notATarget(): SkeinError {
  return new SkeinError("OPTION_INVALID", "only references of tasks and channels can be subscribed", {
    hint: "pass task.ref or a channel",
  });
}
