/** How a connected peer is shown to programs. */
import type { PeerId } from "../ids.ts";
import type { PeerEvent } from "./events.ts";
import type { Member } from "./handshake.ts";
import type { PeerInfo } from "./peer-host.ts";
import { peerLost } from "./router-errors.ts";

type ConnectedMember = Member & { readonly transport: string };

export const peerInfo = ({ peer, name, roles, addresses, transport }: ConnectedMember): PeerInfo => ({
  peer,
  name,
  roles,
  addresses,
  transport,
});

export const connectedEvent = ({ peer, name, roles, transport }: ConnectedMember): PeerEvent => ({
  type: "connected",
  peer,
  name,
  roles,
  transport,
});

/** What is shown of one of those connected. @throws {SkeinError} `PEER_LOST` when it is gone again */
export function infoOf(peer: PeerId, connected: readonly PeerInfo[]): PeerInfo {
  const info = connected.find((one) => one.peer === peer);
  if (info !== undefined) return info;
  throw peerLost({ peer, server: 0 });
}
