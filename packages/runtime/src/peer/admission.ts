/** Bounds on peers that have not joined: how often one place may fail, so that nobody can try for ever. Pure. */
import { JOINS_PER_MINUTE } from "../defaults.ts";
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
