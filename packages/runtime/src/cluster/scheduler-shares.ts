/** Fair shares: who gets a free lane, who is asked for one back, and when a turn is over. Pure. */
import { turns, watchTurns } from "./scheduler-alone.ts";
import { reclaim } from "./scheduler-leases.ts";
import { count, place, placeWant, setStuck, spareOf, stopAsking, stopWaiting, unstick } from "./scheduler-orders.ts";
import { deserve } from "./scheduler-deserved.ts";
import { grantIo, grantLane } from "./scheduler-grants.ts";
import { fits, isPicky, mayHave, takeLane } from "./scheduler-pick.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import {
  CPU_WANT,
  heldHere,
  type JobRecord,
  type LeaseRecord,
  type NodeRecord,
  type WantRecord,
} from "./scheduler-records.ts";
import { othersHere, type SchedulerState } from "./scheduler-book.ts";
import { showWhy, wantsLanes } from "./scheduler-show.ts";

/** How many of those that wait are asked whether they can use a lane whose quantum is over. */
const ROTATE_LOOKS = 16;
/** Time that may be uncounted when a lane is given away, as a share of the quantum. */
const COUNT_SHARE = 1 / 16;

/** Gives free lanes to the jobs that have least for their weight, then asks those back that others have too many of. */
export function settle(state: SchedulerState, nowMs: number, out: SchedulerAction[]): void {
  if (!state.intakeOpen) return;
  if (state.alone !== undefined || state.exclusive.size > 0) turns(state, nowMs);
  grantFree(state, nowMs, out);
  if (state.alone === undefined) askBack(state, nowMs, out);
  else askAll(state, state.alone, out);
  // Who was just asked for one may take a free one that the other avoids.
  if (state.freeNodes.size > 0) grantFree(state, nowMs, out);
  for (const want of state.ioWaiting) {
    if (state.ioNodes.size === 0) break;
    if (state.alone !== undefined && state.alone !== want.job) continue;
    while (state.ioWaiting.has(want) && grantIo(state, want, nowMs, out));
  }
}

/** Looks again at what found no place, and says why it waits. */
export function lookAgain(state: SchedulerState, nowMs: number, out: SchedulerAction[]): void {
  watchTurns(state, nowMs);
  deserve(state);
  for (const want of state.stuck) unstick(state, want);
  for (const want of state.unheard) {
    want.unheard = false;
    placeWant(want);
    place(state, want.job);
  }
  state.unheard.clear();
  let least = Infinity;
  for (const job of state.jobs.values()) {
    showWhy(state, job, out);
    if (wantsLanes(job) && !job.muted) least = Math.min(least, servedShare(job, nowMs));
  }
  if (least < Infinity) state.virtualMs = Math.max(state.virtualMs, least);
}

/** After each quantum a lane goes on to a job that waits with less, so that more jobs than lanes all make progress. */
export function rotate(state: SchedulerState, nowMs: number, out: SchedulerAction[]): void {
  if (state.alone !== undefined) return;
  for (const lease of state.leases.values()) {
    if (nowMs - lease.sinceMs < state.quantumMs || state.asking.size === 0) break;
    renew(state, lease, nowMs);
    const holder = lease.job;
    if (lease.kind === "io" || lease.reclaimed !== undefined) continue;
    const kept = heldHere(holder) - holder.askedFor.length - holder.reclaimed;
    if (kept <= 0) continue;
    const holderServed = servedShare(holder, nowMs);
    const isBehind = (job: JobRecord): boolean =>
      job !== holder &&
      holder.priority <= job.priority &&
      holder.holdKey >= job.askKey &&
      holderServed > servedShare(job, nowMs);
    const needy = firstAsking(state, isBehind, (want) => canTake(want, lease, nowMs));
    if (needy !== undefined) ask(state, lease, needy, out);
  }
}

/** The first want that both take, of as many as are looked at. */
function firstAsking(
  state: SchedulerState,
  takesJob: (job: JobRecord) => boolean,
  takes: (want: WantRecord) => boolean,
): WantRecord | undefined {
  let left = ROTATE_LOOKS;
  let found: WantRecord | undefined;
  state.asking.first((job) => {
    const looks = Math.min(left, job.asking.size);
    if (takesJob(job)) found = job.asking.first(takes, looks);
    left -= looks;
    return found !== undefined || left === 0;
  });
  return found;
}

/** A job that had no tasks for a while has missed nothing: it does not make up for the time in which others ran. */
export function beginShare(state: SchedulerState, job: JobRecord): void {
  job.servedMs = Math.max(job.servedMs, state.virtualMs * job.weight);
}

function grantFree(state: SchedulerState, nowMs: number, out: SchedulerAction[]): void {
  const passed: WantRecord[] = [];
  while (state.freeNodes.size > 0) {
    const want = nextWaiting(state, nowMs);
    if (want === undefined) break;
    const lane = takeLane(state, want, nowMs);
    if (lane === undefined) {
      if (isPicky(want)) setStuck(state, want);
      else {
        stopWaiting(state, want);
        passed.push(want);
      }
      continue;
    }
    grantLane(state, want, lane, nowMs, out);
  }
  for (const want of passed) {
    placeWant(want);
    place(state, want.job);
  }
}

/** Who gets the next free lane. While a job runs alone, nobody else; and it starts once the others hold none that is here. */
function nextWaiting(state: SchedulerState, nowMs: number): WantRecord | undefined {
  const { alone } = state;
  if (alone === undefined) return neediest(state, nowMs);
  if (othersHere(state, alone) > 0) return undefined;
  return alone.waiting.peek();
}

