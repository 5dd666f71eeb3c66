/**
 * Exclusive jobs: each in its turn has every CPU server of the cluster to itself, from when the others have given theirs
 * back until it is closed, or has had no tasks for its idle time. Who can use nothing that is here has no turn. Pure.
 */
import { EXCLUSIVE_VAIN_MS } from "../defaults.ts";
import { placeAll } from "./scheduler-orders.ts";
import { couldUse } from "./scheduler-pick.ts";
import { heldHere, type JobRecord, type WantRecord } from "./scheduler-records.ts";
import { othersHere, type SchedulerState } from "./scheduler-book.ts";
import { isBusy } from "./scheduler-show.ts";

/** Ends the turn that is over and begins the next one. */
export function turns(state: SchedulerState, nowMs: number): void {
  const before = state.alone;
  if (before !== undefined && isOver(before, nowMs)) {
    // Whoever comes back later comes after those that wait.
    state.exclusive.delete(before);
    if (isWaiting(before)) state.exclusive.add(before);
    state.alone = undefined;
    again(state, before);
  }
  if (state.alone !== undefined) return;
  let next: JobRecord | undefined;
  for (const job of state.exclusive) {
    if (!isWaiting(job) || !job.hasPlace || nowMs < job.turnAfterMs) continue;
    if (next === undefined || job.priority > next.priority) next = job;
  }
  if (next === undefined) return;
  state.alone = next;
  next.vain = false;
  again(state, next);
}

/** An exclusive job has tasks: it waits for its turn, if it has none. */
export function enterTurn(state: SchedulerState, job: JobRecord): void {
  if (!job.exclusive || !isBusy(job)) return;
  state.exclusive.add(job);
  job.hasPlace = findsPlace(state, job);
}

/** The job is gone, or is exclusive no more. */
export function leaveTurn(state: SchedulerState, job: JobRecord): void {
  state.exclusive.delete(job);
  if (state.alone === job) state.alone = undefined;
}

/** Looks again at who could use what is here, and whether who is alone does. */
export function watchTurns(state: SchedulerState, nowMs: number): void {
  for (const job of state.exclusive) job.hasPlace = findsPlace(state, job);
  const { alone } = state;
  if (alone === undefined) return;
  const isVain = isBusy(alone) && holdsNothing(alone) && othersHere(state, alone) === 0 && state.freeNodes.size > 0;
  if (!isVain) {
    alone.vainSinceMs = undefined;
    return;
  }
  alone.vainSinceMs ??= nowMs;
  // It is not that its servers only begin: nothing takes its tasks. Others have the cluster meanwhile.
  if (nowMs - alone.vainSinceMs < EXCLUSIVE_VAIN_MS) return;
  alone.vain = true;
  alone.turnAfterMs = nowMs + alone.idleMs;
}

const isWaiting = (job: JobRecord): boolean => isBusy(job) && !job.muted && !job.places.paused;

function isOver(job: JobRecord, nowMs: number): boolean {
  if (job.muted || job.places.paused || nowMs < job.turnAfterMs) return true;
  if (!job.hasPlace && holdsNothing(job)) return true;
  return job.idleSinceMs !== undefined && nowMs - job.idleSinceMs >= job.idleMs;
}

const holdsNothing = (job: JobRecord): boolean => heldHere(job) === 0 && job.io.size === 0;

/** Whether something that is here would do for a task of the job, were it free. */
function findsPlace(state: SchedulerState, job: JobRecord): boolean {
  for (const wants of [job.cpu, job.ioWants]) {
    for (const want of wants.values()) if (want.slots > 0 && findsNode(state, want)) return true;
  }
  return false;
}

function findsNode({ nodes }: SchedulerState, want: WantRecord): boolean {
  const named = want.place?.nodes;
  const ids = named !== undefined && named.size < nodes.size ? named.keys() : nodes.keys();
  for (const id of ids) {
    const node = nodes.get(id);
    if (node !== undefined && couldUse(want, node)) return true;
  }
  return false;
}

function again(state: SchedulerState, job: JobRecord): void {
  job.vainSinceMs = undefined;
  placeAll(state, job);
}
