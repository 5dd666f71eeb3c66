/** Who is connected to whom, put together from what both ends of each connection say. Pure. */
import type { LinkInfo, Observed, PeerId } from "@skein/runtime";
import type { ClusterModel } from "./cluster-model.ts";
import { peerName } from "./places.ts";

type Links = Extract<Observed, { readonly topic: "links"; readonly gone?: never }>;
export type PeerRole = Links["role"];

export interface TopologyPeer {
  readonly id: PeerId;
  readonly name: string;
  readonly role: PeerRole;
  /** It says itself what it is connected to. */
  readonly tells: boolean;
}

export interface TopologyLink {
  /** The same for both ends. */
  readonly key: string;
  /** The end whose counts these are … */
  readonly from: PeerId;
  /** … and the other one. */
  readonly to: PeerId;
  readonly info: LinkInfo;
  /** When `from` told it, by its clock. */
  readonly timeMs: number;
}

export interface Topology {
  readonly peers: readonly TopologyPeer[];
  readonly links: readonly TopologyLink[];
}

export function topologyOf(model: ClusterModel): Topology {
  const places = [...(model.observed.get("links")?.values() ?? [])].filter(
    (one): one is Links => one.topic === "links" && one.gone !== true,
  );
  const peers = new Map<PeerId, TopologyPeer>();
  for (const { at, name, role } of places) {
    const label = model.nodes.get(at.peer)?.label ?? name;
    peers.set(at.peer, { id: at.peer, name: label, role, tells: true });
  }
  const links = new Map<string, TopologyLink>();
  for (const { at, timeMs, links: told } of places) {
    for (const info of told) {
      const key = [at.peer, info.peer].toSorted().join(" ");
      if (!peers.has(info.peer)) {
        const name = info.name === "" ? peerName(model, info.peer) : info.name;
        peers.set(info.peer, { id: info.peer, name, role: roleOf(info), tells: false });
      }
      const before = links.get(key);
      // Both ends count the same; of the two, the one that has measured the round trip.
      if (before === undefined || (before.info.rttMs === undefined && info.rttMs !== undefined))
        links.set(key, { key, from: at.peer, to: info.peer, info, timeMs });
    }
  }
  return { peers: [...peers.values()], links: [...links.values()] };
}

function roleOf({ roles }: LinkInfo): PeerRole {
  return (["scheduler", "node", "tab", "client"] as const).find((role) => roles.includes(role)) ?? "peer";
}

/** Transports as people call them. */
export const TRANSPORT_WORDS: Readonly<Record<string, string>> = {
  tcp: "TCP",
  ws: "WebSocket",
  wss: "WebSocket, TLS",
  webrtc: "WebRTC",
  relay: "relayed",
  memory: "same process",
};
