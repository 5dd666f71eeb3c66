/** How our libp2p is set: so that its defaults don't bite. */
import type { ICryptoInterface } from "@chainsafe/libp2p-noise";
import { privateKeyFromRaw } from "@libp2p/crypto/keys";
import type { PeerId as Libp2pPeerId } from "@libp2p/interface";
import { yamux } from "@libp2p/yamux";
import type { Libp2pOptions } from "libp2p";
import { DIAL_TIMEOUT_MS } from "../defaults.ts";
import type { PeerId } from "../ids.ts";
import type { LanDiscovery, NetworkParts } from "../platform.ts";
import { quickNoise } from "./libp2p-noise.ts";
import type { Relay } from "./libp2p-relay.ts";
import type { SignalledTransportFactory } from "./libp2p-signalled.ts";
import { endingWebSockets } from "./libp2p-web-socket.ts";
import type { NetworkHostOptions } from "./network.ts";

/** Connections a peer holds at most; past it libp2p closes those with the fewest streams. */
export const CONNECTION_LIMIT = 5000;

/** NETWORK.md sections 2 and 7: the defaults are for peers of the open internet, not for a cluster. */
export function libp2pSettings(
  parts: NetworkParts,
  options: NetworkHostOptions,
  relay: Relay,
  lan: LanDiscovery | undefined,
  webRtc: SignalledTransportFactory | undefined,
): Libp2pOptions {
  const raw = new Uint8Array(64);
  raw.set(options.keys.privateKey);
  raw.set(options.keys.publicKey, 32);
  // The host package made these for libp2p, as Platform's comment says; only this file knows their types.
  type Of<K extends "transports" | "peerDiscovery"> = NonNullable<Libp2pOptions[K]>;
  const own = (parts.transports as Of<"transports">).map(
    (make): typeof make =>
      (components) =>
        endingWebSockets(make(components)),
  );
  const signalled = webRtc === undefined ? [] : [webRtc];
  const transports = [...own, relay.transport, ...signalled] as Of<"transports">;
  const peerDiscovery = (lan === undefined ? [] : [lan.factory]) as Of<"peerDiscovery">;
  const server = parts.relayServer?.() as NonNullable<Libp2pOptions["services"]>[string] | undefined;
  const listens = options.listen.length > 0;
  // libp2p's text form of a PeerId is what ours is.
  const isMember = (id: Libp2pPeerId): boolean => options.isMember?.(id.toString() as PeerId) ?? false;
  const crypto = parts.noiseCrypto as ICryptoInterface | undefined;
  return {
    start: false,
    privateKey: privateKeyFromRaw(raw),
    // Nothing about this program is told to whoever connects.
    nodeInfo: { name: "skein", version: "1", userAgent: "skein" },
    addresses: { listen: [...options.listen], announce: [...options.announce] },
    transports,
    connectionEncrypters: [quickNoise(crypto === undefined ? {} : { crypto })],
    streamMuxers: [yamux({ enableKeepAlive: false, maxInboundStreams: 256, maxOutboundStreams: 256 })],
    peerDiscovery,
    ...(server === undefined || !listens ? {} : { services: { relay: server } }),
    connectionGater: {
      denyDialMultiaddr: () => false,
      // Members only are carried, and to members only.
      denyInboundRelayReservation: (source) => !isMember(source),
      denyOutboundRelayedConnection: (source, destination) => !isMember(source) || !isMember(destination),
      denyInboundRelayedConnection: (carrier) => !isMember(carrier),
    },
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
