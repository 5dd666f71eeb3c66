/**
 * Exclusive jobs: each in its turn has every CPU server of the cluster to itself, from when the others have given theirs
 * back until it is closed, or has had no tasks for its idle time. Pure.
 */
import { place, placeIo } from "./scheduler-leases.ts";
import { type JobRecord, type SchedulerState } from "./scheduler-records.ts";
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
    if (isWaiting(job) && (next === undefined || job.priority > next.priority)) next = job;
  }
  if (next === undefined) return;
  state.alone = next;
  again(state, next);
}

/** An exclusive job has tasks: it waits for its turn, if it has none. */
export function enterTurn(state: SchedulerState, job: JobRecord): void {
  if (job.exclusive && isBusy(job)) state.exclusive.add(job);
}

/** The job is gone, or is exclusive no more. */
export function leaveTurn(state: SchedulerState, job: JobRecord): void {
  state.exclusive.delete(job);
  if (state.alone === job) state.alone = undefined;
}

const isWaiting = (job: JobRecord): boolean => isBusy(job) && !job.muted && !job.places.paused;

function isOver(job: JobRecord, nowMs: number): boolean {
  if (job.muted || job.places.paused) return true;
  return job.idleSinceMs !== undefined && nowMs - job.idleSinceMs >= job.idleMs;
}

function again(state: SchedulerState, job: JobRecord): void {
  place(state, job);
  placeIo(state, job);
}
