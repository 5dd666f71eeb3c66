/** Bounds on peers that have not joined: how often one place may fail, and how many it may have at once. Pure. */
import { JOINS_PER_MINUTE, UNJOINED_PER_PLACE_LIMIT } from "../defaults.ts";
import { MINUTE_MS } from "../units.ts";

/** Addresses remembered; the oldest is forgotten first. */
const ADDRESSES_LIMIT = 10_000;

/** Counts failed joins by place over the last minute. */
export class FailedJoins {
  readonly #byHost = new Map<string, number[]>();

  /** Whether this address has failed too often to be heard now. */
  isBarred(address: string, nowMs: number): boolean {
    const host = placeOf(address);
    return host !== undefined && this.#recent(host, nowMs).length >= JOINS_PER_MINUTE;
  }

  failed(address: string, nowMs: number): void {
    const host = placeOf(address);
    if (host === undefined) return;
    const times = this.#recent(host, nowMs);
    times.push(nowMs);
    this.#byHost.delete(host);
    this.#byHost.set(host, times);
    if (this.#byHost.size <= ADDRESSES_LIMIT) return;
    const oldest = this.#byHost.keys().next();
    if (oldest.done !== true) this.#byHost.delete(oldest.value);
  }

  #recent(host: string, nowMs: number): number[] {
    return (this.#byHost.get(host) ?? []).filter((timeMs) => nowMs - timeMs < MINUTE_MS);
  }
}

/** One connection on which nobody has joined yet. */
export interface Unjoined {
  joined(): void;
  /** It ends without a join, whoever ended it. */
  failed(nowMs: number): void;
}

/** Lets connections in, so many at once from each place, and none from places that failed too often. */
export class Admission {
  readonly #failed = new FailedJoins();
  readonly #openByPlace = new Map<string, number>();

  /** Nothing when this address is not heard now. Who is `known` always is: he may well lose his way in, again and again. */
  enter(address: string, known: boolean, nowMs: number): Unjoined | undefined {
    const place = placeOf(address);
    if (known || place === undefined) return ALWAYS;
    const open = this.#openByPlace.get(place) ?? 0;
    if (open >= UNJOINED_PER_PLACE_LIMIT || this.#failed.isBarred(address, nowMs)) return undefined;
    this.#openByPlace.set(place, open + 1);
    let counted = true;
    const settle = (): boolean => {
      if (!counted) return false;
      counted = false;
      this.#leave(place);
      return true;
    };
    return {
      joined: () => void settle(),
      failed: (thenMs) => {
        if (settle()) this.#failed.failed(address, thenMs);
      },
    };
  }

  #leave(place: string): void {
    const left = (this.#openByPlace.get(place) ?? 1) - 1;
    if (left === 0) this.#openByPlace.delete(place);
    else this.#openByPlace.set(place, left);
  }
}

const ALWAYS: Unjoined = { joined: () => {}, failed: () => {} };

/**
 * Where a multiaddr is: `/ip4/10.0.0.1`, or the /64 of an IPv6 address, all of which one machine may have. Nowhere for this
 * machine and for relays: everybody there has the same address, and one that keeps failing must not shut out the others.
 */
function placeOf(address: string): string | undefined {
  if (/^\/ip4\/127\.|^\/ip6\/::1\/|\/p2p-circuit/.test(address)) return undefined;
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
