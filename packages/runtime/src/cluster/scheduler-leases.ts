/** Books leases, and keeps jobs, wants and nodes at their places in the scheduler's orders. Pure. */
import { IO_SERVERS_LIMIT } from "../defaults.ts";
import { type LeaseId } from "../ids.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { allows, ioServerOf } from "./scheduler-pick.ts";
import {
  heldHere,
  type Hold,
  type JobRecord,
  type LaneRecord,
  type LeaseRecord,
  type NodeRecord,
  type SchedulerState,
  type WantRecord,
} from "./scheduler-records.ts";
import { isKnown } from "./scheduler-show.ts";

/** More than lanes there can be for a weight. */
const SURE = 1e9;

/** Puts the job and its wants at their places in every order; call it whenever its numbers have changed. */
export function place(state: SchedulerState, job: JobRecord): void {
  if (job.state === "closed") return;
  const kept = Math.max(0, heldHere(job) - job.askedFor.length - job.reclaimed);
  let promised = 0;
  let surplus = 0;
  for (const want of job.cpu) {
    promised += want.promised;
    surplus += Math.max(0, want.held - want.asked - slotsOf(state, want));
  }
  job.nextKey = laneKey(job, kept + 1);
  job.askKey = laneKey(job, kept + promised + 1);
  job.holdKey = laneKey(job, kept);
  job.surplus = Math.min(surplus, kept);
  for (const want of job.cpu) placeWant(state, want);
  if (job.surplus > 0) state.surplus.place(job);
  else state.surplus.remove(job);
  if (kept > 0) state.holders.place(job);
  else state.holders.remove(job);
}

/**
 * Orders the lanes that jobs have or could have, by what they are to the job. First come those that it deserves for sure;
 * 0 are those that go round, among them everybody's first, however light it is: who has had least time has them next.
 */
export function laneKey({ weight, sureLanes, mostLanes }: JobRecord, lane: number): number {
  const key = lane / weight;
  if (lane <= sureLanes) return key - SURE;
  return lane <= mostLanes || lane <= 1 ? 0 : key;
}

/** Counts the lease time that the job has had; it must be placed afterwards. */
export function count(job: JobRecord, nowMs: number): void {
  job.servedMs += job.held * (nowMs - job.countedMs);
  job.countedMs = nowMs;
}

/** The node of a lease is away, or is here again. */
export function countAway(state: SchedulerState, { kind, job }: LeaseRecord, by: 1 | -1): void {
  if (kind === "io") return;
  state.cpuAway += by;
  job.heldAway += by;
  place(state, job);
}

/** How many servers the want is to have now. */
export function slotsOf(state: SchedulerState, { job, slots }: WantRecord): number {
  return job.muted || job.places.paused || (job.exclusive && state.alone !== job) ? 0 : slots;
}

/** Puts the job's I/O wants among those that wait, if they have no server. */
export function placeIo(state: SchedulerState, job: JobRecord): void {
  for (const want of job.ioWants) {
    if (slotsOf(state, want) > 0 && !want.stuck && !ioServerOf(job, want)) state.ioWaiting.add(want);
    else state.ioWaiting.delete(want);
  }
}

/** Nothing there is will do for the want: it is not looked at again before some node that it allows has room. */
export function setStuck(state: SchedulerState, want: WantRecord): void {
  want.stuck = true;
  state.stuck.add(want);
  state.waiting.remove(want);
  state.ioWaiting.delete(want);
}

export function unstick(state: SchedulerState, want: WantRecord): void {
  state.stuck.delete(want);
  want.stuck = false;
  if (want.kind === "cpu") placeWant(state, want);
  else placeIo(state, want.job);
}

/** Puts the node where placement looks for free lanes and for room for I/O servers. */
export function placeNode(state: SchedulerState, node: NodeRecord): void {
  if (node.away !== undefined) return;
  if (node.hold !== undefined || node.suspected) {
    state.freeNodes.remove(node);
    state.ioNodes.remove(node);
    return;
  }
  if (node.free.length > 0) {
    if (!state.freeNodes.has(node)) hasRoom(state, node);
    state.freeNodes.place(node);
  } else state.freeNodes.remove(node);
  if (node.io.size < IO_SERVERS_LIMIT) state.ioNodes.place(node);
  else state.ioNodes.remove(node);
}

/** A lane whose process is ready and belongs to nobody. */
export function laneFree(lane: LaneRecord, state: SchedulerState): void {
  if (lane.state === "free") return;
  dropPromise(lane, state);
  lane.state = "free";
  lane.node.free.push(lane);
  hasRoom(state, lane.node);
  placeNode(state, lane.node);
}

/** Whether the lane is out of service by hand, by itself or with its node. */
export function holdOf({ hold, node }: LaneRecord): Hold | undefined {
  return hold === "closed" || node.hold === "closed" ? "closed" : (hold ?? node.hold);
}

/** The lane is gone, or was given to somebody: nobody waits for it any more. */
export function dropPromise(lane: LaneRecord, state: SchedulerState): void {
  const want = lane.promisedTo;
  lane.promisedTo = undefined;
  if (want !== undefined) unpromise(state, want);
}

/** Books a lease; the lane, if it is a CPU lease, must not be in its node's list of free ones any more. */
export function addLease(state: SchedulerState, lease: LeaseRecord, lane: LaneRecord | undefined): void {
  const { job, node, want } = lease;
  state.leases.set(lease.id, lease);
  job.leases.add(lease);
  want.held += 1;
  if (lane === undefined) {
    node.io.set(lease.server, lease);
    job.io.set(node.id, lease);
    placeIo(state, job);
    return;
  }
  count(job, lease.grantedMs);
  lane.state = "leased";
  lane.lease = lease;
  node.leased += 1;
  state.cpuHeld += 1;
  job.held += 1;
  job.perNode?.set(node.id, (job.perNode.get(node.id) ?? 0) + 1);
  place(state, job);
}

