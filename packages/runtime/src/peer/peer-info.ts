/** How a connected peer is shown to programs. */
import type { PeerId } from "../ids.ts";
import type { PeerEvent } from "./events.ts";
import type { PeerInfo } from "./peer-host.ts";
import type { ConnectedMember } from "./peer-table-options.ts";
import { peerLost } from "./router-errors.ts";

export const peerInfo = ({
  peer,
  name,
  labels = {},
  roles,
  addresses,
  transport,
  suspected,
}: ConnectedMember): PeerInfo => ({
  peer,
  name,
  labels,
  roles,
  addresses,
  transport,
  suspected,
});

/** The events that tell a new reader how it stands with a connected peer. */
export function presentEvents({ peer, name, roles, transport, suspected }: ConnectedMember): readonly PeerEvent[] {
  const connected: PeerEvent = { type: "connected", peer, name, roles, transport };
  return suspected ? [connected, { type: "suspected", peer, name }] : [connected];
}

/** What is shown of one of those connected. @throws {SkeinError} `PEER_LOST` when it is gone again */
export function infoOf(peer: PeerId, connected: readonly PeerInfo[]): PeerInfo {
  const info = connected.find((one) => one.peer === peer);
  if (info !== undefined) return info;
  throw peerLost(peer);
}
