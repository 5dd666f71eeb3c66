/** What a peer table is made of, and whom it tells. */
import type { Address } from "../contracts/endpoint.ts";
import type { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { HeartbeatTimes } from "../link/heartbeat.ts";
import type { Logger } from "../logger.ts";
import type { Platform } from "../platform.ts";
import type { Codec } from "../wire/codec.ts";
import type { Connector } from "./connector.ts";
import type { PeerEvent } from "./events.ts";
import type { EndpointTable } from "./identity.ts";
import type { Member } from "./handshake.ts";
import type { LimitedLink, NetworkHost } from "./network.ts";
import type { PeerCarrier } from "./peer-carrier.ts";

/** Who knows which peers are wanted, and where others are. */
export interface PeerFinder {
  /** Asks others where a peer is that can't be reached at what is known. */
  whereIs(peer: PeerId): Promise<readonly Address[]>;
  /** Whether nothing wants the session with this peer. */
  mayPart(peer: PeerId): boolean;
  /** An idle session is over; nothing is lost but the peer out of sight. */
  lost(peer: PeerId): void;
}

export interface PeerTableOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly self: PeerId;
  readonly table: EndpointTable;
  readonly codec: Codec;
  readonly times: HeartbeatTimes;
  readonly host: () => NetworkHost;
  readonly connector: () => Connector;
  readonly finder: () => PeerFinder;
  readonly onFrame: (frame: Uint8Array, from: PeerId, rolesMask: number) => void;
  readonly onEvent: (event: PeerEvent) => void;
  /** What was for this peer, or waits for its answer, fails. */
  readonly onLost: (peer: PeerId, error: SkeinError) => void;
}

/** Somebody connected, as the table knows it. */
export interface ConnectedMember extends Member {
  readonly transport: string;
  readonly suspected: boolean;
}

/** To one peer. */
export interface Way {
  readonly peer: PeerId;
  readonly carrier: PeerCarrier;
}

/** Takes links that another peer opened. */
export type LinkHandler = (link: LimitedLink, from: PeerId) => void;
