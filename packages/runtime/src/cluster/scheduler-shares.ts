/** Fair shares: who gets a free lane, who is asked for one back, and when a turn is over. Pure; owns the leases' records. */
import { IO_SERVERS_LIMIT, LEASE_QUANTUM_MS } from "../defaults.ts";
import { type LeaseId, serverId } from "../ids.ts";
import { type ServerInfo } from "./contracts.ts";
import { type JobInfo, type JobState } from "./events.ts";
import { pickNode } from "./placement.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import {
  type JobRecord,
  type LaneRecord,
  type LeaseRecord,
  type NodeRecord,
  type SchedulerState,
} from "./scheduler-records.ts";

/** I/O servers of a node are numbered round and round; far more numbers than servers. */
const IO_NUMBERS = 10_000;

/** Gives free lanes to the jobs that have least for their weight, then asks those back that others have too many of. */
export function settle(state: SchedulerState, nowMs: number, out: SchedulerAction[]): void {
  grantFree(state, nowMs, out);
  askBack(state, out);
  // Who was just asked for one may take a free one that the other avoids.
  if (state.freeNodes.size > 0) grantFree(state, nowMs, out);
  for (const job of state.ioWaiting) {
    if (state.ioNodes.size === 0) break;
    grantIo(state, job, nowMs, out);
  }
}

/** After each quantum a lane goes on to a job that waits with less, so that more jobs than lanes all make progress. */
export function rotate(state: SchedulerState, nowMs: number, out: SchedulerAction[]): void {
  for (const lease of state.leases.values()) {
    if (nowMs - lease.sinceMs < LEASE_QUANTUM_MS) break;
    const needy = state.asking.peek();
    if (needy === undefined) break;
    renew(state, lease, nowMs);
    const holder = lease.job;
    if (lease.kind === "io") continue;
    if (holder === needy || holder.askedFor.length >= holder.held || holder.holdKey < needy.askKey) continue;
    if (!canUse(needy, holder)) continue;
    if (served(holder, nowMs) / holder.weight <= served(needy, nowMs) / needy.weight) continue;
    ask(state, holder, needy, out);
  }
}

/** Puts the job at its place in every order; call it whenever its numbers have changed. */
export function place(state: SchedulerState, job: JobRecord): void {
  const kept = job.held - job.askedFor.length;
  const coming = kept + job.promised;
  job.nextKey = (kept + 1) / job.weight;
  job.askKey = (coming + 1) / job.weight;
  job.holdKey = kept / job.weight;
  job.surplus = kept - job.demand;
  if (kept < job.demand) state.waiting.place(job);
  else state.waiting.remove(job);
  if (coming < job.demand) state.asking.place(job);
  else state.asking.remove(job);
  if (job.surplus > 0) state.surplus.place(job);
  else state.surplus.remove(job);
  if (kept > 0) state.holders.place(job);
  else state.holders.remove(job);
}

/** Puts the node where placement looks for free lanes and for room for I/O servers. */
export function placeNode(state: SchedulerState, node: NodeRecord): void {
  if (node.away !== undefined) return;
  if (node.free.length > 0) state.freeNodes.place(node);
  else state.freeNodes.remove(node);
  if (node.io.size < IO_SERVERS_LIMIT) state.ioNodes.place(node);
  else state.ioNodes.remove(node);
}

/** A lane whose process is ready and belongs to nobody. */
export function laneFree(lane: LaneRecord, state: SchedulerState): void {
  if (lane.state === "free") return;
  dropPromise(lane, state);
  lane.state = "free";
  lane.node.free.push(lane);
  placeNode(state, lane.node);
}

/** The lane is gone, or was given to somebody: nobody waits for it any more. */
export function dropPromise(lane: LaneRecord, state: SchedulerState): void {
  const job = lane.promisedTo;
  if (job === undefined) return;
  lane.promisedTo = undefined;
  job.promised -= 1;
  if (job.state !== "closed") place(state, job);
}

/** Books a lease; the lane, if it is a CPU lease, must not be in its node's list of free ones any more. */
export function addLease(state: SchedulerState, lease: LeaseRecord, lane: LaneRecord | undefined): void {
  const { job } = lease;
  state.leases.set(lease.id, lease);
  job.leases.add(lease);
  if (lane === undefined) {
    lease.node.io.set(lease.server, lease);
    job.ioLease = lease;
    state.ioWaiting.delete(job);
    return;
  }
  lane.state = "leased";
  lane.lease = lease;
  lane.node.leased += 1;
  job.held += 1;
  job.grantedSumMs += lease.grantedMs;
  place(state, job);
}

/** Ends a lease. Its lane is left in `laneState`; when the job was asked for one back, this is it. */
export function endLease(
  state: SchedulerState,
  lease: LeaseRecord,
  laneState: "recycling" | "lost",
  nowMs: number,
): void {
  const { job, node } = lease;
  state.leases.delete(lease.id);
  job.leases.delete(lease);
  if (lease.kind === "io") {
    node.io.delete(lease.server);
    placeNode(state, node);
    if (job.ioLease === lease) job.ioLease = undefined;
    if (job.wantsIo && job.state !== "closed") state.ioWaiting.add(job);
    return;
  }
  const lane = node.lanes[lease.server - 1];
  job.held -= 1;
  job.servedMs += nowMs - lease.grantedMs;
  job.grantedSumMs -= lease.grantedMs;
  node.leased -= 1;
  const promisedTo = job.askedFor.shift();
  if (lane !== undefined) {
    lane.state = laneState;
    lane.lease = undefined;
    lane.promisedTo = promisedTo;
  } else if (promisedTo !== undefined) {
    promisedTo.promised -= 1;
    if (promisedTo.state !== "closed") place(state, promisedTo);
  }
  if (job.state !== "closed") place(state, job);
}

