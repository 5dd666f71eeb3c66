/** Where a job may have servers: what its client has closed for it, holds back, or has enabled by hand. Pure. */
import { type NodeId, type ServerId } from "../ids.ts";

/** What a client says of its job's places: all of it, each time. */
export interface JobPlaces {
  /** Nodes give servers only once they are enabled … */
  readonly manualNodes: boolean;
  /** … and so do CPU servers, one by one. */
  readonly manualServers: boolean;
  readonly enabled: readonly (NodeId | ServerId)[];
  /** Nodes and servers that the job has no use for now. */
  readonly closed: readonly (NodeId | ServerId)[];
  /** None of its tasks is sent anywhere. */
  readonly paused: boolean;
  /** Leases at a node that is away stand until the client gives them up. */
  readonly waits: boolean;
}

/** The same, ready to be asked. */
export interface Places extends Omit<JobPlaces, "enabled" | "closed"> {
  readonly enabled: ReadonlySet<string>;
  readonly closed: ReadonlySet<string>;
  /** Nodes that are enabled, or of which a server is. */
  readonly nodes: ReadonlySet<string>;
  /** Every node and server may be used. */
  readonly everywhere: boolean;
}

/** Those of a job that leaves everything to the scheduler. */
export const EVERYWHERE: JobPlaces = {
  manualNodes: false,
  manualServers: false,
  enabled: [],
  closed: [],
  paused: false,
  waits: false,
};

export function placesOf(said: JobPlaces): Places {
  return {
    ...said,
    enabled: new Set(said.enabled),
    closed: new Set(said.closed),
    nodes: new Set(said.enabled.map(nodeOf)),
    everywhere: !said.manualNodes && !said.manualServers && said.closed.length === 0,
  };
}

/** Whether the job may have a server of this node; I/O servers are never enabled one by one. */
export function mayUseNode(places: Places, node: NodeId, kind: "cpu" | "io"): boolean {
  if (places.everywhere) return true;
  if (places.closed.has(node) || (places.manualNodes && !places.nodes.has(node))) return false;
  return kind === "io" || !places.manualServers || places.nodes.has(node);
}

/** Whether the job may have this CPU server, of a node that it may use. */
export function mayUseServer(places: Places, server: ServerId): boolean {
  return places.everywhere || (!places.closed.has(server) && (!places.manualServers || places.enabled.has(server)));
}

/** The node of a server, or the node itself: a peer's id has no slash. */
export function nodeOf(at: NodeId | ServerId): NodeId {
  const slash = at.indexOf("/");
  // What comes before the slash of a server's id is its node's.
  return (slash < 0 ? at : at.slice(0, slash)) as NodeId;
}

/** Whether a place is at `at`: the very server, or any of that node. */
export function isAt(at: NodeId | ServerId | undefined, server: ServerId): boolean {
  return at === undefined || at === server || server.startsWith(`${at}/`);
}
