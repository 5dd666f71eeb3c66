/** How a connected peer is shown to programs. */
import type { PeerEvent } from "./events.ts";
import type { Member } from "./handshake.ts";
import type { PeerInfo } from "./peer-host.ts";

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
