/** The channels of a runtime by their ids, and what crosses to and from other processes. */
import { type Endpoint, sameEndpoint } from "../contracts/endpoint.ts";
import type { Operation, Stream } from "../contracts/operation.ts";
import type { ReaderPolicy } from "../contracts/router.ts";
import { errorFrom } from "../errors.ts";
import type { ChannelId, ServiceId } from "../ids.ts";
import { MAILBOX_LIMIT } from "../defaults.ts";
import type { Engine } from "../task/engine.ts";
import { runIn } from "../task/run-in.ts";
import { Reader } from "./reader.ts";
import type { RemoteChannel } from "./remote-channel.ts";

/** A channel of this process, as others see it. */
export interface OwnChannel {
  readonly id: ChannelId;
  readonly engine: Engine;
}

/** A reader here of a channel elsewhere. Its id is what the other side sends to. */
export class RemoteReader implements OwnChannel {
  readonly id: ChannelId;
  readonly engine: Engine;
  readonly source: RemoteChannel;
  readonly reader: Reader;
  /** What it has no room for is refused, and its owner told. */
  #refuses = false;
  /** Its owner has been told that there is no room. */
  #full = false;

  constructor(engine: Engine, source: RemoteChannel, leave: (remote: RemoteReader) => void) {
    this.engine = engine;
    this.id = engine.newChannelId();
    this.source = source;
    this.reader = new Reader(engine, MAILBOX_LIMIT, "drop-oldest", () => leave(this));
  }

  /** What the channel's owner says about its readers; until then nothing comes. */
  keep(policy: unknown): void {
    if (!isPolicy(policy)) return;
    this.reader.keep(policy);
    this.#refuses = policy.overflow === "refuse";
    if (this.#refuses) this.reader.onTaken = () => this.#taken();
  }

  /** Takes a value that was published, or counts it when there is no room. */
  push(value: unknown): void {
    if (!this.reader.push(value)) this.engine.droppedMessages += 1;
    this.#look();
  }

  /** Takes a value that was delivered; done when there is room for it. */
  deliver(value: unknown): Operation<void> {
    const delivered = this.reader.deliver(value);
    this.#look();
    return delivered;
  }

  #look(): void {
    if (this.#refuses && !this.#full && this.reader.isFull) this.#tell(false);
  }

  #taken(): void {
    if (this.#full && this.reader.isHalfEmpty) this.#tell(true);
  }

  #tell(room: boolean): void {
    this.#full = !room;
    const { id, endpoint } = this.source;
    try {
      this.engine.router?.post(endpoint, { type: "channel.room", channel: id, reader: this.id, room });
    } catch {
      // Its owner is gone, and with it the subscription.
    }
  }
}

function isPolicy(value: unknown): value is ReaderPolicy {
  return (
    typeof value === "object" &&
    value !== null &&
    "bufferLimit" in value &&
    Number.isSafeInteger(value.bufferLimit) &&
    Number(value.bufferLimit) >= 1 &&
    "overflow" in value &&
    (value.overflow === "refuse" || value.overflow === "drop-oldest")
  );
}

/** Something of a channel here that ends when another process is lost. */
export interface LostListener {
  readonly endpoint: Endpoint;
  /** What there it is about. */
  readonly id: ChannelId | ServiceId;
  lost(): void;
}

export class ChannelTable<C extends OwnChannel = OwnChannel> {
  readonly #engine: Engine;
  readonly #channels = new Map<ChannelId, C>();
  readonly #readers = new Map<ChannelId, RemoteReader>();
  readonly #listeners = new Set<LostListener>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Channels elsewhere that are subscribed here, or about to be: while there is none, no circle leaves this process. */
  leadsAway = 0;

  oneLeadsAway(): Disposable {
    this.leadsAway += 1;
    let left = false;
    return {
      [Symbol.dispose]: () => {
        if (!left) this.leadsAway -= 1;
        left = true;
      },
    };
  }

  add(channel: C): void {
    this.#channels.set(channel.id, channel);
  }

  remove(id: ChannelId): void {
    this.#channels.delete(id);
  }

  channel(id: ChannelId): C | undefined {
    return this.#channels.get(id);
  }

  all(): Iterable<C> {
    return this.#channels.values();
  }

  readers(): Iterable<RemoteReader> {
    return this.#readers.values();
  }

  reader(id: ChannelId): RemoteReader | undefined {
    return this.#readers.get(id);
  }

  /** A stream of the values of a channel elsewhere. */
  read(source: RemoteChannel): Stream<unknown> {
    const remote = new RemoteReader(this.#engine, source, (left) => this.#leave(left));
    this.#readers.set(remote.id, remote);
    runIn(
      this.#engine,
      source.subscribe(remote),
      (policy: unknown) => remote.keep(policy),
      (error) => this.#end(remote, errorFrom(error)),
    );
    return remote.reader.stream();
  }

  /** The owner of the channel `id`, at `from`, has closed it; or ends the one reader of that id. */
  closed(id: ChannelId, from: Endpoint): void {
    for (const remote of this.#readers.values()) {
      const meant = remote.source.id === id || remote.id === id;
      if (meant && sameEndpoint(remote.source.endpoint, from)) this.#end(remote, undefined);
    }
  }

  /** There is no channel `id` at `from` (any more). */
  gone(id: ChannelId, from: Endpoint): void {
    for (const listener of this.#listeners) {
      if (listener.id !== id || !sameEndpoint(listener.endpoint, from)) continue;
      this.#listeners.delete(listener);
      listener.lost();
    }
  }

  onLost(listener: LostListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Whether channels here and there know of each other. */
  holds(matches: (endpoint: Endpoint) => boolean): boolean {
    for (const { endpoint } of this.#listeners) if (matches(endpoint)) return true;
    for (const { source } of this.#readers.values()) if (matches(source.endpoint)) return true;
    return false;
  }

  lost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    for (const listener of this.#listeners) {
      if (!matches(listener.endpoint)) continue;
      this.#listeners.delete(listener);
      listener.lost();
    }
    for (const remote of this.#readers.values()) if (matches(remote.source.endpoint)) this.#end(remote, error);
  }

  #end(remote: RemoteReader, error: Error | undefined): void {
    this.#readers.delete(remote.id);
    remote.reader.finish(error);
  }

  #leave(remote: RemoteReader): void {
    if (!this.#readers.delete(remote.id)) return;
    try {
      remote.source.unsubscribe(remote);
    } catch {
      // Its owner is gone, and with it the subscription.
    }
  }
}

/** The key of an engine's {@link ChannelTable}. */
export const channelTable = (engine: Engine): ChannelTable => new ChannelTable(engine);
