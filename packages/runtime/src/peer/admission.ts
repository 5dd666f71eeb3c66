/** Bounds on peers that have not joined: how often one address may fail, so that nobody can try for ever. Pure. */
import { JOINS_PER_MINUTE } from "../defaults.ts";
import { MINUTE_MS } from "../units.ts";

/** Addresses remembered; the oldest is forgotten first. */
const ADDRESSES_LIMIT = 10_000;

/** Counts failed joins by address over the last minute. */
export class FailedJoins {
  readonly #byHost = new Map<string, number[]>();

  /** Whether this address has failed too often to be heard now. */
  isBarred(address: string, nowMs: number): boolean {
    // Everybody on this machine has the same address there: one that keeps failing must not shut out the others.
    if (/^\/(?:ip4\/127\.|ip6\/::1)/.test(address)) return false;
    return this.#recent(hostOf(address), nowMs).length >= JOINS_PER_MINUTE;
  }

  failed(address: string, nowMs: number): void {
    const host = hostOf(address);
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

/** The first part of a multiaddr: `/ip4/10.0.0.1`. */
const hostOf = (address: string): string => address.split("/").slice(0, 3).join("/");
