/** Nodes and servers taken out of service and back by hand: paused, drained, stopped, restarted; leases asked back. Pure. */
import { CANCEL_GRACE_MS, RECLAIM_LATE_MS } from "../defaults.ts";
import { type NodeId } from "../ids.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { type Hold, type LaneRecord, type LeaseRecord, type NodeRecord, takeFree } from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { keepHold } from "./scheduler-kept.ts";
import { dropPromise, holdOf, laneFree, reclaim } from "./scheduler-leases.ts";
import { placeNode } from "./scheduler-orders.ts";
import { serverInfo } from "./scheduler-show.ts";

export const STEER_VERBS = ["pause", "resume", "drain", "stop", "restart"] as const;
export type SteerVerb = (typeof STEER_VERBS)[number];

export interface Steer {
  readonly verb: SteerVerb;
  readonly node: NodeId;
  /** Absent: the whole node. */
  readonly server?: number;
  /** How long tasks may take to stop. Absent: `stop` leaves them the usual grace, the others let them end. */
  readonly graceMs?: number;
}

/**
 * Takes a node or server out of service, or back. `pause` and `drain` let what runs there end, `stop` cancels it; then
 * nobody gets it before `resume`. `restart` gives it fresh processes and leaves it in service.
 */
export function steer(state: SchedulerState, words: Steer, nowMs: number, out: SchedulerAction[]): void {
  const { verb, server } = words;
  const node = state.nodes.get(words.node);
  if (node === undefined) return;
  const lane = server === undefined ? undefined : node.lanes[server - 1];
  if (server !== undefined && lane === undefined) {
    // An I/O server is its job's alone: all that can be done is to end it.
    const lease = node.io.get(server);
    if (lease !== undefined && verb !== "resume") takeBack(state, lease, graceOf(words), nowMs, out);
    return;
  }
  const hold: Hold | undefined =
    verb === "pause" ? "paused" : verb === "resume" || verb === "restart" ? undefined : "closed";
  const before = lane === undefined ? node.hold : lane.hold;
  if (lane === undefined) {
    node.ordered = hold;
    setHold(state, node);
  } else lane.hold = hold;
  keepHold(state, node, out);
  tellHold(node, lane, before, lane === undefined ? node.hold : hold, out);
  // A pause passes; the others are to leave nothing of before.
  if (verb !== "pause" && verb !== "resume" && node.away === undefined)
    out.push({ type: "unpark", node: node.id, ...(server === undefined ? {} : { server }) });
  for (const one of lane === undefined ? node.lanes : [lane]) {
    if (verb === "resume") takeUp(state, one, out);
    else if (verb === "restart") renew(state, one, graceOf(words), nowMs, out);
    else withhold(state, one, graceOf(words), nowMs, out);
  }
  if (lane === undefined && verb !== "resume") {
    for (const lease of node.io.values()) takeBack(state, lease, graceOf(words), nowMs, out);
  }
  placeNode(state, node);
}

/** The node takes no new work by its own word, or does again, as far as no operator has ordered otherwise. */
export function nodeHolds(
  state: SchedulerState,
  node: NodeRecord,
  on: boolean,
  nowMs: number,
  out: SchedulerAction[],
): void {
  const before = node.hold;
  node.holding = on;
  setHold(state, node);
  tellHold(node, undefined, before, node.hold, out);
  for (const lane of node.lanes) {
    if (on) withhold(state, lane, undefined, nowMs, out);
    else takeUp(state, lane, out);
  }
  if (on) for (const lease of node.io.values()) takeBack(state, lease, undefined, nowMs, out);
  placeNode(state, node);
}

function setHold(state: SchedulerState, node: NodeRecord): void {
  node.hold = node.holding ? "closed" : node.ordered;
  state.lanesHere = undefined;
}

/** Asks a lease back: what runs there ends first, or is cancelled within `graceMs`; then a server that does not come is taken. */
export function takeBack(
  state: SchedulerState,
  lease: LeaseRecord,
  graceMs: number | undefined,
  nowMs: number,
  out: SchedulerAction[],
): void {
  const untilMs = graceMs === undefined ? Infinity : nowMs + graceMs + RECLAIM_LATE_MS;
  reclaim(state, lease, { graceMs, untilMs }, out);
}

