/** What places are called: peers, and servers behind them. Pure. */
import type { Observed, PeerId, ServerId } from "@skein/runtime";
import type { ClusterModel } from "./cluster-model.ts";
import { nodeName, serverName } from "./select.ts";

/** `maxi/2` for a server, `maxi` for a node, "client of words" for a client, else what it says of itself or the end of its id. */
export function placeName(model: ClusterModel, at: Observed["at"]): string {
  // A server's id is its place.
  if (at.server > 0) return serverName(model, `${at.peer}/${at.server}` as ServerId);
  return peerName(model, at.peer);
}

export function peerName(model: ClusterModel, peer: PeerId): string {
  if (model.nodes.has(peer)) return nodeName(model, peer);
  const links = model.observed.get("links")?.get(`${peer}/0`);
  if (links?.topic === "links" && links.gone !== true) return links.name;
  for (const job of model.jobs.values()) if (job.client === peer) return `client of ${job.name}`;
  return `…${peer.slice(-6)}`;
}

/** Where a page says more about it; undefined for peers that are no nodes. */
export function placeHref(model: ClusterModel, at: Observed["at"]): string | undefined {
  if (!model.nodes.has(at.peer)) return undefined;
  return at.server > 0 ? `/servers/${at.peer}/${at.server}` : `/nodes/${at.peer}`;
}
