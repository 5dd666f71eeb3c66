/**
 * libp2p's circuit relay as a transport that is loaded when it is first wanted: a page has joined and works before
 * anybody is carried.
 */
import type { CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import {
  type Connection,
  type CreateListenerOptions,
  type DialTransportOptions,
  type Listener,
  serviceCapabilities,
  start,
  type Startable,
  stop,
  type Transport,
  transportSymbol,
} from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { isRelayed } from "./address.ts";

type Components = CircuitRelayTransportComponents;

export interface Relay {
  /** For libp2p's `transports`. */
  readonly transport: (components: Components) => Transport;
  /** Has the peer at this address (it ends in its PeerId, and is connected) carry connections here. */
  readonly reserve: (address: string) => Promise<void>;
}

/** For one host. */
export function libp2pRelay(): Relay {
  let made: RelayTransport | undefined;
  return {
    transport: (components) => (made = new RelayTransport(components)),
    reserve: async (relay) => await made?.reserve(relay),
  };
}

class RelayTransport implements Transport, Startable {
  readonly [transportSymbol] = true;
  readonly [Symbol.toStringTag] = "skein/relay";
  readonly [serviceCapabilities]: string[] = ["@libp2p/transport", "@libp2p/circuit-relay-v2-transport"];
  readonly #components: Components;
  /** By the address at the relay that each has. */
  readonly #listeners = new Map<string, Listener>();
  #loading: Promise<Transport> | undefined;
  #carried: Transport | undefined;
  #stopped = false;

  constructor(components: Components) {
    this.#components = components;
  }

  start(): void {
    this.#stopped = false;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await stop(this.#carried);
  }

  dialFilter(addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter((address) => isRelayed(address.toString()));
  }

  listenFilter(addresses: Multiaddr[]): Multiaddr[] {
    return this.#carried?.listenFilter(addresses) ?? [];
  }

  createListener(options: CreateListenerOptions): Listener {
    if (this.#carried === undefined) throw new Error("nobody is carried before it is loaded");
    const listener = this.#carried.createListener(options);
    const listen = listener.listen.bind(listener);
    listener.listen = async (address) => {
      await listen(address);
      this.#listeners.set(address.toString(), listener);
    };
    return listener;
  }

  async dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const carried = await this.#loaded();
    return await carried.dial(address, options);
  }

  async reserve(relay: string): Promise<void> {
    await this.#loaded();
    const address = multiaddr(`${relay}/p2p-circuit`);
    const listener = this.#listeners.get(address.toString());
    // The listener of a connection that ended takes a new one.
    if (listener === undefined) await this.#components.transportManager.listen([address]);
    else await listener.listen(address);
  }

  #loaded(): Promise<Transport> {
    this.#loading ??= this.#load();
    // When it can't be loaded now, it may be later.
    this.#loading.catch(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #load(): Promise<Transport> {
    const { carriedTransport } = await import("./libp2p-carried.ts");
    if (this.#stopped) throw closed();
    const carried = carriedTransport(this.#components);
    await start(carried);
    if (this.#stopped) {
      await stop(carried);
      throw closed();
    }
    this.#carried = carried;
    return carried;
  }
}

const closed = (): Error => new Error("this peer has closed");