/** Says how a job stands when that has changed. */
export function showState(job: JobRecord, out: SchedulerAction[]): void {
  const next = stateOf(job);
  if (next === job.state) return;
  job.state = next;
  if (isKnown(job) && (next === "waiting" || next === "active"))
    out.push({ type: "event", event: { type: `job.${next}`, job: jobInfo(job) } });
}

/** False for a job of an earlier scheduler of which only leases are known: its client, which has its name, is awaited. */
export const isKnown = (job: JobRecord): boolean => job.awaits?.whom !== "client";

export function jobInfo(job: JobRecord): JobInfo {
  return {
    id: job.id,
    name: job.name,
    // A client's key begins with its peer's id.
    client: job.client.slice(0, Math.max(0, job.client.indexOf("/"))) as JobInfo["client"],
    weight: job.weight,
    state: job.state,
    openedMs: job.openedMs,
    demand: job.demand,
    held: job.held,
    counters: job.counters,
  };
}

export function serverInfo(node: NodeRecord, server: number, kind: "cpu" | "io"): ServerInfo {
  return { id: serverId(node.id, server), node: node.id, kind };
}

/** Lease ids carry the scheduler's epoch, so that leases of an earlier one are known as such. */
export function nextLeaseId(state: SchedulerState): LeaseId {
  state.serial += 1;
  // The form that isLeaseId takes: 10 digits of epoch and 16 of serial number, base 36.
  return `l_${state.epoch.toString(36).padStart(10, "0")}${state.serial.toString(36).padStart(16, "0")}` as LeaseId;
}

export const leaseEpoch = (lease: LeaseId): number => Number.parseInt(lease.slice(2, 12), 36);

function grantFree(state: SchedulerState, nowMs: number, out: SchedulerAction[]): void {
  const passed: JobRecord[] = [];
  for (let job = state.waiting.peek(); job !== undefined && state.freeNodes.size > 0; job = state.waiting.peek()) {
    const node = pickNode(state.freeNodes, job.avoids, nowMs);
    const lane = node?.free.pop();
    if (node === undefined || lane === undefined) {
      state.waiting.remove(job);
      passed.push(job);
      continue;
    }
    const lease: LeaseRecord = {
      id: nextLeaseId(state),
      kind: "cpu",
      job,
      node,
      server: lane.server,
      state: "assigning",
      grantedMs: nowMs,
      sinceMs: nowMs,
    };
    addLease(state, lease, lane);
    placeNode(state, node);
    assign(lease, out);
    showState(job, out);
  }
  for (const job of passed) place(state, job);
}

function askBack(state: SchedulerState, out: SchedulerAction[]): void {
  const passed: JobRecord[] = [];
  for (let needy = state.asking.peek(); needy !== undefined; needy = state.asking.peek()) {
    let holder = state.surplus.peek();
    if (holder === undefined) {
      holder = state.holders.peek();
      if (holder === undefined || holder === needy || holder.holdKey <= needy.askKey) break;
    }
    if (canUse(needy, holder)) ask(state, holder, needy, out);
    else {
      state.asking.remove(needy);
      passed.push(needy);
    }
  }
  for (const job of passed) place(state, job);
}

/** Whether a server of the holder can help the needy: one of a node it avoids would only go back and forth. */
function canUse(needy: JobRecord, holder: JobRecord): boolean {
  if (needy.avoids.size === 0) return true;
  for (const { kind, node } of holder.leases) if (kind === "cpu" && !needy.avoids.has(node.id)) return true;
  return false;
}

function ask(state: SchedulerState, holder: JobRecord, needy: JobRecord, out: SchedulerAction[]): void {
  holder.askedFor.push(needy);
  needy.promised += 1;
  place(state, holder);
  place(state, needy);
  out.push({ type: "revoke", job: holder.id, client: holder.client });
}

/** One I/O server a job, on the node that runs fewest for its size. */
function grantIo(state: SchedulerState, job: JobRecord, nowMs: number, out: SchedulerAction[]): void {
  const node = pickNode(state.ioNodes, job.avoids, nowMs);
  if (node === undefined) return;
  const server = nextIoServer(node);
  const lease: LeaseRecord = {
    id: nextLeaseId(state),
    kind: "io",
    job,
    node,
    server,
    state: "assigning",
    grantedMs: nowMs,
    sinceMs: nowMs,
  };
  addLease(state, lease, undefined);
  placeNode(state, node);
  assign(lease, out);
  showState(job, out);
}

function nextIoServer(node: NodeRecord): number {
  for (;;) {
    node.ioSerial = (node.ioSerial % IO_NUMBERS) + 1;
    const server = node.lanes.length + node.ioSerial;
    if (!node.io.has(server)) return server;
  }
}

function assign(lease: LeaseRecord, out: SchedulerAction[]): void {
  const { id, kind, job, node, server } = lease;
  out.push({ type: "assign", lease: id, kind, job: job.id, client: job.client, node: node.id, server });
}

/** Puts the lease behind the others: its quantum begins. */
function renew(state: SchedulerState, lease: LeaseRecord, nowMs: number): void {
  lease.sinceMs = nowMs;
  state.leases.delete(lease.id);
  state.leases.set(lease.id, lease);
}

const served = (job: JobRecord, nowMs: number): number => job.servedMs + job.held * nowMs - job.grantedSumMs;

function stateOf(job: JobRecord): JobState {
  if (job.state === "closed") return "closed";
  if (job.held > 0 || job.ioLease !== undefined) return "active";
  return job.demand > 0 || job.wantsIo ? "waiting" : "open";
}
