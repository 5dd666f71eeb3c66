/** What a peer knows of others: their addresses and the way to each; those of no use are forgotten. */
import { RECONNECT_FIRST_MS } from "../defaults.ts";
import type { PeerId } from "../ids.ts";
import type { Platform } from "../platform.ts";
import type { Member } from "./handshake.ts";
import type { NetworkConnection } from "./network.ts";
import { PeerCarrier } from "./peer-carrier.ts";

/** Peers whose addresses are remembered; past them those neither connected nor wanted are forgotten, some at a time. */
export const KNOWN_LIMIT = 4096;
const KNOWN_FORGOTTEN = 512;

/** What is known of one peer. */
export interface Known {
  readonly peer: PeerId;
  readonly carrier: PeerCarrier;
  readonly addresses: Set<string>;
  member: Member | undefined;
  joinedBefore: boolean;
  /** When a dial for something that waited came to nothing. */
  failedMs: number;
  connection: NetworkConnection | undefined;
  dialling: Promise<Member> | undefined;
}

export interface KnownPeersOptions {
  readonly platform: Platform;
  /** Something waits to be sent to a peer that isn't connected. */
  readonly dial: (known: Known) => void;
  /** Whether it should stay connected, also while it can't be reached. */
  readonly isWanted: (peer: PeerId) => boolean;
}

export class KnownPeers {
  readonly #options: KnownPeersOptions;
  readonly #byId = new Map<PeerId, Known>();

  constructor(options: KnownPeersOptions) {
    this.#options = options;
  }

  get(peer: PeerId): Known | undefined {
    return this.#byId.get(peer);
  }

  all(): Iterable<Known> {
    return this.#byId.values();
  }

  /** What is known of `peer`; from now on it is, if nothing was. */
  find(peer: PeerId): Known {
    const before = this.#byId.get(peer);
    if (before !== undefined) return before;
    const known: Known = {
      peer,
      carrier: new PeerCarrier(() => this.#options.dial(known)),
      addresses: new Set(),
      member: undefined,
      joinedBefore: false,
      failedMs: -Infinity,
      connection: undefined,
      dialling: undefined,
    };
    if (this.#byId.size >= KNOWN_LIMIT) this.#forgetOldest();
    this.#byId.set(peer, known);
    return known;
  }

  /** Of peers that are neither connected nor wanted, those heard of first. */
  #forgetOldest(): void {
    const { platform, isWanted } = this.#options;
    let left = KNOWN_FORGOTTEN;
    for (const { peer, carrier, dialling, failedMs } of this.#byId.values()) {
      const failing = platform.now() - failedMs < RECONNECT_FIRST_MS;
      if (failing || dialling !== undefined || carrier.session !== undefined || isWanted(peer)) continue;
      carrier.close();
      this.#byId.delete(peer);
      left -= 1;
      if (left === 0) return;
    }
  }
}
