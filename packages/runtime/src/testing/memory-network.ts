/** A network in memory: peers of one process join and talk without sockets. For tests and the simulator. */
import type { Address } from "../contracts/endpoint.ts";
import type { Link } from "../contracts/link.ts";
import type { PeerId } from "../ids.ts";
import { newSignal } from "../link/inbox.ts";
import { memoryLinks } from "../link/memory.ts";
import { peerIdOf } from "../peer/identity.ts";
import type { LimitedLink, NetworkConnection, NetworkHost, NetworkHostOptions } from "../peer/network.ts";
import type { Platform } from "../platform.ts";

export interface MemoryNetwork {
  /** Give it to `createPeer` as `network`; peers listen on `/memory/NAME`. */
  readonly network: (options: NetworkHostOptions) => Promise<NetworkHost>;
  /** Breaks every connection between two peers, as a cable that is cut. */
  readonly cut: (one: PeerId, other: PeerId) => void;
  /** As `cut`, and they can't connect again until it is healed. */
  readonly partition: (one: PeerId, other: PeerId) => void;
  readonly heal: () => void;
}

type Clockless = Pick<Platform, "microtask">;

export function createMemoryNetwork(platform: Clockless): MemoryNetwork {
  const hosts = new Map<string, MemoryHost>();
  const parted = new Set<string>();
  const cut = (one: PeerId, other: PeerId): void => {
    for (const host of new Set(hosts.values())) host.cut(one, other);
  };
  return {
    network: (options) => {
      const host = new MemoryHost(platform, hosts, parted, options);
      for (const address of options.listen) hosts.set(address, host);
      return Promise.resolve(host);
    },
    cut,
    partition: (one, other) => {
      parted.add(`${one} ${other}`).add(`${other} ${one}`);
      cut(one, other);
    },
    heal: () => parted.clear(),
  };
}

class MemoryHost implements NetworkHost {
  readonly peer: PeerId;
  readonly #platform: Clockless;
  readonly #hosts: Map<string, MemoryHost>;
  readonly #parted: ReadonlySet<string>;
  readonly #options: NetworkHostOptions;
  readonly #connections = new Set<MemoryConnection>();

  constructor(
    platform: Clockless,
    hosts: Map<string, MemoryHost>,
    parted: ReadonlySet<string>,
    options: NetworkHostOptions,
  ) {
    this.#platform = platform;
    this.#hosts = hosts;
    this.#parted = parted;
    this.#options = options;
    this.peer = peerIdOf(options.keys.publicKey);
  }

  addresses(): readonly Address[] {
    return this.#options.listen.map((address) => `${address}/p2p/${this.peer}`);
  }

  dial(addresses: readonly Address[]): Promise<NetworkConnection> {
    for (const address of addresses) {
      const [place = "", expected] = address.split("/p2p/");
      const host = this.#hosts.get(place);
      if (host === undefined || (expected !== undefined && host.peer !== expected)) continue;
      if (this.#parted.has(`${this.peer} ${host.peer}`)) continue;
      const here = new MemoryConnection(this.#platform, host.peer, address, true, host);
      const there = new MemoryConnection(this.#platform, this.peer, `/memory/from-${this.peer}`, false, this);
      here.join(there);
      this.#add(here);
      host.#add(there);
      host.#options.handlers.connected(there);
      return Promise.resolve(here);
    }
    return Promise.reject(new Error(`nobody listens at ${addresses.join(", ")}`));
  }

  /** The other side opened a link. */
  linked(connection: MemoryConnection, protocol: string, link: LimitedLink): void {
    this.#options.handlers.linked(connection, protocol, link);
  }

  cut(one: PeerId, other: PeerId): void {
    if (this.peer !== one && this.peer !== other) return;
    for (const connection of this.#connections) {
      if (connection.remote === one || connection.remote === other) connection.close();
    }
  }

  close(): Promise<void> {
    for (const address of this.#options.listen) this.#hosts.delete(address);
    for (const connection of this.#connections) connection.close();
    return Promise.resolve();
  }

  #add(connection: MemoryConnection): void {
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
  }
}

class MemoryConnection implements NetworkConnection {
  readonly remote: PeerId;
  readonly address: string;
  readonly transport = "memory";
  readonly dialled: boolean;
  readonly #platform: Clockless;
  /** The host at the other end. */
  readonly #host: MemoryHost;
  readonly #closed = newSignal<void>();
  readonly closed: Promise<void> = this.#closed.promise;
  readonly #links: Link[] = [];
  #other: MemoryConnection | undefined;
  #open = true;

  constructor(platform: Clockless, remote: PeerId, address: string, dialled: boolean, host: MemoryHost) {
    this.#platform = platform;
    this.remote = remote;
    this.address = address;
    this.dialled = dialled;
    this.#host = host;
  }

  join(other: MemoryConnection): void {
    this.#other = other;
    other.#other = this;
  }

  openLink(protocol: string): Promise<LimitedLink> {
    const other = this.#other;
    if (!this.#open || other === undefined) return Promise.reject(new Error("the connection is closed"));
    const [near, far] = memoryLinks(this.#platform);
    this.#links.push(near, far);
    this.#host.linked(other, protocol, unlimited(far));
    return Promise.resolve(unlimited(near));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const link of this.#links) link.abort(new Error("the connection was closed"));
    this.#closed.resolve();
    this.#other?.close();
  }
}

/** Frames in memory come from our own process: their size needs no limit. */
const unlimited = (link: Link): LimitedLink => Object.assign(link, { setFrameLimit: () => {} });
