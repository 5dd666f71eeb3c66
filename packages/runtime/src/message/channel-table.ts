/** The channels of a runtime by their ids, and what crosses to and from other processes. */
import { type Endpoint, sameEndpoint } from "../contracts/endpoint.ts";
import type { Stream } from "../contracts/operation.ts";
import { errorFrom } from "../errors.ts";
import type { ChannelId } from "../ids.ts";
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

  constructor(engine: Engine, source: RemoteChannel, leave: (remote: RemoteReader) => void) {
    this.engine = engine;
    this.id = engine.newChannelId();
    this.source = source;
    this.reader = new Reader(engine, MAILBOX_LIMIT, "drop-oldest", () => leave(this));
  }
}

/** Something of a channel here that ends when another process is lost. */
export interface LostListener {
  readonly endpoint: Endpoint;
  lost(error: Error): void;
}

export class ChannelTable<C extends OwnChannel = OwnChannel> {
  readonly #engine: Engine;
  readonly #channels = new Map<ChannelId, C>();
  readonly #readers = new Map<ChannelId, RemoteReader>();
  readonly #listeners = new Set<LostListener>();

  constructor(engine: Engine) {
    this.#engine = engine;
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
      () => undefined,
      (error) => this.#end(remote, errorFrom(error)),
    );
    return remote.reader.stream();
  }

  /** The owner of `id`, at `from`, has closed it. */
  closed(id: ChannelId, from: Endpoint): void {
    for (const remote of this.#readers.values()) {
      if (remote.source.id === id && sameEndpoint(remote.source.endpoint, from)) this.#end(remote, undefined);
    }
  }

  onLost(listener: LostListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  lost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    for (const listener of this.#listeners) {
      if (!matches(listener.endpoint)) continue;
      this.#listeners.delete(listener);
      listener.lost(error);
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
