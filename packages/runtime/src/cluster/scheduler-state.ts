/** The scheduler's core: what happened goes in, what is to be done comes out. Pure but for the state it owns. */
import { AVOID_NODE_MS, AVOID_REFUSED_MS } from "../defaults.ts";
import { type NodeId } from "../ids.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import {
  clientLost,
  clientSuspected,
  giveUpAwaited,
  grant,
  jobClosed,
  jobDemand,
  jobOpened,
  leaseReleased,
} from "./scheduler-jobs.ts";
import { giveUpAway, nodeGone, nodeJoined, nodeLost, serverLost, serverReady } from "./scheduler-nodes.ts";
import { type NodeRecord, type SchedulerEvent, type SchedulerState } from "./scheduler-records.ts";
import { isKnown, rotate, settle } from "./scheduler-shares.ts";

/**
 * Takes one event and says what to do. Costs O(log n) for each lease that starts or ends.
 *
 * @param nowMs the time, monotonic
 */
export function decide(state: SchedulerState, event: SchedulerEvent, nowMs: number): SchedulerAction[] {
  const out: SchedulerAction[] = [];
  take(state, event, nowMs, out);
  settle(state, nowMs, out);
  return out;
}

function take(state: SchedulerState, event: SchedulerEvent, nowMs: number, out: SchedulerAction[]): void {
  switch (event.type) {
    case "node.joined":
      nodeJoined(state, event.node, event.lanes, nowMs, out);
      return;
    case "node.left": {
      const node = state.nodes.get(event.node);
      if (node !== undefined) nodeGone(state, node, undefined, nowMs, out);
      return;
    }
    case "node.lost": {
      const node = state.nodes.get(event.node);
      if (node !== undefined) nodeLost(state, node, event.error, nowMs, out);
      return;
    }
    case "node.reported": {
      const node = present(state, event.node);
      if (node === undefined) return;
      node.info = { ...node.info, load: event.load };
      for (const counters of event.servers) {
        const server = Number(counters.server.slice(counters.server.lastIndexOf("/") + 1));
        const lane = node.lanes[server - 1];
        const io = node.io.get(server);
        if (lane !== undefined) lane.counters = counters;
        else if (io !== undefined) io.ioCounters = counters;
      }
      out.push({ type: "event", event: { type: "load", node: node.id, load: event.load, servers: event.servers } });
      return;
    }
    case "server.ready": {
      const node = present(state, event.node);
      if (node !== undefined) serverReady(state, node, event.server, out);
      return;
    }
    case "server.lost": {
      const node = present(state, event.node);
      if (node !== undefined) serverLost(state, node, event.server, event.error, nowMs, out);
      return;
    }
    case "lease.assigned": {
      const lease = state.leases.get(event.lease);
      if (lease === undefined || lease.state === "active") return;
      lease.state = "active";
      // A client that is away says what it holds when it comes back.
      if (isKnown(lease.job)) grant(lease, out);
      return;
    }
    case "lease.refused": {
      const lease = state.leases.get(event.lease);
      if (lease === undefined || lease.state === "active") return;
      leaseReleased(state, lease, lease.kind === "io" ? AVOID_REFUSED_MS : 0, nowMs, out);
      return;
    }
    case "lease.released": {
      const lease = state.leases.get(event.lease);
      if (lease !== undefined) leaseReleased(state, lease, event.unreachable ? AVOID_NODE_MS : 0, nowMs, out);
      return;
    }
    case "job.opened":
      jobOpened(state, event, nowMs, out);
      return;
    case "job.demand": {
      const job = state.jobs.get(event.job);
      if (job !== undefined) jobDemand(state, job, event.slots, event.io, out);
      return;
    }
    case "job.reported": {
      const job = state.jobs.get(event.job);
      if (job !== undefined) job.counters = event.counters;
      return;
    }
    case "job.closed": {
      const job = state.jobs.get(event.job);
      if (job !== undefined) jobClosed(state, job, nowMs, out);
      return;
    }
    case "client.suspected":
      for (const job of state.jobsOf.get(event.client) ?? []) clientSuspected(state, job, event.suspected, nowMs, out);
      return;
    case "client.lost":
      for (const job of state.jobsOf.get(event.client) ?? []) {
        if (event.forGood) jobClosed(state, job, nowMs, out);
        else clientLost(state, job, nowMs, out);
      }
      return;
    case "tick":
      giveUpAway(state, nowMs, out);
      giveUpAwaited(state, nowMs, out);
      rotate(state, nowMs, out);
      return;
    default:
      event satisfies never;
  }
}

/** A node that is away says nothing before it has joined again. */
function present(state: SchedulerState, id: NodeId): NodeRecord | undefined {
  const node = state.nodes.get(id);
  return node?.away === undefined ? node : undefined;
}
