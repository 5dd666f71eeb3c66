/** Books leases: given, ended, used for another want, asked back. Pure. */
import { type LeaseId } from "../ids.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { count, hasRoom, ioChanged, lookLater, place, placeIo, placeNode, placeWant } from "./scheduler-orders.ts";
import { type Hold, type LaneRecord, type LeaseRecord, type WantRecord } from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { isAway } from "./scheduler-show.ts";

/** The node of a lease is away, or is here again. */
export function countAway(state: SchedulerState, { kind, job }: LeaseRecord, by: 1 | -1): void {
  if (kind === "io") return;
  state.cpuAway += by;
  job.heldAway += by;
  place(state, job);
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
  placeWant(want);
  if (lane === undefined) {
    node.io.set(lease.server, lease);
    job.io.set(node.id, lease);
    ioChanged(job, node);
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
    placeWant(want);
    node.io.delete(lease.server);
    placeNode(state, node);
    hasRoom(state, node);
    if (job.io.get(node.id) === lease && job.io.delete(node.id)) ioChanged(job, node);
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
  lookLater(state, job, node.id);
  node.leased -= 1;
  if (lease.reclaimed !== undefined) {
    job.reclaimed -= 1;
    want.asked -= 1;
  }
  placeWant(want);
  const asked = job.askedFor.shift();
  if (asked !== undefined) {
    asked.of.asked -= 1;
    placeWant(asked.of);
  }
  place(state, job);
  const promisedTo = askedBy ?? asked?.by;
  if (askedBy !== undefined && asked !== undefined) unpromise(state, asked.by);
  if (lane !== undefined) {
    lane.state = laneState;
    lane.lease = undefined;
    lane.promisedTo = promisedTo;
  } else if (promisedTo !== undefined) unpromise(state, promisedTo);
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
  placeWant(before);
  placeWant(want);
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
    placeWant(want);
    if (by !== undefined) {
      lease.askedBy = by;
      by.promised += 1;
      placeWant(by);
      place(state, by.job);
    }
  }
  lease.reclaimed = { graceMs, untilMs };
  if (graceMs !== undefined) state.reclaimed.add(lease);
  place(state, job);
  // Its next I/O tasks go elsewhere.
  if (lease.kind === "io" && job.io.delete(lease.node.id)) {
    ioChanged(job, lease.node);
    placeIo(state, job);
  }
  tellReclaimed(lease, out);
}

/** Says it to the client; again when it has come back. One that has not heard of the lease yet does not hear of it. */
export function tellReclaimed(lease: LeaseRecord, out: SchedulerAction[]): void {
  const { id, job, reclaimed } = lease;
  if (reclaimed === undefined || lease.state === "assigning" || isAway(job)) return;
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

function unpromise(state: SchedulerState, want: WantRecord): void {
  want.promised -= 1;
  placeWant(want);
  place(state, want.job);
}
