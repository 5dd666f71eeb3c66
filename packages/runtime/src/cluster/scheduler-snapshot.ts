/** How the cluster stands, as a subscriber gets it first. Pure. */
import { serverId } from "../ids.ts";
import { type NodeInfo } from "./contracts.ts";
import { type JobInfo, type ServerStanding } from "./events.ts";
import { type LaneRecord, type LeaseRecord, type NodeRecord } from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { holdOf } from "./scheduler-leases.ts";
import { jobInfo } from "./scheduler-show.ts";

export interface Standing {
  readonly nodes: readonly NodeInfo[];
  readonly servers: readonly ServerStanding[];
  readonly jobs: readonly JobInfo[];
  readonly intake?: "paused";
}

/** The nodes that are not away. */
export function nodesHere(state: SchedulerState): readonly NodeInfo[] {
  const nodes: NodeInfo[] = [];
  for (const node of state.nodes.values()) if (node.away === undefined) nodes.push(nodeStanding(node));
  return nodes;
}

export function standing(state: SchedulerState): Standing {
  const servers: ServerStanding[] = [];
  for (const node of state.nodes.values()) {
    if (node.away !== undefined) continue;
    for (const lane of node.lanes) servers.push(laneStanding(lane));
    for (const lease of node.io.values()) servers.push(ioStanding(lease));
  }
  return {
    nodes: nodesHere(state),
    servers,
    jobs: [...state.jobs.values()].filter(({ wasOpened }) => wasOpened).map(jobInfo),
    ...(state.intakeOpen ? {} : { intake: "paused" }),
  };
}

function nodeStanding(node: NodeRecord): NodeInfo {
  const { info, hold, suspected, leased, io } = node;
  if (suspected) return { ...info, standing: "suspected" };
  if (hold === undefined) return info;
  return { ...info, standing: leased + io.size > 0 ? "draining" : hold };
}

function laneStanding(lane: LaneRecord): ServerStanding {
  const { node, server, lease, counters } = lane;
  const words = {
    id: serverId(node.id, server),
    node: node.id,
    kind: "cpu",
    counters,
    state: stateWord(lane),
  } as const;
  return lease === undefined ? words : { ...words, job: lease.job.id };
}

function ioStanding({ node, server, job, ioCounters }: LeaseRecord): ServerStanding {
  const id = serverId(node.id, server);
  const counters = ioCounters ?? { server: id, running: 0, done: 0, failed: 0, busyMs: 0 };
  return { id, node: node.id, kind: "io", state: "assigned", job: job.id, counters };
}

function stateWord(lane: LaneRecord): ServerStanding["state"] {
  switch (lane.state) {
    case "starting":
    case "recycling":
      return "starting";
    case "free":
      return "ready";
    case "leased":
      return lane.lease?.reclaimed === undefined ? "assigned" : "draining";
    case "held":
      return holdOf(lane) ?? "ready";
    case "lost":
      return "lost";
    default:
      return lane.state satisfies never;
  }
}
