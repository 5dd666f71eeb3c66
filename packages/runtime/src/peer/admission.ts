/**
 * Bounds on peers that have not joined: how often one may fail, and how many a place may have at once. Machines behind one
 * address are one place: one of them that fails on and on must not lock out the others. Pure.
 */
import { JOINS_PER_MINUTE, UNJOINED_AFTER_FAILURES, UNJOINED_PER_PLACE_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { MINUTE_MS } from "../units.ts";

/** Places remembered; the oldest is forgotten first. */
const PLACES_LIMIT = 10_000;
/** Peers of one place that are remembered as having failed. */
const FAILED_PEERS_LIMIT = 100;

interface Failure {
  readonly peer: PeerId;
  readonly atMs: number;
}

/** The failed joins of each place over the last minute. */
export class FailedJoins {
  readonly #byPlace = new Map<string, readonly Failure[]>();

  /** Whether so many failed there that few more are heard at once. */
  isBusy(place: string, nowMs: number): boolean {
    return this.#recent(place, nowMs).length >= JOINS_PER_MINUTE;
  }

  /** Whether this peer is among those who made it busy. */
  isBarred(place: string, peer: PeerId, nowMs: number): boolean {
    return this.isBusy(place, nowMs) && this.#recent(place, nowMs).some((failure) => failure.peer === peer);
  }

  failed(place: string, peer: PeerId, nowMs: number): void {
    const failures = [...this.#recent(place, nowMs), { peer, atMs: nowMs }].slice(-FAILED_PEERS_LIMIT);
    this.#byPlace.delete(place);
    this.#byPlace.set(place, failures);
    if (this.#byPlace.size <= PLACES_LIMIT) return;
    const oldest = this.#byPlace.keys().next();
    if (oldest.done !== true) this.#byPlace.delete(oldest.value);
  }

  #recent(place: string, nowMs: number): readonly Failure[] {
    return (this.#byPlace.get(place) ?? []).filter(({ atMs }) => nowMs - atMs < MINUTE_MS);
  }
}

/** One connection on which nobody has joined yet. */
export interface Unjoined {
  joined(): void;
  /** It ends without a join, whoever ended it. */
  failed(nowMs: number): void;
}

export interface Entering {
  /** The other end's, as a multiaddr. */
  readonly address: string;
  readonly peer: PeerId;
  /** Who has been a member before always comes in: he may well lose his way in, again and again. */
  readonly known: boolean;
  /** Ends this connection, to make room for another one of its place. */
  readonly giveWay: () => void;
}

/** Lets connections in, so many at once from each place, the newest in place of the oldest. */
export class Admission {
  readonly #failed = new FailedJoins();
  /** By place, those on which nobody has joined yet, oldest first. */
  readonly #open = new Map<string, Set<() => void>>();

  /** Nothing when this peer is not heard now. */
  enter({ address, peer, known, giveWay }: Entering, nowMs: number): Unjoined | undefined {
    const place = placeOf(address);
    if (known || place === undefined) return ALWAYS;
    if (this.#failed.isBarred(place, peer, nowMs)) return undefined;
    const most = this.#failed.isBusy(place, nowMs) ? UNJOINED_AFTER_FAILURES : UNJOINED_PER_PLACE_LIMIT;
    const open = this.#open.get(place) ?? new Set();
    this.#open.set(place, open);
    const leave = (): boolean => {
      const was = open.delete(end);
      if (open.size === 0 && this.#open.get(place) === open) this.#open.delete(place);
      return was;
    };
    // Each connection by itself. One that gave way has not failed.
    const end = (): void => {
      leave();
      giveWay();
    };
    const over = [...open].slice(0, Math.max(0, open.size - most + 1));
    open.add(end);
    for (const oldest of over) oldest();
    return {
      joined: () => void leave(),
      failed: (thenMs) => {
        if (leave()) this.#failed.failed(place, peer, thenMs);
      },
    };
  }
}

/** Told to who is not heard now, or had to give way. */
export const crowdedOut = (): SkeinError =>
  new SkeinError("LINK_OVERLOADED", "too many connections from this address have not joined", {
    hint: "a machine there may have a wrong secret or invite: mend or stop it; it is heard again within a minute",
  });

const ALWAYS: Unjoined = { joined: () => {}, failed: () => {} };

/**
 * Where a multiaddr is: `/ip4/10.0.0.1`, or the /64 of an IPv6 address, all of which one machine may have. Nowhere for this
 * machine, for relays and for WebRTC: everybody there has the same address, and one that keeps failing must not shut out the others.
 */
export function placeOf(address: string): string | undefined {
  if (/^\/ip4\/127\.|^\/ip6\/::1\/|^\/webrtc\/|\/p2p-circuit/.test(address)) return undefined;
  const [, kind = "", host = ""] = address.split("/");
  return `/${kind}/${kind === "ip6" ? first64Bits(host) : host}`;
}

/** The first four groups, with `::` written out and an IPv4 address inside taken as it is. */
function first64Bits(host: string): string {
  const [head = "", tail] = (host.split("%", 1)[0] ?? "").toLowerCase().split("::");
  if (/\.\d+$/.test(host)) return host;
  const groups = (part: string | undefined): string[] => (part === undefined || part === "" ? [] : part.split(":"));
  const before = groups(head);
  const after = groups(tail);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const all = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
