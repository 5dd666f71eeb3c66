/** Nodes and their lanes in the scheduler's core: joining (again), leaving, servers lost and replaced. Pure. */
import { type ErrorCode } from "../errors.ts";
import { ADOPT_FOR_MS } from "../defaults.ts";
import { type LeaseId, serverId } from "../ids.ts";
import { type NodeInfo } from "./contracts.ts";
import { type EventError } from "./events.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { adopt, restore } from "./scheduler-adopting.ts";
import { type Hold, type LaneRecord, type LeaseRecord, type NodeRecord, takeFree } from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { type LaneReport } from "./scheduler-events.ts";
import { forgetHold } from "./scheduler-kept.ts";
import { countAway, dropPromise, endLease, holdOf } from "./scheduler-leases.ts";
import { placeNode } from "./scheduler-orders.ts";
import { serverInfo, showState } from "./scheduler-show.ts";
import { holdAgain, laneBack, laneHeld, nodeHolds } from "./scheduler-steering.ts";

const NO_MEMBER: ErrorCode = "NOT_A_MEMBER";

/** A node says hello, for the first time or again; what it says of its lanes stands. @returns its record */
export function nodeJoined(
  state: SchedulerState,
  info: NodeInfo,
  lanes: readonly LaneReport[],
  holding: boolean,
  nowMs: number,
  out: SchedulerAction[],
): NodeRecord {
  const known = state.nodes.get(info.id);
  const kept = known === undefined ? new Map<LeaseId, LeaseRecord>() : takeOut(state, known);
  state.serial += 1;
  const ordered = state.holds.get(info.id);
  const node: NodeRecord = {
    id: info.id,
    serial: state.serial,
    info,
    lanes: [],
    free: [],
    leased: 0,
    io: new Map(),
    ioSerial: known?.ioSerial ?? 0,
    away: undefined,
    hold: ordered?.hold,
    ordered: ordered?.hold,
    holding: false,
    suspected: false,
    at: [-1, -1],
  };
  state.nodes.set(node.id, node);
  state.lanesHere = undefined;
  for (let server = 1; server <= info.servers; server += 1) {
    node.lanes.push(newLane(node, server, ordered?.servers?.[server]));
  }
  out.push({ type: "event", event: { type: "node.ready", node: info } });
  if (holding) nodeHolds(state, node, true, nowMs, out);
  for (const report of lanes) laneReported(state, node, report, kept, nowMs, out);
  const error = { code: "SERVER_LOST", message: `node ${info.name} has come back without the server's process` };
  for (const lease of kept.values()) loseLease(state, lease, error, nowMs, out);
  if (known !== undefined) for (const lane of known.lanes) dropPromise(lane, state);
  holdAgain(state, node, nowMs, out);
  // What it holds of before is asked back, too.
  if (holding) nodeHolds(state, node, true, nowMs, out);
  placeNode(state, node);
  return node;
}

/** The connection to a node is lost. It may come back with what runs there: its leases stand for a while. */
export function nodeLost(
  state: SchedulerState,
  node: NodeRecord,
  error: EventError,
  nowMs: number,
  out: SchedulerAction[],
): void {
  if (node.away !== undefined) return;
  // Who is no member any more won't come back.
  if (node.leased + node.io.size === 0 || error.code === NO_MEMBER) {
    nodeGone(state, node, error, nowMs, out);
    return;
  }
  for (const lane of node.lanes) {
    if (lane.lease !== undefined) continue;
    dropPromise(lane, state);
    lane.state = "lost";
  }
  node.free.length = 0;
  state.freeNodes.remove(node);
  state.ioNodes.remove(node);
  node.away = { untilMs: nowMs + ADOPT_FOR_MS, error };
  state.lanesHere = undefined;
  state.away.add(node);
  for (const lease of leasesOf(node)) countAway(state, lease, 1);
  out.push({ type: "event", event: { type: "node.lost", node: node.info, error } });
}

/** Gives up the nodes that have not come back in time, and those to which nobody holds a lease any more. */
export function giveUpAway(state: SchedulerState, nowMs: number, out: SchedulerAction[]): void {
  for (const node of state.away) {
    const { away } = node;
    if (away === undefined || (away.untilMs > nowMs && node.leased + node.io.size > 0)) continue;
    for (const lease of leasesOf(node)) if (!lease.job.places.waits) loseLease(state, lease, away.error, nowMs, out);
    // Jobs may wait for it as long as they like.
    if (node.leased + node.io.size === 0) removeNode(state, node, away.error, nowMs, out);
  }
}

/** A node has left for good: its leases are lost. */
export function nodeGone(
  state: SchedulerState,
  node: NodeRecord,
  error: EventError | undefined,
  nowMs: number,
  out: SchedulerAction[],
): void {
  if (error?.code === NO_MEMBER) forgetHold(state, node.id, out);
  const reason = error ?? { code: "PEER_LOST", message: `node ${node.info.name} has left the cluster` };
  removeNode(state, node, reason, nowMs, out);
  const event = error === undefined ? ({ type: "node.closed", node: node.info } as const) : undefined;
  out.push({ type: "event", event: event ?? { type: "node.lost", node: node.info, error: reason } });
}

