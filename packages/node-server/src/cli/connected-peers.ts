/** Everybody connected to a cluster's peer, as operators are told: for `skein status` and `skein revoke`. */
import type { PeerHost, PeerId } from "@skein/runtime";
import { isPeerId } from "@skein/runtime/host";

export interface ConnectedPeer {
  readonly peer: PeerId;
  readonly name: string;
  readonly roles: readonly string[];
}

/**
 * Everybody whom the peers that `peer` is connected to are connected with, and those themselves, without `peer`.
 *
 * @throws {SkeinError} `ROLE_FORBIDS` unless this peer is an operator
 */
export async function connectedPeers(peer: PeerHost): Promise<readonly ConnectedPeer[]> {
  const found = new Map<PeerId, ConnectedPeer>();
  for (const { peer: holder, name, roles } of peer.peers()) {
    found.set(holder, { peer: holder, name, roles });
    const there: unknown = await peer.procedures.call({ peer: holder, server: 0 }, "peer.members", undefined);
    for (const each of Array.isArray(there) ? there : []) {
      const one: { readonly peer?: unknown; readonly name?: unknown; readonly roles?: unknown } = Object(each);
      if (!isPeerId(one.peer) || typeof one.name !== "string" || found.has(one.peer)) continue;
      const its: readonly unknown[] = Array.isArray(one.roles) ? one.roles : [];
      const itsRoles = its.filter((role) => typeof role === "string");
      found.set(one.peer, { peer: one.peer, name: one.name, roles: itsRoles });
    }
  }
  found.delete(peer.id);
  return [...found.values()];
}
