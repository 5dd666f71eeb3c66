/** What a peer knows of others: their addresses and the way to each; those of no use are forgotten. */
import { RECONNECT_FIRST_MS } from "../defaults.ts";
import { randomText, type PeerId } from "../ids.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import type { Member } from "./handshake.ts";
import { PeerCarrier } from "./peer-carrier.ts";

/** Peers whose addresses are remembered; past them those neither connected nor wanted are forgotten, some at a time. */
export const KNOWN_LIMIT = 4096;
const KNOWN_FORGOTTEN = 512;
/** Characters of this side's part of a session's name. */
const TOKEN_LENGTH = 16;

/** A dial under way. */
export interface Dial {
  readonly promise: Promise<Member>;
  /** Whether it is short: where the peer was, and others are not asked where it is. */
  readonly resumes: boolean;
  /** A connection came otherwise. */
  readonly arrived: (member: Member) => void;
  /** Nobody wants it any more: it has failed. */
  readonly abandon: () => void;
}

/** What is known of one peer. */
export interface Known {
  readonly peer: PeerId;
  readonly carrier: PeerCarrier;
  readonly addresses: Set<string>;
  /** While there is a session. */
  member: Member | undefined;
  /** What it calls itself; empty until it was connected. */
  name: string;
  rolesMask: number;
  /** What carries the connection in use, or did. */
  transport: string;
  /** The network it was last seen in, where that can be told. */
  network: string | undefined;
  joinedBefore: boolean;
  /** Which start of it the conversations belong to that outlived an idle session. */
  parted: string | undefined;
  /** This side's part of the name of the session with it: of the one there is, or of the next. */
  token: string;
  /** When a dial for something that waited came to nothing. */
  failedMs: number;
  /** Whether this side opened the last connection. */
  dialledLast: boolean;
  dial: Dial | undefined;
  /** Tries to bring its session back to life: how many there were, and the timer of the next. */
  seeking: { attempt: number; timer: TimerHandle } | undefined;
  /** Tries to find a better connection. */
  improving: { attempt: number; timer: TimerHandle } | undefined;
}

export interface KnownPeersOptions {
  readonly platform: Platform;
  /** Something waits to be sent to a peer that isn't connected. */
  readonly dial: (known: Known) => void;
  /** Whether it should stay connected, also while it can't be reached. */
  readonly isWanted: (peer: PeerId) => boolean;
  /** Nothing is known of it any more. */
  readonly forgotten: (peer: PeerId) => void;
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
      name: "",
      rolesMask: 0,
      transport: "",
      network: undefined,
      joinedBefore: false,
      parted: undefined,
      token: this.newToken(),
      failedMs: -Infinity,
      dialledLast: false,
      dial: undefined,
      seeking: undefined,
      improving: undefined,
    };
    if (this.#byId.size >= KNOWN_LIMIT) this.#forgetOldest();
    this.#byId.set(peer, known);
    return known;
  }

  /** That peer, or everybody. */
  those(peer?: PeerId): readonly Known[] {
    const known = [...this.#byId.values()];
    return known.filter((one) => peer === undefined || one.peer === peer);
  }

  newToken(): string {
    return randomText(TOKEN_LENGTH, (count) => this.#options.platform.randomBytes(count));
  }

  /** Of peers that are neither connected nor wanted, those heard of first. */
  #forgetOldest(): void {
    const { platform, isWanted, forgotten } = this.#options;
    let left = KNOWN_FORGOTTEN;
    for (const { peer, carrier, dial, failedMs } of this.#byId.values()) {
      const failing = platform.now() - failedMs < RECONNECT_FIRST_MS;
      if (failing || dial !== undefined || carrier.session !== undefined || isWanted(peer)) continue;
      carrier.close();
      this.#byId.delete(peer);
      forgotten(peer);
      left -= 1;
      if (left === 0) return;
    }
  }
}
