/** libp2p as our network: its host, configured so that its defaults don't bite, behind {@link NetworkHost}. */
import type { Connection, Stream } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p } from "libp2p";
import type { Address } from "../contracts/endpoint.ts";
import { isPeerId, type PeerId } from "../ids.ts";
import type { LanDiscovery, NetworkParts, Platform } from "../platform.ts";
import { isRelayed, isSignalled, peerOfAddress, signalledAddress, transportOf, withPeer } from "./address.ts";
import { dialFirst } from "./libp2p-dial.ts";
import { Libp2pLink } from "./libp2p-link.ts";
import { libp2pRelay, type Relay } from "./libp2p-relay.ts";
import { libp2pSettings } from "./libp2p-settings.ts";
import { signalledTransport } from "./libp2p-signalled.ts";
import { dropLateUpdates } from "./libp2p-timers.ts";
import {
  FURTHER_PROTOCOLS,
  JOIN_PROTOCOL,
  MESSAGES_PROTOCOL,
  type LimitedLink,
  type NetworkConnection,
  type NetworkHost,
  type NetworkHostOptions,
} from "./network.ts";

/** Streams of each of our protocols that the other side may open on one connection. */
const STREAMS_PER_PROTOCOL = 4;

/** Starts listening; dials nobody by itself. */
export async function startLibp2pHost(
  parts: NetworkParts,
  options: NetworkHostOptions,
  platform: Platform,
): Promise<NetworkHost> {
  const relay = libp2pRelay();
  const lan = lanDiscovery(parts, options);
  const load = options.webRtc === false ? undefined : parts.webRtc;
  // libp2p's text form of a PeerId is what ours is.
  const isMember = (id: string): boolean => options.isMember?.(id as PeerId) ?? false;
  const webRtc = load === undefined ? undefined : signalledTransport(load, isMember);
  const libp2p = await createLibp2p(libp2pSettings(parts, options, relay, lan, webRtc));
  const direct = { dials: webRtc !== undefined, announces: webRtc !== undefined && !parts.listens };
  const host = new Libp2pHost(libp2p, options, platform, relay, lan, direct);
  try {
    await host.start();
  } catch (error) {
    lan?.close();
    await libp2p.stop();
    throw error;
  }
  return host;
}

/** Multicast DNS, where it is wanted and there. */
function lanDiscovery(
  parts: NetworkParts,
  { discover, listen, announce }: NetworkHostOptions,
): LanDiscovery | undefined {
  if (discover === undefined) return undefined;
  return parts.lanDiscovery?.({
    tag: discover.tag,
    answer: listen.length + announce.length > 0,
    found: (id, addresses) => {
      if (isPeerId(id)) discover.found({ peer: id, addresses: addresses.map((address) => withPeer(address, id)) });
    },
  });
}

/** What it does by WebRTC: pages say that they are reached so, others only make such connections to them. */
interface Direct {
  readonly dials: boolean;
  readonly announces: boolean;
}

class Libp2pHost implements NetworkHost {
  readonly #libp2p: Libp2p;
  readonly #options: NetworkHostOptions;
  readonly #connections = new WeakMap<Connection, Libp2pConnection>();

  readonly #platform: Platform;
  readonly #relay: Relay;
  readonly #lan: LanDiscovery | undefined;
  readonly #direct: Direct;

  constructor(
    libp2p: Libp2p,
    options: NetworkHostOptions,
    platform: Platform,
    relay: Relay,
    lan: LanDiscovery | undefined,
    direct: Direct,
  ) {
    this.#direct = direct;
    this.#libp2p = libp2p;
    this.#platform = platform;
    this.#options = options;
    this.#relay = relay;
    this.#lan = lan;
  }

