/** Where a job may have servers: what its client has closed for it, holds back, or has enabled by hand. Pure. */
import { SkeinError } from "../errors.ts";
import { isPeerId, type NodeId, parseServerId, type ServerId } from "../ids.ts";

/** What a client says of its job's places: all of it, each time. */
export interface JobPlaces {
  /** Nodes give servers only once they are enabled … */
  readonly manualNodes: boolean;
  /** … and so do CPU servers, one by one. */
  readonly manualServers: boolean;
  readonly enabled: readonly (NodeId | ServerId)[];
  /** Nodes and servers that the job has no use for now. */
  readonly closed: readonly (NodeId | ServerId)[];
  /** Nodes whose I/O servers it has no use for now: each of them is another, so none is closed by its id. */
  readonly ioClosed: readonly NodeId[];
  /** None of its tasks is sent anywhere. */
  readonly paused: boolean;
  /** Leases at a node that is away stand until the client gives them up. */
  readonly waits: boolean;
}

/** The same, ready to be asked. */
export interface Places extends Omit<JobPlaces, "enabled" | "closed" | "ioClosed"> {
  readonly enabled: ReadonlySet<string>;
  readonly closed: ReadonlySet<string>;
  readonly ioClosed: ReadonlySet<string>;
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
  ioClosed: [],
  paused: false,
  waits: false,
};

export function placesOf(said: JobPlaces): Places {
  return {
    ...said,
    enabled: new Set(said.enabled),
    closed: new Set(said.closed),
    ioClosed: new Set(said.ioClosed),
    nodes: new Set(said.enabled.map(nodeOf)),
    everywhere: !said.manualNodes && !said.manualServers && said.closed.length + said.ioClosed.length === 0,
  };
}

/** Whether the job may have a server of this node; I/O servers are never enabled one by one. */
export function mayUseNode(places: Places, node: NodeId, kind: "cpu" | "io"): boolean {
  if (places.everywhere) return true;
  if (places.closed.has(node) || (places.manualNodes && !places.nodes.has(node))) return false;
  if (kind === "io") return !places.ioClosed.has(node);
  return !places.manualServers || places.nodes.has(node);
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

/** @throws {SkeinError} `OPTION_INVALID` for what is no id: names are for people, and need not be one machine's alone */
export function checkPlace(at: unknown, nodes: Iterable<{ readonly id: NodeId; readonly name: string }> = []): void {
  if (isPeerId(at) || (typeof at === "string" && parseServerId(at) !== undefined)) return;
  const place = String(at);
  const [name = "", ...rest] = place.split("/");
  const named = Array.from(nodes).filter((node) => node.name === name);
  const ids = named.map(({ id }) => `"${[id, ...rest].join("/")}"`);
  const what = named.length === 0 ? "neither a node's nor a server's id" : "a name, and a place is told by its id";
  throw new SkeinError("OPTION_INVALID", `"${place.slice(0, 80)}" is ${what}`, {
    hint:
      ids.length === 0
        ? "use task.server.id, task.node.id, or an id that job.servers() or job.nodes() gives"
        : `${ids.length === 1 ? "that is" : "these have it:"} ${ids.slice(0, 3).join(", ")}; job.nodes() and job.servers() give ids`,
  });
}

/** Whether a place is at `at`: the very server, or any of that node. */
export function isAt(at: NodeId | ServerId | undefined, server: ServerId): boolean {
  return at === undefined || at === server || server.startsWith(`${at}/`);
}
