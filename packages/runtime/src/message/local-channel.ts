/** A channel of this process. */
import { type Endpoint, type Location, sameEndpoint } from "../contracts/endpoint.ts";
import type { Operation, Stream } from "../contracts/operation.ts";
import type { ReaderPolicy } from "../contracts/router.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { MAILBOX_LIMIT } from "../defaults.ts";
import { type SkeinError, errorFrom } from "../errors.ts";
import type { ChannelId } from "../ids.ts";
import { Deferred, completed } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { checkLimit } from "../task/mailbox.ts";
import { RemoteRef } from "../task/remote-ref.ts";
import { runIn } from "../task/run-in.ts";
import { failed, LocalRef, unknownError } from "../task/task-ref.ts";
import type { ChannelOptions, DeliverOptions } from "./channel.ts";
import { deliverOn } from "./channel-delivery.ts";
import { type AnyChannel, leadsTo, leavesProcess } from "./channel-cycles.ts";
import { channelClosed, channelCycle, notATarget, subscribersFull } from "./channel-errors.ts";
import { channelList } from "./channel-list.ts";
import { type ChannelTable, channelTable } from "./channel-table.ts";
import { DROPPED, countDown, giveDown, treeOf } from "./channel-tree.ts";
import { Reader } from "./reader.ts";
import { RemoteChannel } from "./remote-channel.ts";
import { keyOf, ReaderSubscription, RemoteSubscription, type Subscription, TaskSubscription } from "./subscription.ts";
import { showAs } from "../task/show.ts";

export class LocalChannel {
  readonly engine: Engine;
  readonly name: string;
  /** Values that a subscriber could not take. */
  dropped = 0;
  /** Values it has given on, and how often one of its own subscribers took one. */
  published = 0;
  delivered = 0;
  #listed = false;
  readonly #options: ChannelOptions<unknown>;
  #transform: ((value: unknown) => unknown) | undefined;
  #id: ChannelId | undefined;
  readonly #subscriptions = new Map<unknown, Subscription>();
  /** Channels of this process that are subscribed, each with what ends its subscription when it closes. */
  readonly #below = new Map<LocalChannel, Disposable>();
  /** Channels, by their keys, that are subscribed once it is certain that nothing leads back from them. */
  readonly #linking = new Map<unknown, AnyChannel>();
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
      if (!this.#closed) this.#table.add(this);
    }
    return this.#id;
  }

  /** Its id, when it was asked for. */
  get knownId(): ChannelId | undefined {
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
    if (refused) throw subscribersFull(this.name, full);
  }

  deliver(value: unknown, options: DeliverOptions = {}): Operation<number> {
    return deliverOn(this, value, options);
  }

  subscribe(target: unknown, options?: WaitOptions): Operation<void> {
    if (this.#closed) return failed(this.engine, this.closedError());
    try {
      if (target instanceof LocalChannel) {
        this.#refuseCycle(target);
        if (this.#table.leadsAway > 0 && leavesProcess(target))
          return this.#link(target, () => this.#addBelow(target), options);
        this.#addBelow(target);
      } else if (target instanceof RemoteChannel && !target.reads) {
        if (this.#subscriptions.has(target.id)) return completed;
        return this.#link(target, () => this.#add(this.#remoteSubscription(target)), options);
      } else {
        const subscription = this.#subscriptionFor(target);
        if (subscription !== undefined) this.#add(subscription);
      }
    } catch (error) {
      return failed(this.engine, errorFrom(error));
    }
    return completed;
  }

  unsubscribe(target: unknown): void {
    this.#linking.delete(keyOf(target));
    if (target instanceof LocalChannel) this.#removeBelow(target);
    else this.#remove(keyOf(target));
  }

  subscribers(): Operation<number> {
    const count = new Deferred<number>("subscribers", this.engine);
    count.resolve(countDown(this));
    return count;
  }

  values(): Stream<unknown> {
    const { bufferLimit, overflow } = this.policy;
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
    if (this.#id !== undefined) this.#table.remove(this.#id);
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

  /** Channels to which its values go, or are about to. */
  *onward(): Iterable<AnyChannel> {
    yield* this.#below.keys();
    yield* this.#linking.values();
    for (const { onward } of this.#subscriptions.values()) if (onward !== undefined) yield onward;
  }

  /** How its readers keep what they have not taken. */
  get policy(): ReaderPolicy {
    const { bufferLimit = MAILBOX_LIMIT, overflow = "refuse" } = this.#options;
    return { bufferLimit, overflow };
  }

  /** A reader elsewhere says whether it has room. */
  hasRoom(reader: ChannelId, room: boolean, from: Endpoint): void {
    const subscription = this.#subscriptions.get(reader);
    if (subscription instanceof RemoteSubscription && sameEndpoint(subscription.endpoint, from)) {
      subscription.hasRoom(room);
    }
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
    let taken = 0;
    for (const subscription of this.#subscriptions.values()) {
      try {
        if (subscription.give(given)) taken += 1;
        else {
          full += 1;
          subscription.dropped += 1;
        }
      } catch (error) {
        failures.push(error);
      }
    }
    this.published += 1;
    this.delivered += taken;
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
    return channelClosed(this.name);
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
    if (target instanceof RemoteRef || target instanceof RemoteChannel) return this.#remoteSubscription(target);
    throw notATarget();
  }

  #remoteSubscription(target: RemoteRef | RemoteChannel): RemoteSubscription {
    return new RemoteSubscription(target, () => this.#remove(target.id));
  }

  /** Subscribes `target` by `add` once the processes it leads to have said that nothing leads back. */
  #link(target: AnyChannel, add: () => void, options: WaitOptions | undefined): Operation<void> {
    const key = keyOf(target);
    const done = new Deferred<void>("subscribe", this.engine);
    this.#linking.set(key, target);
    const away = this.#table.oneLeadsAway();
    const linked = (): boolean => {
      away[Symbol.dispose]();
      return this.#linking.delete(key);
    };
    const stop = runIn(
      this.engine,
      leadsTo(this.engine, target, this.id),
      (circle) => {
        const wanted = linked();
        if (circle) done.reject(channelCycle(this.name, target.name));
        else if (this.#closed) done.reject(this.closedError());
        else {
          if (wanted) add();
          done.resolve();
        }
      },
      (error) => {
        linked();
        done.reject(error);
      },
    );
    return done.limit(this.engine, options, () => {
      stop();
      linked();
    });
  }

  #add(subscription: Subscription): void {
    const before = this.#subscriptions.get(subscription.key);
    this.#subscriptions.set(subscription.key, subscription);
    before?.end(undefined);
    this.#list();
    this.#tellChange();
  }

  get #table(): ChannelTable {
    return this.engine.part(channelTable);
  }

  #refuseCycle(channel: LocalChannel): void {
    // With nothing above it, this one is on no circle yet; looking through a long chain each time would be slow.
    if (channel === this || (this.#above > 0 && treeOf(channel).has(this))) throw channelCycle(this.name, channel.name);
  }

  #addBelow(channel: LocalChannel): void {
    if (this.#below.has(channel) || channel.closed) return;
    this.#below.set(
      channel,
      channel.onClose(() => this.#removeBelow(channel)),
    );
    channel.#above += 1;
    this.#list();
    this.#tellChange();
  }

  /** Those who look find it from its first subscription on. */
  #list(): void {
    if (this.#listed) return;
    this.#listed = true;
    this.engine.part(channelList).add(this);
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
}

showAs("Channel", LocalChannel);
