/** The scheduler's core: what happened goes in, what is to be done comes out. Pure but for the state it owns. */
import { AVOID_NODE_MS, AVOID_REFUSED_MS } from "../defaults.ts";
import { type ErrorCode } from "../errors.ts";
import { type NodeId } from "../ids.ts";
import { placesOf } from "./job-places.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import {
  clientLost,
  clientSuspected,
  giveUpAwaited,
  grant,
  jobClosed,
  jobOpened,
  leaseReleased,
  takeReclaimed,
} from "./scheduler-jobs.ts";
import { giveUpAway, nodeGone, nodeJoined, nodeLost, serverLost, serverReady } from "./scheduler-nodes.ts";
import { type NodeRecord } from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { type SchedulerEvent } from "./scheduler-events.ts";
import { moveLease } from "./scheduler-leases.ts";
import { placeNode } from "./scheduler-orders.ts";
import { nodeAtIntake, setIntake, weigh } from "./scheduler-intake.ts";
import { idleSteps } from "./placement.ts";
import { lookAgain, rotate, settle } from "./scheduler-shares.ts";
import { isAway, jobInfo } from "./scheduler-show.ts";
import { nodeHolds, nodeSuspected, steer, takeBack } from "./scheduler-steering.ts";
import { jobDemand, nodeFor, replace, wantOf } from "./scheduler-wants.ts";

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
      nodeAtIntake(state, nodeJoined(state, event.node, event.lanes, event.holding === true, nowMs, out), nowMs, out);
      return;
    case "node.holds": {
      const node = present(state, event.node);
      if (node !== undefined) nodeHolds(state, node, event.on, nowMs, out);
      return;
    }
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
      const idle = idleSteps(node);
      node.info = { ...node.info, load: event.load };
      if (idleSteps(node) !== idle) placeNode(state, node);
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
      if (node !== undefined) serverLost(state, node, event, nowMs, out);
      return;
    }
    case "server.reclaimed": {
      const node = present(state, event.node);
      const lease = node?.lanes[event.server - 1]?.lease ?? node?.io.get(event.server);
      if (lease !== undefined) takeBack(state, lease, undefined, nowMs, out);
      return;
    }
    case "lease.assigned": {
      const lease = state.leases.get(event.lease);
      if (lease === undefined || lease.state === "active") return;
      lease.state = "active";
      if (lease.reclaimed !== undefined) {
        leaseReleased(state, lease, 0, nowMs, out);
        return;
      }
      // A client that is away says what it holds when it comes back.
      if (!isAway(lease.job)) grant(lease, out);
      return;
    }
    case "lease.refused": {
      const lease = state.leases.get(event.lease);
      if (lease === undefined || lease.state === "active") return;
      leaseReleased(state, lease, avoidAfter(event.error.code, lease.kind), nowMs, out);
      return;
    }
    case "lease.released": {
      const lease = state.leases.get(event.lease);
      if (lease !== undefined)
        leaseReleased(state, lease, event.unreachable ? AVOID_NODE_MS : 0, nowMs, out, event.park);
      return;
    }
    case "job.opened":
      jobOpened(state, event, nowMs, out);
      return;
    case "job.demand": {
      const job = state.jobs.get(event.job);
      if (job !== undefined) jobDemand(state, job, event.wants, nowMs, out);
      return;
    }
    case "job.node": {
      const job = state.jobs.get(event.job);
      if (job !== undefined) nodeFor(state, job, event.node, event.limits);
      return;
    }
    case "lease.moved": {
      const lease = state.leases.get(event.lease);
      const want = lease === undefined ? undefined : wantOf(lease.job, event.want);
      if (lease !== undefined && want !== undefined) moveLease(state, lease, want, nowMs);
      return;
    }
    case "job.places": {
      const job = state.jobs.get(event.job);
      if (job === undefined) return;
      const { paused } = job.places;
      job.places = placesOf(event.places);
      replace(state, job, out);
      if (job.places.paused !== paused) out.push({ type: "event", event: { type: "job.changed", job: jobInfo(job) } });
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
    case "steer":
      steer(state, event.steer, nowMs, out);
      return;
    case "intake":
      setIntake(state, event.open, nowMs, out);
      return;
    case "job.weighed": {
      const job = state.jobs.get(event.job);
      if (job !== undefined) weigh(state, job, event.weight, nowMs, out);
      return;
    }
    case "node.suspected": {
      const node = state.nodes.get(event.node);
      if (node !== undefined) nodeSuspected(state, node, event.suspected, out);
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
      takeReclaimed(state, nowMs, out);
      giveUpAwaited(state, nowMs, out);
      lookAgain(state, nowMs, out);
      rotate(state, nowMs, out);
      return;
    default:
      event satisfies never;
  }
}

const NO_PLACE: ErrorCode = "NO_PLACE";

/** How long a job leaves a node alone that refused it: one that takes no work of it will do so again. */
function avoidAfter(code: string, kind: "cpu" | "io"): number {
  if (code === NO_PLACE) return AVOID_NODE_MS;
  return kind === "io" ? AVOID_REFUSED_MS : 0;
}

/** A node that is away says nothing before it has joined again. */
function present(state: SchedulerState, id: NodeId): NodeRecord | undefined {
  const node = state.nodes.get(id);
  return node?.away === undefined ? node : undefined;
}
