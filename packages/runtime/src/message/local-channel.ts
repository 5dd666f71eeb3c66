/** A channel of this process. */
import type { Location } from "../contracts/endpoint.ts";
import type { Effect, Operation, Stream } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { MAILBOX_LIMIT } from "../defaults.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import type { ChannelId } from "../ids.ts";
import { settled } from "../task/combine.ts";
import { Deferred, completed } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { op } from "../task/op.ts";
import { RemoteRef } from "../task/remote-ref.ts";
import { runIn } from "../task/run-in.ts";
import { failed, LocalRef, unknownError } from "../task/task-ref.ts";
import type { ChannelOptions, DeliverOptions } from "./channel.ts";
import { channelTable } from "./channel-table.ts";
import { Reader } from "./reader.ts";
import { RemoteChannel } from "./remote-channel.ts";
import { ReaderSubscription, RemoteSubscription, type Subscription, TaskSubscription } from "./subscription.ts";

/** How far a delivery has come; its `TIMEOUT` carries the count. */
interface Delivery {
  delivered: number;
}

export class LocalChannel {
  readonly engine: Engine;
  readonly name: string;
  /** Values that a subscriber could not take. */
  dropped = 0;
  readonly #options: ChannelOptions<unknown>;
  #transform: ((value: unknown) => unknown) | undefined;
  #id: ChannelId | undefined;
  readonly #subscriptions = new Map<unknown, Subscription>();
  /** Deliveries that wait for subscribers. */
  readonly #grown = new Set<() => void>();
  #closers: Set<() => void> | undefined;
  #closed = false;

  constructor(engine: Engine, name: string, options: ChannelOptions<unknown>) {
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
    if (this.#closed) throw this.#closedError();
    const transform = this.#transform;
    const given = transform === undefined ? value : transform(value);
    if (transform !== undefined && given === undefined) return;
    let full = 0;
    for (const subscription of this.#subscriptions.values()) if (!subscription.give(given)) full += 1;
    if (full === 0) return;
    this.dropped += full;
    if (this.#options.overflow !== "drop-oldest") throw this.#fullError(full);
  }

  deliver(value: unknown, options: DeliverOptions = {}): Operation<number> {
    if (this.#closed) return failed(this.engine, this.#closedError());
    const delivery: Delivery = { delivered: 0 };
    const done = new Deferred<number>(`deliver on channel ${this.name}`, this.engine);
    const giveUp = runIn(
      this.engine,
      op(deliverSteps, [this, value, options.subscribers ?? 0, delivery]),
      (count) => done.resolve(count),
      (error) => done.reject(error),
    );
    return done.limit(this.engine, options, giveUp, (error) => Object.assign(error, { delivered: delivery.delivered }));
  }

  subscribe(target: unknown, _options?: WaitOptions): Operation<void> {
    if (this.#closed) return failed(this.engine, this.#closedError());
    try {
      const subscription = this.#subscriptionFor(target);
      if (subscription !== undefined) this.#add(subscription);
    } catch (error) {
      return failed(this.engine, errorFrom(error));
    }
    return completed;
  }

  unsubscribe(target: unknown): void {
    this.#remove(keyOf(target));
  }

  subscribers(): Operation<number> {
    const count = new Deferred<number>("subscribers", this.engine);
    count.resolve(this.count());
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
    for (const told of this.#grown) told();
    for (const told of this.#closers ?? []) told();
    if (this.#id !== undefined) this.engine.part(channelTable).remove(this.#id);
    return completed;
  }

  // What a subscription to another channel does is a Subscription, too; the rest of this class is for that and for deliver.

  get closed(): boolean {
    return this.#closed;
  }

  /** Calls back when it is closed. */
  onClose(call: () => void): Disposable {
    const closers = (this.#closers ??= new Set());
    closers.add(call);
    return { [Symbol.dispose]: () => closers.delete(call) };
  }

  /** Recipients, those of subscribed channels of this process included. */
  count(): number {
    let count = 0;
    for (const subscription of this.#subscriptions.values()) count += subscription.count();
    return count;
  }

  /** Whether a value published here would come to `other`. */
  reaches(other: LocalChannel): boolean {
    if (other === this) return true;
    for (const subscription of this.#subscriptions.values()) {
      if (subscription instanceof ChannelSubscription && subscription.key.reaches(other)) return true;
    }
    return false;
  }

  /** The present subscriptions and what they get of `value`; `undefined` when the transform drops it. */
  forDelivery(value: unknown): { readonly given: unknown; readonly to: readonly Subscription[] } | undefined {
    const given = this.#transform === undefined ? value : this.#transform(value);
    if (this.#transform !== undefined && given === undefined) return undefined;
    return { given, to: [...this.#subscriptions.values()] };
  }

  /** Resolves when somebody subscribed, or the channel is closed. */
  grown(): Deferred<void> {
    const grown = new Deferred<void>(`subscribers of channel ${this.name}`, this.engine);
    const told = (): void => {
      this.#grown.delete(told);
      grown.resolve();
    };
    this.#grown.add(told);
    return grown;
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
    if (!(target instanceof LocalChannel)) throw notATarget();
    if (target.reaches(this)) throw this.#cycleError(target);
    return new ChannelSubscription(target);
  }

  #add(subscription: Subscription): void {
    const before = this.#subscriptions.get(subscription.key);
    this.#subscriptions.set(subscription.key, subscription);
    before?.end(undefined);
    for (const told of this.#grown) told();
  }

  #remove(key: unknown): void {
    const subscription = this.#subscriptions.get(key);
    if (subscription === undefined) return;
    this.#subscriptions.delete(key);
    subscription.end(undefined);
  }

  #closedError(): SkeinError {
    return new SkeinError("CHANNEL_CLOSED", `channel ${this.name || "without a name"} is closed`, {
      hint: "publish before close(), or make a new channel",
    });
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

/** Another channel of this process. It ends by itself when that is closed. */
class ChannelSubscription implements Subscription {
  readonly key: LocalChannel;
  readonly endpoint: undefined = undefined;

  constructor(channel: LocalChannel) {
    this.key = channel;
  }

  give(value: unknown): boolean {
    if (this.key.closed) return true;
    this.key.publish(value);
    return true;
  }

  deliver(value: unknown): Operation<unknown> {
    return this.key.deliver(value);
  }

  count(): number {
    return this.key.count();
  }

  end(): void {}
}

function* deliverSteps(
  channel: LocalChannel,
  value: unknown,
  wanted: number,
  delivery: Delivery,
): Generator<Effect, number, unknown> {
  while (channel.count() < wanted && !channel.closed) yield* channel.grown();
  const round = channel.forDelivery(value);
  if (round === undefined || channel.closed) return 0;
  const deliveries = round.to.map((subscription) => op(countOne, [subscription, round.given, delivery]));
  const exits = yield* settled(deliveries);
  // One that ended or was lost meanwhile does not count; anything else is the caller's to know.
  for (const exit of exits) if (exit.type === "failed" && !isGone(exit.error)) throw exit.error;
  return delivery.delivered;
}

function* countOne(subscription: Subscription, value: unknown, delivery: Delivery): Generator<Effect, void, unknown> {
  const count = yield* subscription.deliver(value);
  delivery.delivered += typeof count === "number" ? count : 1;
}

function isGone(error: Error): boolean {
  return (
    "code" in error && (error.code === "TASK_UNKNOWN" || error.code === "CHANNEL_CLOSED" || error.code === "PEER_LOST")
  );
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