  async start(): Promise<void> {
    const { handlers } = this.#options;
    this.#libp2p.addEventListener("connection:open", ({ detail }) => {
      if (detail.direction === "inbound") handlers.connected(this.#wrap(detail));
    });
    const onStream =
      (protocol: string) =>
      (stream: Stream, connection: Connection): void => {
        const wrapped = this.#wrap(connection);
        handlers.linked(wrapped, protocol, new Libp2pLink(stream, wrapped.transport));
      };
    const limits = {
      maxInboundStreams: STREAMS_PER_PROTOCOL,
      maxOutboundStreams: STREAMS_PER_PROTOCOL,
      // Relayed connections end after a while; the session then goes on over another one.
      runOnLimitedConnection: true,
    };
    for (const protocol of [JOIN_PROTOCOL, MESSAGES_PROTOCOL, ...FURTHER_PROTOCOLS]) {
      await this.#libp2p.handle(protocol, onStream(protocol), limits);
    }
    await this.#libp2p.start();
  }

  addresses(): readonly Address[] {
    const own = this.#libp2p.getMultiaddrs().map(String);
    return this.#direct.announces ? [...own, signalledAddress(this.#libp2p.peerId.toString())] : own;
  }

  async dial(addresses: readonly Address[], signal: AbortSignal): Promise<NetworkConnection> {
    const dialOne = async (address: Address, until: AbortSignal): Promise<Connection> =>
      await this.#libp2p.dial(multiaddr(address), { signal: until, force: true });
    const { mayDial = () => true } = this.#options;
    const possible = addresses.filter(
      (address) =>
        mayDial(address) && !this.#isByItself(address) && (!isSignalled(address) || this.#canSignal(address)),
    );
    return this.#wrap(await dialFirst(possible, dialOne, this.#platform, signal));
  }

  /** Whether this very peer would have to carry it. */
  #isByItself(address: Address): boolean {
    return address.includes(`/p2p/${this.#libp2p.peerId.toString()}/p2p-circuit`);
  }

  /** Whether there is a connection to agree on a direct one. */
  #canSignal(address: Address): boolean {
    const peer = peerOfAddress(address);
    const isTo = (connection: Connection): boolean =>
      connection.status === "open" && connection.remotePeer.toString() === peer;
    return this.#direct.dials && this.#libp2p.getConnections().some(isTo);
  }

  /** Has a connected peer that listens carry connections here. */
  async reserve(address: Address): Promise<void> {
    await this.#relay.reserve(address);
  }

  /** Asks the local network for peers now. */
  lookAround(): void {
    this.#lan?.ask();
  }

  async close(): Promise<void> {
    this.#lan?.close();
    for (const connection of this.#libp2p.getConnections()) this.#wrap(connection).close();
    await this.#libp2p.stop();
    dropLateUpdates(this.#libp2p);
  }

  #wrap(connection: Connection): Libp2pConnection {
    let wrapped = this.#connections.get(connection);
    if (wrapped === undefined) {
      wrapped = new Libp2pConnection(connection);
      this.#connections.set(connection, wrapped);
    }
    return wrapped;
  }
}

class Libp2pConnection implements NetworkConnection {
  readonly remote: PeerId;
  readonly address: string;
  readonly transport: string;
  readonly relayed: boolean;
  readonly dialled: boolean;
  readonly closed: Promise<void>;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    // libp2p's text form of a PeerId is what ours is.
    this.remote = connection.remotePeer.toString() as PeerId;
    this.address = connection.remoteAddr.toString();
    this.transport = transportOf(this.address);
    this.relayed = isRelayed(this.address);
    this.dialled = connection.direction === "outbound";
    this.closed = new Promise((resolve) => {
      if (connection.status !== "open") resolve();
      connection.addEventListener("close", () => resolve());
    });
  }

  async openLink(protocol: string, signal: AbortSignal): Promise<LimitedLink> {
    const stream = await this.#connection.newStream(protocol, {
      signal,
      maxOutboundStreams: STREAMS_PER_PROTOCOL,
      runOnLimitedConnection: true,
    });
    return new Libp2pLink(stream, this.transport);
  }

  close(): void {
    // `close` waits for streams to finish, which the other side may prevent.
    this.#connection.abort(new Error("the connection was closed"));
  }
}
