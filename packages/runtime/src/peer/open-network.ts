/** Opens a peer's network: by its options, for its cluster. */
import type { Location } from "../contracts/endpoint.ts";
import { SkeinError } from "../errors.ts";
import type { ClusterId, PeerId } from "../ids.ts";
import type { Platform } from "../platform.ts";
import { toMultiaddr, transportOf } from "./address.ts";
import { libp2pNetwork } from "./default-network.ts";
import type { NetworkHandlers, NetworkHost } from "./network.ts";
import type { PeerOptions } from "./peer-host.ts";
import type { Standing } from "./standing.ts";

export interface NetworkOwner {
  readonly standing: Standing;
  readonly handlers: NetworkHandlers;
  /** Who may be carried. */
  readonly isMember: (peer: PeerId) => boolean;
  /** Told of each peer on the local network; absent: none is looked for. */
  readonly found: ((location: Location) => void) | undefined;
}

/** What the peers of a cluster are found by on a local network: no other cluster has it. */
const lanTag = (cluster: ClusterId): string => `_skein-${cluster.slice(0, 32)}`;

/** @throws {SkeinError} `OPTION_INVALID` for what is no address and for wss:// without a certificate, `RUNTIME_WRONG` when the platform has no network */
export async function openNetwork(
  platform: Platform,
  { listen = [], announce = [], tls, webRtc = true, udpPorts, mayDial, network = libp2pNetwork(platform) }: PeerOptions,
  { standing, handlers, isMember, found }: NetworkOwner,
): Promise<NetworkHost> {
  const addresses = listen.map(toMultiaddr);
  const secure = tls === undefined ? addresses.findIndex((address) => transportOf(address) === "wss") : -1;
  if (secure >= 0) {
    throw new SkeinError("OPTION_INVALID", `to listen on ${listen[secure]}, a certificate is needed`, {
      hint: "give it as tls: { cert, key }, as PEM text, or listen on ws://: connections are encrypted there, too",
    });
  }
  return await network({
    keys: standing.keys,
    listen: addresses,
    announce: announce.map(toMultiaddr),
    handlers,
    isMember,
    webRtc,
    ...(tls === undefined ? {} : { tls }),
    ...(udpPorts === undefined ? {} : { udpPorts }),
    ...(mayDial === undefined ? {} : { mayDial }),
    ...(found === undefined ? {} : { discover: { tag: lanTag(standing.cluster), found } }),
  });
}