/** Ends a lease. Its lane is left in `laneState`; when the job was asked for one back, this is it. */
export function endLease(
  state: SchedulerState,
  lease: LeaseRecord,
  laneState: "recycling" | "lost",
  nowMs: number,
): void {
  const { job, node, want, askedBy } = lease;
  state.leases.delete(lease.id);
  state.reclaimed.delete(lease);
  job.leases.delete(lease);
  want.held -= 1;
  if (lease.kind === "io") {
    node.io.delete(lease.server);
    placeNode(state, node);
    if (state.stuck.size > 0) hasRoom(state, node);
    if (job.io.get(node.id) === lease) job.io.delete(node.id);
    if (job.state !== "closed") placeIo(state, job);
    return;
  }
  count(job, nowMs);
  const lane = node.lanes[lease.server - 1];
  state.cpuHeld -= 1;
  job.held -= 1;
  if (node.away !== undefined) {
    state.cpuAway -= 1;
    job.heldAway -= 1;
  }
  job.perNode?.set(node.id, (job.perNode.get(node.id) ?? 1) - 1);
  node.leased -= 1;
  if (lease.reclaimed !== undefined) {
    job.reclaimed -= 1;
    want.asked -= 1;
  }
  const asked = job.askedFor.shift();
  if (asked !== undefined) asked.of.asked -= 1;
  const promisedTo = askedBy ?? asked?.by;
  if (askedBy !== undefined && asked !== undefined) unpromise(state, asked.by);
  if (lane !== undefined) {
    lane.state = laneState;
    lane.lease = undefined;
    lane.promisedTo = promisedTo;
  } else if (promisedTo !== undefined) unpromise(state, promisedTo);
  place(state, job);
}

/** The lease serves another want of its job now. */
export function moveLease(state: SchedulerState, lease: LeaseRecord, want: WantRecord, nowMs: number): void {
  const before = lease.want;
  if (before === want || before.kind !== want.kind) return;
  before.held -= 1;
  want.held += 1;
  if (lease.reclaimed !== undefined) {
    before.asked -= 1;
    want.asked += 1;
  }
  lease.want = want;
  lease.movedMs = nowMs;
  if (want.kind === "cpu") place(state, lease.job);
  else placeIo(state, lease.job);
}

/**
 * Asks a lease back: what runs there ends first, or is cancelled within `graceMs`; then a server that does not come is
 * taken. `by`: who gets it.
 */
export function reclaim(
  state: SchedulerState,
  lease: LeaseRecord,
  {
    untilMs,
    graceMs,
    by,
  }: { readonly untilMs: number; readonly graceMs?: number | undefined; readonly by?: WantRecord },
  out: SchedulerAction[],
): void {
  const { reclaimed, job, want } = lease;
  if (reclaimed !== undefined && (graceMs === undefined || reclaimed.graceMs !== undefined)) return;
  if (reclaimed === undefined && lease.kind === "cpu") {
    job.reclaimed += 1;
    want.asked += 1;
    if (by !== undefined) {
      lease.askedBy = by;
      by.promised += 1;
      place(state, by.job);
    }
  }
  lease.reclaimed = { graceMs, untilMs };
  if (graceMs !== undefined) state.reclaimed.add(lease);
  place(state, job);
  // Its next I/O tasks go elsewhere.
  if (lease.kind === "io" && job.io.delete(lease.node.id)) placeIo(state, job);
  tellReclaimed(lease, out);
}

/** Says it to the client; again when it has come back. One that has not heard of the lease yet does not hear of it. */
export function tellReclaimed(lease: LeaseRecord, out: SchedulerAction[]): void {
  const { id, job, reclaimed } = lease;
  if (reclaimed === undefined || lease.state === "assigning" || !isKnown(job)) return;
  const { graceMs } = reclaimed;
  const words = { type: "reclaim", lease: id, job: job.id, client: job.client } as const;
  out.push(graceMs === undefined ? words : { ...words, graceMs });
}

/** Lease ids carry the scheduler's epoch, so that leases of an earlier one are known as such. */
export function nextLeaseId(state: SchedulerState): LeaseId {
  state.serial += 1;
  // The form that isLeaseId takes: 10 digits of epoch and 16 of serial number, base 36.
  return `l_${state.epoch.toString(36).padStart(10, "0")}${state.serial.toString(36).padStart(16, "0")}` as LeaseId;
}

export const leaseEpoch = (lease: LeaseId): number => Number.parseInt(lease.slice(2, 12), 36);

/** Whom nothing would do may look at this node again. */
function hasRoom(state: SchedulerState, node: NodeRecord): void {
  for (const want of state.stuck) if (allows(want, node.id)) unstick(state, want);
}

function placeWant(state: SchedulerState, want: WantRecord): void {
  const missing = slotsOf(state, want) - want.held + want.asked;
  if (missing > 0 && !want.stuck) state.waiting.place(want);
  else state.waiting.remove(want);
  if (missing > want.promised && !want.unheard) state.asking.place(want);
  else state.asking.remove(want);
}

function unpromise(state: SchedulerState, want: WantRecord): void {
  want.promised -= 1;
  place(state, want.job);
}
