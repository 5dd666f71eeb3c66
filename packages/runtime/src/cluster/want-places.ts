/** Which nodes will do for tasks of one want, and how many of their servers. Pure. */
import { type NodeId, parseServerId, type ServerId } from "../ids.ts";
import { type NodeInfo } from "./contracts.ts";
import { hasNeeds, type Needs, type PlacementRule } from "./placement-rules.ts";

export interface KnownNode {
  readonly info: NodeInfo;
  /** CPU servers of it that the job may use; and the same, or the I/O server of a node that has none. */
  readonly servers: number;
  readonly most: number;
  /** Why the job does without it. */
  readonly why?: string;
}

/** Whether these needs are such that tabs are meant too. */
const asksForTabs = (needs: Needs | undefined): boolean =>
  needs?.abilities !== undefined || needs?.labels !== undefined || needs?.platform !== undefined;

const namesTabs = (rule: PlacementRule): boolean => typeof rule !== "function" && rule.kind === "tab";

export interface At {
  readonly node?: NodeId;
  readonly server?: number;
}

export function placeAt(at: NodeId | ServerId): At {
  const server = parseServerId(at);
  // What is no server's id is a node's: it has been checked.
  return server === undefined ? { node: at as NodeId } : { node: server.peer, server: server.server };
}

/** What is asked of a node. */
export interface Asked {
  readonly kind: "cpu" | "io";
  readonly needs: Needs | undefined;
  /** They run at browser tabs only, or at nodes only. */
  readonly on: "tab" | "node" | undefined;
}

/** How many servers of the node these tasks may have; none of one that isn't there. */
export function serversFor(
  { needs, on, kind }: Asked,
  node: KnownNode | undefined,
  rules: readonly PlacementRule[],
): number {
  if (node === undefined || (needs !== undefined && !hasNeeds(needs, node.info))) return 0;
  const isTab = node.info.kind === "tab";
  if (on !== undefined && on !== node.info.kind) return 0;
  // A tab's I/O server is its person's network and screen: it is used where it is asked for.
  if (isTab && kind === "io" && on === undefined && !asksForTabs(needs) && !rules.some(namesTabs)) return 0;
  return kind === "io" ? node.most : node.servers;
}
