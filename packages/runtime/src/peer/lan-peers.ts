/**
 * Which of the peers found on the local network to stay connected with. All choose those with the lowest ids, so that
 * groups that have found each other become one. What is found is not proved: only who is connected counts. Pure.
 */
import { LAN_PEERS_LIMIT, LAN_PEER_FOR_MS, RECONNECT_FIRST_MS, RECONNECT_MOST_MS, SEED_LINKS } from "../defaults.ts";
import type { Address, Location } from "../contracts/endpoint.ts";
import type { PeerId } from "../ids.ts";

/** Peers tried at a time: somebody may announce many that aren't there. */
const TRIED_AT_ONCE = 8;

interface Found {
  readonly peer: PeerId;
  addresses: readonly Address[];
  seenMs: number;
  /** Whether it is to be kept connected. */
  chosen: boolean;
  /** Dials that came to nothing since it was connected last: those with fewer are tried first. */
  failures: number;
  /** Until then it is not tried again. */
  restsUntilMs: number;
}

export interface LanPeersState {
  readonly self: PeerId;
  readonly found: Map<PeerId, Found>;
}

export type LanPeersEvent =
  /** Somebody answered; nothing of it is proved. */
  | { readonly type: "found"; readonly location: Location }
  /** It could not be connected to. */
  | { readonly type: "failed"; readonly peer: PeerId }
  /** Time to look again: somebody is connected or lost, or time has passed. */
  | { readonly type: "tick" };

export type LanPeersAction =
  | { readonly type: "keep"; readonly location: Location }
  | { readonly type: "release"; readonly peer: PeerId };

/** What the rest of this peer knows at that moment. */
export interface LanPeersNow {
  readonly nowMs: number;
  readonly isConnected: (peer: PeerId) => boolean;
  /** Peers it stays connected with that were not found here. */
  readonly others: number;
}

export const createLanPeers = (self: PeerId): LanPeersState => ({ self, found: new Map() });

export function decideLanPeers(state: LanPeersState, event: LanPeersEvent, now: LanPeersNow): LanPeersAction[] {
  const out: LanPeersAction[] = [];
  if (event.type === "found") foundOne(state, event.location, now, out);
  if (event.type === "failed") failedOne(state, event.peer, now);
  forgetSome(state, now, out);
  choose(state, now, out);
  return out;
}

function foundOne({ self, found }: LanPeersState, location: Location, now: LanPeersNow, out: LanPeersAction[]): void {
  const { peer, addresses } = location;
  if (peer === self || addresses.length === 0) return;
  const before = found.get(peer);
  found.delete(peer);
  const { chosen, failures, restsUntilMs } = before ?? { chosen: false, failures: 0, restsUntilMs: 0 };
  found.set(peer, { peer, addresses, seenMs: now.nowMs, chosen, failures, restsUntilMs });
  if (chosen && String(before?.addresses) !== String(addresses)) out.push({ type: "keep", location });
}

function failedOne({ found }: LanPeersState, peer: PeerId, now: LanPeersNow): void {
  const one = found.get(peer);
  if (one === undefined || now.isConnected(peer)) return;
  one.failures += 1;
  one.restsUntilMs = now.nowMs + Math.min(RECONNECT_FIRST_MS * 2 ** one.failures, RECONNECT_MOST_MS);
  // It has not been kept: its dial was the end of that.
  one.chosen = false;
}

/** Those that have not answered for long, and of too many those that answered first. */
function forgetSome(state: LanPeersState, now: LanPeersNow, out: LanPeersAction[]): void {
  let tooMany = state.found.size - LAN_PEERS_LIMIT;
  for (const { peer, seenMs, chosen } of state.found.values()) {
    if (now.isConnected(peer) || (tooMany <= 0 && now.nowMs - seenMs < LAN_PEER_FOR_MS)) continue;
    state.found.delete(peer);
    tooMany -= 1;
    if (chosen) out.push({ type: "release", peer });
  }
}

function choose({ found }: LanPeersState, { nowMs, isConnected, others }: LanPeersNow, out: LanPeersAction[]): void {
  // One at least, however many others there are: through it everybody here is reached.
  const count = Math.max(1, SEED_LINKS - others);
  const all = [...found.values()].toSorted((a, b) => (a.peer < b.peer ? -1 : 1));
  const connected = all.filter(({ peer }) => isConnected(peer));
  for (const one of connected) one.failures = 0;
  const kept = connected.slice(0, count);
  const highest = kept.length < count ? undefined : kept.at(-1)?.peer;
  // Whoever is lower than one that is kept takes its place, once it is connected.
  const tried = all
    .filter(({ peer }) => !isConnected(peer) && (highest === undefined || peer < highest))
    .filter(({ chosen, restsUntilMs }) => chosen || nowMs >= restsUntilMs)
    .toSorted((a, b) => a.failures - b.failures)
    .slice(0, TRIED_AT_ONCE);
  const wanted = new Set([...kept, ...tried]);
  for (const one of all) {
    const chosen = wanted.has(one);
    if (chosen === one.chosen) continue;
    one.chosen = chosen;
    const { peer, addresses } = one;
    out.push(chosen ? { type: "keep", location: { peer, addresses } } : { type: "release", peer });
  }
}