/** A process of the lane is up and belongs to nobody. */
export function serverReady(state: SchedulerState, node: NodeRecord, server: number, out: SchedulerAction[]): void {
  const lane = node.lanes[server - 1];
  if (lane === undefined || lane.state === "free" || lane.state === "leased" || lane.state === "held") return;
  if (lane.state !== "recycling") {
    const type = lane.state === "lost" ? "server.replaced" : "server.ready";
    const info = serverInfo(node, server, "cpu");
    out.push({ type: "event", event: { type, server: info } });
    lane.toldClosed = false;
    const { lostBy } = lane;
    if (lostBy !== undefined && lostBy.state !== "closed") {
      out.push({ type: "replaced", job: lostBy.id, client: lostBy.client, server: info });
    }
  }
  lane.lostBy = undefined;
  if (holdOf(lane) === undefined) laneBack(state, lane, out);
  else laneHeld(state, lane, out);
}

/** The process of a server has ended by itself; a lane's is started again by its node. */
export function serverLost(
  state: SchedulerState,
  node: NodeRecord,
  { server, error, pauseMs = 0 }: { readonly server: number; readonly error: EventError; readonly pauseMs?: number },
  nowMs: number,
  out: SchedulerAction[],
): void {
  const lane = node.lanes[server - 1];
  const lease = lane?.lease ?? node.io.get(server);
  const job = lease?.job.id;
  const kind = lane === undefined ? "io" : "cpu";
  if (lane !== undefined) lane.lostBy = lease?.job;
  if (pauseMs > 0) lease?.job.avoids.set(node.id, nowMs + pauseMs);
  if (lease !== undefined) loseLease(state, lease, error, nowMs, out);
  else if (lane?.state === "free") {
    takeFree(lane);
    lane.state = "lost";
    placeNode(state, node);
  } else if (lane !== undefined && lane.state !== "recycling") lane.state = "lost";
  const pause = pauseMs > 0 ? { pauseMs } : {};
  const words = { type: "server.lost", server: serverInfo(node, server, kind), error, ...pause } as const;
  out.push({ type: "event", event: job === undefined ? words : { ...words, job } });
}

/** Ends a lease whose process is gone, and tells its client. */
export function loseLease(
  state: SchedulerState,
  lease: LeaseRecord,
  error: EventError,
  nowMs: number,
  out: SchedulerAction[],
): void {
  const { job } = lease;
  endLease(state, lease, "lost", nowMs);
  out.push({ type: "lost", lease: lease.id, job: job.id, client: job.client, error });
  showState(job, out);
}

function removeNode(
  state: SchedulerState,
  node: NodeRecord,
  error: EventError,
  nowMs: number,
  out: SchedulerAction[],
): void {
  for (const lease of leasesOf(node)) loseLease(state, lease, error, nowMs, out);
  for (const lane of node.lanes) {
    dropPromise(lane, state);
    lane.state = "lost";
  }
  node.free.length = 0;
  state.freeNodes.remove(node);
  state.ioNodes.remove(node);
  state.away.delete(node);
  state.nodes.delete(node.id);
  state.lanesHere = undefined;
}

function leasesOf(node: NodeRecord): readonly LeaseRecord[] {
  const cpu = node.lanes.flatMap(({ lease }) => lease ?? []);
  return [...cpu, ...node.io.values()];
}

/** Takes the record of a node that has joined again out of every order; gives its leases. */
function takeOut(state: SchedulerState, node: NodeRecord): Map<LeaseId, LeaseRecord> {
  const leases = new Map(leasesOf(node).map((lease) => [lease.id, lease]));
  state.freeNodes.remove(node);
  state.ioNodes.remove(node);
  state.away.delete(node);
  state.nodes.delete(node.id);
  state.lanesHere = undefined;
  if (node.away !== undefined) return leases;
  // It is placed nowhere again when leases of it end.
  node.away = { untilMs: 0, error: { code: "PEER_LOST", message: `node ${node.info.name} joined again` } };
  for (const lease of leases.values()) countAway(state, lease, 1);
  return leases;
}

function newLane(node: NodeRecord, server: number, hold: Hold | undefined): LaneRecord {
  const counters = { server: serverId(node.id, server), running: 0, done: 0, failed: 0, busyMs: 0 };
  const nobody = { lease: undefined, promisedTo: undefined, lostBy: undefined, toldClosed: false };
  return { node, server, state: "starting", hold, ...nobody, counters };
}

function laneReported(
  state: SchedulerState,
  node: NodeRecord,
  report: LaneReport,
  kept: Map<LeaseId, LeaseRecord>,
  nowMs: number,
  out: SchedulerAction[],
): void {
  const lane = node.lanes[report.server - 1];
  if (report.lease !== undefined) {
    if (restore(state, node, lane, report, kept)) {
      out.push({
        type: "event",
        event: { type: "server.ready", server: serverInfo(node, report.server, report.kind) },
      });
    } else if (!adopt(state, node, lane, { ...report, lease: report.lease }, nowMs, out)) {
      out.push({ type: "unassign", lease: report.lease.id, node: node.id, server: report.server });
      if (lane !== undefined) lane.state = "recycling";
    }
  } else if (lane !== undefined && report.state === "ready") serverReady(state, node, report.server, out);
}
