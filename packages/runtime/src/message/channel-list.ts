/** The channels of a runtime, for those who look: held weakly, so that one nobody uses goes. */
import type { ChannelId } from "../ids.ts";
import type { Engine } from "../task/engine.ts";
import { type ChannelTable, channelTable, type RemoteReader } from "./channel-table.ts";
import type { LocalChannel } from "./local-channel.ts";
import type { Reader } from "./reader.ts";
import { ReaderSubscription, RemoteSubscription, type Subscription, TaskSubscription } from "./subscription.ts";

/** Channels that are gone are taken out when the list has grown by this many. */
const SWEEP_AFTER = 1000;

export class ChannelList {
  readonly #engine: Engine;
  #refs: WeakRef<LocalChannel>[] = [];
  #sweepAt = SWEEP_AFTER;
  /** Ids of channels that nobody can send to by them: others only speak of them so. */
  readonly #ids = new WeakMap<LocalChannel, ChannelId>();
  readonly #readers = new WeakMap<Reader, string>();
  #lastReader = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** A channel was subscribed for the first time. */
  add(channel: LocalChannel): void {
    if (this.#refs.length >= this.#sweepAt) {
      this.#refs = this.#refs.filter((ref) => ref.deref()?.closed === false);
      this.#sweepAt = this.#refs.length + SWEEP_AFTER;
    }
    this.#refs.push(new WeakRef(channel));
  }

  /** Channels that have been subscribed here, or that others can send to. */
  all(): ReadonlySet<LocalChannel> {
    const all = new Set<LocalChannel>();
    for (const ref of this.#refs) {
      const channel = ref.deref();
      if (channel?.closed === false) all.add(channel);
    }
    // Only channels of this process are put there.
    for (const channel of (this.#engine.part(channelTable) as ChannelTable<LocalChannel>).all()) all.add(channel);
    return all;
  }

  /** Readers here of channels elsewhere. */
  readers(): Iterable<RemoteReader> {
    return this.#engine.part(channelTable).readers();
  }

  /** What those who look call it. */
  idOf(channel: LocalChannel): ChannelId {
    const known = channel.knownId ?? this.#ids.get(channel);
    if (known !== undefined) return known;
    const id = this.#engine.newChannelId();
    this.#ids.set(channel, id);
    return id;
  }

  /** The channel that {@link ChannelList.idOf} calls so. */
  find(id: ChannelId): LocalChannel | undefined {
    for (const channel of this.all()) if (channel.knownId === id || this.#ids.get(channel) === id) return channel;
    return undefined;
  }

  /** What those who look call one of a channel's subscribers. */
  subscriberId(subscription: Subscription): string {
    if (subscription instanceof RemoteSubscription) return subscription.key;
    if (subscription instanceof TaskSubscription) return subscription.ref.id;
    return subscription instanceof ReaderSubscription ? this.#readerId(subscription.key) : "";
  }

  /** The subscription of who is called so; channels of this process are below, and not among them. */
  subscription(channel: LocalChannel, subscriber: string): Subscription | undefined {
    return channel.direct.find((one) => this.subscriberId(one) === subscriber);
  }

  #readerId(reader: Reader): string {
    let id = this.#readers.get(reader);
    if (id === undefined) {
      this.#lastReader += 1;
      this.#readers.set(reader, (id = `reader ${this.#lastReader}`));
    }
    return id;
  }
}

/** The key of an engine's {@link ChannelList}. */
export const channelList = (engine: Engine): ChannelList => new ChannelList(engine);
