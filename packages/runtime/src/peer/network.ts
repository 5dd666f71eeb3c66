/** What peers need of a network: authenticated connections with links on them. libp2p is one, the simulator another. */
import type { Address, Location } from "../contracts/endpoint.ts";
import type { Link } from "../contracts/link.ts";
import type { PeerId } from "../ids.ts";
import type { KeyPair, NetworkWishes } from "../platform.ts";

/** The join protocol comes first on every connection; its link then carries the session's control frames. */
export const JOIN_PROTOCOL = "/skein/join/1";
/** All messages of a session. */
export const MESSAGES_PROTOCOL = "/skein/messages/1";

/** Values that are too large for a message, on links of their own. */
export const BULK_PROTOCOL = "/skein/bulk/1";
/** What else joined peers may open links for. */
export const FURTHER_PROTOCOLS: readonly string[] = [BULK_PROTOCOL];

/** A link whose largest frame can be raised once the other side has joined. */
export interface LimitedLink extends Link {
  setFrameLimit(bytes: number): void;
}

/** An encrypted connection to a peer that proved to hold the key of `remote`. */
export interface NetworkConnection {
  readonly remote: PeerId;
  /** The other end's address, as a multiaddr. */
  readonly address: string;
  readonly transport: string;
  /** Whether another peer carries it. */
  readonly relayed?: boolean;
  /** Whether this side opened it. */
  readonly dialled: boolean;
  openLink(protocol: string, signal: AbortSignal): Promise<LimitedLink>;
  /** Closes at once, with everything on it. Twice does nothing. */
  close(): void;
  /** Resolves when it is closed, by whom ever. */
  readonly closed: Promise<void>;
}

export interface NetworkHandlers {
  /** The other side opened a connection. */
  connected(connection: NetworkConnection): void;
  /** The other side opened a link on a connection. */
  linked(connection: NetworkConnection, protocol: string, link: LimitedLink): void;
}

export interface NetworkHost {
  /** Where others reach this peer, as multiaddrs that end in its PeerId. */
  addresses(): readonly Address[];
  /** Opens another connection, whichever there are already, to one of these multiaddrs (all of one peer). */
  dial(addresses: readonly Address[], signal: AbortSignal): Promise<NetworkConnection>;
  /** Has the peer at this address (it ends in its PeerId, and is connected) carry connections here. */
  reserve?(address: Address): Promise<void>;
  /** Asks the local network for peers now. */
  lookAround?(): void;
  close(): Promise<void>;
}

export interface NetworkHostOptions {
  readonly keys: KeyPair;
  /** Multiaddrs; empty: it only dials. */
  readonly listen: readonly string[];
  /** Multiaddrs to give instead of those listened on (behind NAT). */
  readonly announce: readonly string[];
  readonly handlers: NetworkHandlers;
  /** For `wss://`: a certificate and its key, as PEM text. */
  readonly tls?: NetworkWishes["tls"];
  /** Look for peers on the local network, those with the same tag (a DNS label). Nothing in what is found is proved. */
  readonly discover?: { readonly tag: string; readonly found: (location: Location) => void };
  /** Whether connections may become WebRTC ones, and the ports of UDP that those may use. */
  readonly webRtc?: boolean;
  readonly udpPorts?: NetworkWishes["udpPorts"];
  /** Addresses that may be dialled; others are passed over. Default: all. */
  readonly mayDial?: (address: Address) => boolean;
  /** Who may be carried by this peer, and have its connection become another. */
  readonly isMember?: (peer: PeerId) => boolean;
}