/** The first that waits. A job that was asked for all it has still has time there, which counts. */
function neediest(state: SchedulerState, nowMs: number): WantRecord | undefined {
  for (;;) {
    const job = state.waiting.peek();
    const want = job?.waiting.peek();
    if (job === undefined || want === undefined) return undefined;
    if (job.nextKey !== 0 || job.held * (nowMs - job.countedMs) <= state.quantumMs * COUNT_SHARE) return want;
    // It has had more than when it was put there: others may come before it now.
    count(job, nowMs);
    place(state, job);
  }
}

function askBack(state: SchedulerState, nowMs: number, out: SchedulerAction[]): void {
  const first = (): WantRecord | undefined => state.asking.peek()?.asking.peek();
  for (let want = first(); want !== undefined; want = first()) {
    const { job } = want;
    const top = state.surplus.peek();
    const holder = top === job ? state.surplus.first((other) => other !== job) : top;
    const most = holder ?? state.holders.peek();
    // Nobody has too much for the first; so nobody has for those behind it.
    if (most === undefined || (holder === undefined && !hasMore(most, want))) break;
    const lease = isPicky(want) ? leaseFor(state, want, nowMs) : anyOf(want, most, nowMs);
    if (lease !== undefined) ask(state, lease, want, out);
    else stopAsking(state, want);
  }
}

/** A job is to run alone: everybody gives back all they have, when what runs there has ended. */
function askAll(state: SchedulerState, alone: JobRecord, out: SchedulerAction[]): void {
  const by = alone.cpu.get(CPU_WANT);
  if (by === undefined || othersHere(state, alone) === 0) return;
  const others = (job: JobRecord): boolean => job !== alone;
  for (let job = state.holders.first(others); job !== undefined; job = state.holders.first(others)) {
    askAny(state, job, by, out);
  }
}

/** Whether the job has more than the want's would after getting another, or is less important. */
function hasMore(holder: JobRecord, { job }: WantRecord): boolean {
  if (holder === job || holder.priority > job.priority) return false;
  return holder.priority < job.priority || holder.holdKey > job.askKey;
}

/** The holder's lease that shows that any of them can help; one of a node that is avoided would only go back and forth. */
function anyOf(want: WantRecord, holder: JobRecord, nowMs: number): LeaseRecord | undefined {
  for (const lease of holder.leases) if (lease.kind === "cpu" && canTake(want, lease, nowMs)) return lease;
  return undefined;
}

/** The lease that a want which is not content with any asks for: of the job that has most too many. */
function leaseFor(state: SchedulerState, want: WantRecord, nowMs: number): LeaseRecord | undefined {
  let best: LeaseRecord | undefined;
  const nodes = want.place?.nodes?.keys() ?? state.nodes.keys();
  for (const id of nodes) {
    const node = state.nodes.get(id);
    if (node === undefined || !mayHave(want, node, nowMs) || !leavesRoom(want, node)) continue;
    for (const { lease } of node.lanes) {
      if (lease === undefined || !canTake(want, lease, nowMs)) continue;
      if (spareOf(lease.want) <= 0 && !hasMore(lease.job, want)) continue;
      if (best === undefined || isRicher(lease.want, best.want)) best = lease;
    }
  }
  return best;
}

/** Whether lanes that are on their way to the job leave it room at a node of which it may have only some. */
function leavesRoom({ job, place: at }: WantRecord, node: NodeRecord): boolean {
  let coming = job.perNode?.get(node.id) ?? 0;
  for (const { lease, promisedTo } of node.lanes) if ((lease?.askedBy ?? promisedTo)?.job === job) coming += 1;
  return at?.nodes === undefined || coming < (at.nodes.get(node.id) ?? 0);
}

function isRicher(a: WantRecord, b: WantRecord): boolean {
  if (a.job.priority !== b.job.priority) return a.job.priority < b.job.priority;
  const difference = Math.max(0, spareOf(a)) - Math.max(0, spareOf(b));
  return difference === 0 ? a.job.holdKey > b.job.holdKey : difference > 0;
}

/** Whether the want's job could use the lease's lane, once it is free. */
function canTake(want: WantRecord, lease: LeaseRecord, nowMs: number): boolean {
  const { job } = lease;
  // Who is to give back all it has can't be asked for more.
  if (job === want.job || lease.reclaimed !== undefined || lease.node.away !== undefined) return false;
  if (job.askedFor.length + job.reclaimed >= heldHere(job)) return false;
  if (!isPicky(want) && want.job.avoids.size === 0 && want.job.places.everywhere) return true;
  const lane = lease.node.lanes[lease.server - 1];
  return lane !== undefined && mayHave(want, lease.node, nowMs) && fits(want, lane);
}

/** Asks for this lease where only some will do, else for whichever is free first. */
function ask(state: SchedulerState, lease: LeaseRecord, by: WantRecord, out: SchedulerAction[]): void {
  if (isPicky(by)) reclaim(state, lease, { untilMs: Infinity, by }, out);
  else askAny(state, lease.job, by, out);
}

function askAny(state: SchedulerState, holder: JobRecord, by: WantRecord, out: SchedulerAction[]): void {
  const of = holder.givers.peek();
  if (of === undefined) return;
  of.asked += 1;
  holder.askedFor.push({ by, of });
  by.promised += 1;
  placeWant(of);
  placeWant(by);
  place(state, holder);
  place(state, by.job);
  out.push({ type: "revoke", job: holder.id, client: holder.client });
}

/** Puts the lease behind the others: its quantum begins. */
function renew(state: SchedulerState, lease: LeaseRecord, nowMs: number): void {
  lease.sinceMs = nowMs;
  state.leases.delete(lease.id);
  state.leases.set(lease.id, lease);
}

/** Lease time the job has had, for its weight. */
function servedShare(job: JobRecord, nowMs: number): number {
  return (job.servedMs + job.held * (nowMs - job.countedMs)) / job.weight;
}
