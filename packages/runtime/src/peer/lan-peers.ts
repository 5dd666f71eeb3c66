/**
 * Which of the peers found on the local network to stay connected with. All choose those with the lowest ids, so that
 * groups that have found each other become one. Pure.
 */
import { LAN_PEERS_LIMIT, LAN_PEER_FOR_MS, SEED_LINKS } from "../defaults.ts";
import type { Address, Location } from "../contracts/endpoint.ts";
import type { PeerId } from "../ids.ts";

interface Found {
  addresses: readonly Address[];
  seenMs: number;
  chosen: boolean;
}

export interface LanPeersState {
  readonly self: PeerId;
  readonly found: Map<PeerId, Found>;
}

export type LanPeersEvent =
  /** Somebody answered; nothing of it is proved. */
  | { readonly type: "found"; readonly location: Location }
  /** Time to look who has not answered for long. */
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
  const { found } = state;
  const out: LanPeersAction[] = [];
  if (event.type === "found") {
    const { peer, addresses } = event.location;
    if (peer === state.self || addresses.length === 0) return [];
    const before = found.get(peer);
    found.delete(peer);
    found.set(peer, { addresses, seenMs: now.nowMs, chosen: before?.chosen ?? false });
    if (before?.chosen === true && String(before.addresses) !== String(addresses)) {
      out.push({ type: "keep", location: event.location });
    }
  }
  for (const [peer, { seenMs }] of found) {
    if (now.isConnected(peer) || now.nowMs - seenMs < LAN_PEER_FOR_MS) continue;
    forget(state, peer, out);
  }
  for (const peer of found.keys()) {
    if (found.size <= LAN_PEERS_LIMIT) break;
    forget(state, peer, out);
  }
  choose(state, now, out);
  return out;
}

function choose({ found }: LanPeersState, { others }: LanPeersNow, out: LanPeersAction[]): void {
  // One at least, however many others there are: through it everybody here is reached.
  const count = Math.max(1, SEED_LINKS - others);
  const lowest = new Set([...found.keys()].toSorted().slice(0, count));
  for (const [peer, one] of found) {
    const chosen = lowest.has(peer);
    if (chosen === one.chosen) continue;
    one.chosen = chosen;
    out.push(chosen ? { type: "keep", location: { peer, addresses: one.addresses } } : { type: "release", peer });
  }
}

function forget({ found }: LanPeersState, peer: PeerId, out: LanPeersAction[]): void {
  if (found.get(peer)?.chosen === true) out.push({ type: "release", peer });
  found.delete(peer);
}
