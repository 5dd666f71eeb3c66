/** What peers need of a network: authenticated connections with links on them. libp2p is one, the simulator another. */
import type { Address } from "../contracts/endpoint.ts";
import type { Link } from "../contracts/link.ts";
import type { PeerId } from "../ids.ts";
import type { KeyPair } from "../platform.ts";

/** The join protocol comes first on every connection; its link then carries the session's control frames. */
export const JOIN_PROTOCOL = "/skein/join/1";
/** All messages of a session. */
export const MESSAGES_PROTOCOL = "/skein/messages/1";

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
  /** Opens a connection, or gives the one that is open, to one of these multiaddrs (all of one peer). */
  dial(addresses: readonly Address[], signal: AbortSignal): Promise<NetworkConnection>;
  close(): Promise<void>;
}

export interface NetworkHostOptions {
  readonly keys: KeyPair;
  /** Multiaddrs; empty: it only dials. */
  readonly listen: readonly string[];
  /** Multiaddrs to give instead of those listened on (behind NAT). */
  readonly announce: readonly string[];
  readonly handlers: NetworkHandlers;
}