/** Something of the node is silent, or is heard again: it gets nothing new meanwhile. */
export function nodeSuspected(
  state: SchedulerState,
  node: NodeRecord,
  suspected: boolean,
  out: SchedulerAction[],
): void {
  if (node.away !== undefined || node.suspected === suspected) return;
  node.suspected = suspected;
  placeNode(state, node);
  out.push({ type: "event", event: { type: suspected ? "node.suspected" : "node.back", node: node.info } });
}

const graceOf = ({ verb, graceMs }: Steer): number | undefined =>
  verb === "stop" ? (graceMs ?? CANCEL_GRACE_MS) : verb === "restart" ? graceMs : undefined;

/** A node has joined that is out of service by an order of before, or has servers that are: what runs there is asked back. */
export function holdAgain(state: SchedulerState, node: NodeRecord, nowMs: number, out: SchedulerAction[]): void {
  if (node.ordered !== undefined) {
    tellHold(node, undefined, undefined, node.ordered, out);
    for (const lease of node.io.values()) takeBack(state, lease, undefined, nowMs, out);
  }
  for (const lane of node.lanes) {
    if (lane.hold !== undefined) tellHold(node, lane, undefined, lane.hold, out);
    if (lane.lease !== undefined && holdOf(lane) !== undefined) takeBack(state, lane.lease, undefined, nowMs, out);
  }
}

function tellHold(
  node: NodeRecord,
  lane: LaneRecord | undefined,
  before: Hold | undefined,
  hold: Hold | undefined,
  out: SchedulerAction[],
): void {
  if ((before === undefined) === (hold === undefined)) return;
  const how = hold === undefined ? "resumed" : "paused";
  if (lane === undefined) out.push({ type: "event", event: { type: `node.${how}`, node: node.info } });
  else out.push({ type: "event", event: { type: `server.${how}`, server: serverInfo(node, lane.server, "cpu") } });
}

/** Nobody gets the lane any more; who has it gives it back. */
function withhold(
  state: SchedulerState,
  lane: LaneRecord,
  graceMs: number | undefined,
  nowMs: number,
  out: SchedulerAction[],
): void {
  if (lane.lease !== undefined) takeBack(state, lane.lease, graceMs, nowMs, out);
  else if (lane.state === "free") {
    takeFree(lane);
    laneHeld(state, lane, out);
  } else if (lane.state === "held" && holdOf(lane) === "closed") tellClosed(lane, out);
}

function takeUp(state: SchedulerState, lane: LaneRecord, out: SchedulerAction[]): void {
  if (lane.state === "held" && holdOf(lane) === undefined) laneBack(state, lane, out);
}

/** Its process is ready for whoever is to have it; who was told that it is closed is told so. */
export function laneBack(state: SchedulerState, lane: LaneRecord, out: SchedulerAction[]): void {
  laneFree(lane, state);
  if (!lane.toldClosed) return;
  lane.toldClosed = false;
  out.push({ type: "event", event: { type: "server.ready", server: serverInfo(lane.node, lane.server, "cpu") } });
}

/** A fresh process, once who has it has given it back. */
function renew(
  state: SchedulerState,
  lane: LaneRecord,
  graceMs: number | undefined,
  nowMs: number,
  out: SchedulerAction[],
): void {
  if (lane.lease !== undefined) takeBack(state, lane.lease, graceMs, nowMs, out);
  if (lane.state !== "free" && lane.state !== "held") return;
  if (lane.state === "free") takeFree(lane);
  lane.state = "recycling";
  out.push({ type: "renew", node: lane.node.id, server: lane.server });
}

/** Its process is ready, and nobody is to have it. */
export function laneHeld(state: SchedulerState, lane: LaneRecord, out: SchedulerAction[]): void {
  dropPromise(lane, state);
  lane.state = "held";
  if (holdOf(lane) === "closed") tellClosed(lane, out);
}

function tellClosed(lane: LaneRecord, out: SchedulerAction[]): void {
  lane.toldClosed = true;
  out.push({ type: "event", event: { type: "server.closed", server: serverInfo(lane.node, lane.server, "cpu") } });
}
