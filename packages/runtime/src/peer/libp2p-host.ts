/** libp2p as our network: its host, configured so that its defaults don't bite, behind {@link NetworkHost}. */
import { noise, type ICryptoInterface } from "@chainsafe/libp2p-noise";
import { privateKeyFromRaw } from "@libp2p/crypto/keys";
import type { Connection, Stream } from "@libp2p/interface";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p, type Libp2pOptions } from "libp2p";
import type { Address } from "../contracts/endpoint.ts";
import { DIAL_TIMEOUT_MS } from "../defaults.ts";
import type { PeerId } from "../ids.ts";
import type { NetworkParts } from "../platform.ts";
import { transportOf } from "./address.ts";
import { Libp2pLink } from "./libp2p-link.ts";
import {
  JOIN_PROTOCOL,
  MESSAGES_PROTOCOL,
  type LimitedLink,
  type NetworkConnection,
  type NetworkHost,
  type NetworkHostOptions,
} from "./network.ts";

/** Connections a peer holds at most; past it libp2p closes those with the fewest streams. */
export const CONNECTION_LIMIT = 5000;
/** Streams of each of our protocols that the other side may open on one connection. */
const STREAMS_PER_PROTOCOL = 4;

/** Starts listening; dials nobody by itself. */
export async function startLibp2pHost(parts: NetworkParts, options: NetworkHostOptions): Promise<NetworkHost> {
  const libp2p = await createLibp2p(settings(parts, options));
  const host = new Libp2pHost(libp2p, options);
  try {
    await host.start();
  } catch (error) {
    await libp2p.stop();
    throw error;
  }
  return host;
}

/** NETWORK.md sections 2 and 7: the defaults are for peers of the open internet, not for a cluster. */
function settings(parts: NetworkParts, options: NetworkHostOptions): Libp2pOptions {
  const raw = new Uint8Array(64);
  raw.set(options.keys.privateKey);
  raw.set(options.keys.publicKey, 32);
  // The host package made these two for libp2p, as Platform's comment says; only this file knows their types.
  const transports = parts.transports as NonNullable<Libp2pOptions["transports"]>;
  const crypto = parts.noiseCrypto as ICryptoInterface | undefined;
  return {
    start: false,
    privateKey: privateKeyFromRaw(raw),
    // Nothing about this program is told to whoever connects.
    nodeInfo: { name: "skein", version: "1", userAgent: "skein" },
    addresses: { listen: [...options.listen], announce: [...options.announce] },
    transports,
    connectionEncrypters: [noise(crypto === undefined ? {} : { crypto })],
    streamMuxers: [yamux({ enableKeepAlive: false, maxInboundStreams: 256, maxOutboundStreams: 256 })],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: {
      maxConnections: CONNECTION_LIMIT,
      inboundConnectionThreshold: 10_000,
      maxIncomingPendingConnections: 1000,
      maxParallelDials: 100,
      maxDialQueueLength: CONNECTION_LIMIT,
      dialTimeout: DIAL_TIMEOUT_MS,
      // Reconnecting is ours: libp2p gives up after half a minute.
      reconnectRetries: 0,
    },
    // Heartbeats are ours: libp2p's closes a healthy connection after one missed ping.
    connectionMonitor: { enabled: false },
  };
}

class Libp2pHost implements NetworkHost {
  readonly #libp2p: Libp2p;
  readonly #options: NetworkHostOptions;
  readonly #connections = new WeakMap<Connection, Libp2pConnection>();

  constructor(libp2p: Libp2p, options: NetworkHostOptions) {
    this.#libp2p = libp2p;
    this.#options = options;
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
    const limits = { maxInboundStreams: STREAMS_PER_PROTOCOL, maxOutboundStreams: STREAMS_PER_PROTOCOL };
    await this.#libp2p.handle(JOIN_PROTOCOL, onStream(JOIN_PROTOCOL), limits);
    await this.#libp2p.handle(MESSAGES_PROTOCOL, onStream(MESSAGES_PROTOCOL), limits);
    await this.#libp2p.start();
  }

  addresses(): readonly Address[] {
    return this.#libp2p.getMultiaddrs().map(String);
  }

  async dial(addresses: readonly Address[], signal: AbortSignal): Promise<NetworkConnection> {
    return this.#wrap(
      await this.#libp2p.dial(
        addresses.map((address) => multiaddr(address)),
        { signal },
      ),
    );
  }

  async close(): Promise<void> {
    for (const connection of this.#libp2p.getConnections()) this.#wrap(connection).close();
    await this.#libp2p.stop();
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
  readonly dialled: boolean;
  readonly closed: Promise<void>;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    // libp2p's text form of a PeerId is what ours is.
    this.remote = connection.remotePeer.toString() as PeerId;
    this.address = connection.remoteAddr.toString();
    this.transport = transportOf(this.address);
    this.dialled = connection.direction === "outbound";
    this.closed = new Promise((resolve) => {
      if (connection.status !== "open") resolve();
      connection.addEventListener("close", () => resolve());
    });
  }

  async openLink(protocol: string, signal: AbortSignal): Promise<LimitedLink> {
    const stream = await this.#connection.newStream(protocol, { signal, maxOutboundStreams: STREAMS_PER_PROTOCOL });
    return new Libp2pLink(stream, this.transport);
  }

  close(): void {
    // `close` waits for streams to finish, which the other side may prevent.
    this.#connection.abort(new Error("the connection was closed"));
  }
}
