/** Jobs in the scheduler's core: opened (again), their demand, closed, and what a lost client leaves. Pure. */
import { ADOPT_FOR_MS, CLIENT_YIELD_MS, EXCLUSIVE_IDLE_MS } from "../defaults.ts";
import { type LeaseId } from "../ids.ts";
import { NO_COUNTERS } from "./events.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { CPU_WANT, IO_WANT, type JobRecord, type LeaseRecord } from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { type SchedulerEvent } from "./scheduler-events.ts";
import { EVERYWHERE, placesOf } from "./job-places.ts";
import { leaveTurn } from "./scheduler-alone.ts";
import { endLease, holdOf, leaseEpoch, tellReclaimed } from "./scheduler-leases.ts";
import { isAway, jobInfo, showState, tellState } from "./scheduler-show.ts";
import { newOrders } from "./want-orders.ts";
import { dropWants, forgetWants, mute, newWant } from "./scheduler-wants.ts";

type JobOpened = Extract<SchedulerEvent, { readonly type: "job.opened" }>;

/** Books a job, without any demand. */
export function newJob(
  state: SchedulerState,
  opened: Pick<JobOpened, "job" | "name" | "client" | "weight" | "places" | "priority" | "exclusive" | "idleMs">,
  nowMs: number,
): JobRecord {
  state.serial += 1;
  const job: JobRecord = {
    id: opened.job,
    name: opened.name,
    client: opened.client,
    weight: opened.weight,
    priority: opened.priority ?? 0,
    exclusive: opened.exclusive ?? false,
    idleMs: opened.idleMs ?? EXCLUSIVE_IDLE_MS,
    idleSinceMs: nowMs,
    hasPlace: false,
    vainSinceMs: undefined,
    vain: false,
    turnAfterMs: nowMs,
    serial: state.serial,
    openedMs: nowMs + state.wallOffsetMs,
    wasOpened: false,
    state: "open",
    why: undefined,
    muted: false,
    cpu: new Map(),
    ioWants: new Map(),
    wantSerial: 0,
    alone: false,
    shut: opened.exclusive ?? false,
    sums: { slots: 0, promised: 0, kept: 0, spare: 0 },
    ioSlots: 0,
    ...newOrders(),
    held: 0,
    heldAway: 0,
    askedFor: [],
    reclaimed: 0,
    leases: new Set(),
    io: new Map(),
    perNode: undefined,
    servedMs: 0,
    countedMs: nowMs,
    avoids: new Map(),
    claims: new Set(),
    awaits: undefined,
    silent: undefined,
    parkedAt: new Set(),
    places: placesOf(opened.places ?? EVERYWHERE),
    counters: NO_COUNTERS,
    sureLanes: 0,
    mostLanes: 0,
    nextKey: 0,
    askKey: 0,
    holdKey: 0,
    surplus: 0,
    at: [-1, -1, -1, -1],
  };
  newWant(job, CPU_WANT, "cpu");
  newWant(job, IO_WANT, "io");
  state.jobs.set(job.id, job);
  const of = state.jobsOf.get(job.client);
  if (of === undefined) state.jobsOf.set(job.client, new Set([job]));
  else of.add(job);
  return job;
}

/** The job awaits its client, or the nodes of leases it claims; `undefined`: no longer. */
export function awaitFor(
  state: SchedulerState,
  job: JobRecord,
  whom: "client" | "nodes" | undefined,
  nowMs: number,
  yieldsMs: number = Infinity,
): void {
  job.awaits = whom === undefined ? undefined : { whom, untilMs: nowMs + ADOPT_FOR_MS, yieldsMs };
  if (whom === undefined) state.awaited.delete(job);
  else state.awaited.add(job);
}

/** A client opens a job, or opens it again after it lost this scheduler or an earlier one. */
export function jobOpened(state: SchedulerState, opened: JobOpened, nowMs: number, out: SchedulerAction[]): void {
  const known = state.jobs.get(opened.job);
  const job = known ?? newJob(state, opened, nowMs);
  const returned = known !== undefined && isAway(known);
  job.wasOpened = true;
  job.name = opened.name;
  job.weight = opened.weight;
  job.priority = opened.priority ?? 0;
  job.exclusive = opened.exclusive ?? false;
  job.idleMs = opened.idleMs ?? EXCLUSIVE_IDLE_MS;
  job.muted = false;
  job.places = placesOf(opened.places ?? EVERYWHERE);
  job.counters = opened.counters;
  awaitFor(state, job, undefined, nowMs);
  job.silent = undefined;
  for (const node of opened.parkedAt ?? []) job.parkedAt.add(node);
  job.claims.clear();
  forgetWants(state, job, opened.ruled === true);
  const claimed = new Set(opened.leases);
  for (const lease of job.leases) {
    if (claimed.delete(lease.id) || lease.state === "assigning") continue;
    // Granted while the client was away: it has not heard of it, or has forgotten it.
    if (!returned) grant(lease, out);
    else {
      giveUp(state, lease, nowMs, out);
      lost(job, lease.id, "it was given up while its client was away", out);
    }
  }
  for (const lease of claimed) claim(state, job, lease, nowMs, out);
  for (const lease of job.leases) tellReclaimed(lease, out);
  // What it was asked for before, it has forgotten, or was not there to hear.
  for (let asked = 0; asked < job.askedFor.length; asked += 1) {
    out.push({ type: "revoke", job: job.id, client: job.client });
  }
  if (known === undefined || returned) out.push({ type: "event", event: { type: "job.opened", job: jobInfo(job) } });
}

/** Nothing is heard of a job's client, or it is back. A break that is short enough is nobody's business. */
export function clientSuspected(
  state: SchedulerState,
  job: JobRecord,
  suspected: boolean,
  nowMs: number,
  out: SchedulerAction[],
): void {
  if (!suspected) {
    job.silent = undefined;
    if (!isAway(job)) mute(state, job, false, out);
  } else if (!isAway(job)) job.silent ??= { sinceMs: nowMs };
}

/** Nothing was heard of its client for a while: it wants no more servers now, and can't give any back. */
function yieldSilent(state: SchedulerState, job: JobRecord, nowMs: number, out: SchedulerAction[]): void {
  const { silent } = job;
  if (silent === undefined || nowMs < silent.sinceMs + CLIENT_YIELD_MS) return;
  mute(state, job, true, out);
  for (const lease of yieldAsked(state, job, nowMs, out)) lost(job, lease, "others waited for it meanwhile", out);
}

/** The connection to a job's client is lost. It may come back to its servers; until then the job wants no others. */
export function clientLost(state: SchedulerState, job: JobRecord, nowMs: number, out: SchedulerAction[]): void {
  if (isAway(job)) return;
  if (job.leases.size === 0) {
    jobClosed(state, job, nowMs, out);
    return;
  }
  job.claims.clear();
  job.silent = undefined;
  awaitFor(state, job, "client", nowMs, nowMs + CLIENT_YIELD_MS);
  mute(state, job, true, out);
  tellState(job, "active", out);
}

/** The job is over: its leases end, its servers get fresh processes. */
export function jobClosed(state: SchedulerState, job: JobRecord, nowMs: number, out: SchedulerAction[]): void {
  // Nothing it gives back comes to it again.
  mute(state, job, true, []);
  leaveTurn(state, job);
  for (const lease of job.leases) giveUp(state, lease, nowMs, out);
  for (const node of job.parkedAt) out.push({ type: "over", job: job.id, node });
  // Closed first: ending leases above still moved it about in the heaps.
  job.state = "closed";
  for (const heap of [state.surplus, state.holders, state.waiting, state.asking]) heap.remove(job);
  dropWants(state, job);
  state.awaited.delete(job);
  state.jobs.delete(job.id);
  const of = state.jobsOf.get(job.client);
  of?.delete(job);
  if (of?.size === 0) state.jobsOf.delete(job.client);
  if (job.wasOpened) out.push({ type: "event", event: { type: "job.closed", job: jobInfo(job) } });
}

/** The client gives a lease back, or the node refused it; for `avoidMs` the job wants no server of that node. */
export function leaseReleased(
  state: SchedulerState,
  lease: LeaseRecord,
  avoidMs: number,
  nowMs: number,
  out: SchedulerAction[],
  park = false,
): void {
  if (avoidMs > 0) lease.job.avoids.set(lease.node.id, nowMs + avoidMs);
  giveUp(state, lease, nowMs, out, park);
  showState(lease.job, out);
}

/** Leases that were to be given back within a grace, and were not, are taken. */
export function takeReclaimed(state: SchedulerState, nowMs: number, out: SchedulerAction[]): void {
  for (const lease of state.reclaimed) {
    if (lease.reclaimed === undefined || lease.reclaimed.untilMs > nowMs) continue;
    giveUp(state, lease, nowMs, out);
    lost(lease.job, lease.id, "its server was stopped", out);
    showState(lease.job, out);
  }
}

/** What was awaited and has not come is given up; nodes that were avoided are tried again. */
export function giveUpAwaited(state: SchedulerState, nowMs: number, out: SchedulerAction[]): void {
  for (const job of state.awaited) {
    if (job.awaits !== undefined && job.awaits.yieldsMs <= nowMs) yieldAsked(state, job, nowMs, out);
    if (job.awaits === undefined || job.awaits.untilMs > nowMs) continue;
    if (isAway(job)) {
      jobClosed(state, job, nowMs, out);
      continue;
    }
    for (const lease of job.claims) lost(job, lease, "its node has not come back", out);
    job.claims.clear();
    awaitFor(state, job, undefined, nowMs);
  }
  for (const job of state.jobs.values()) {
    yieldSilent(state, job, nowMs, out);
    for (const [node, untilMs] of job.avoids) if (untilMs <= nowMs) job.avoids.delete(node);
  }
}

/** Others wait for servers of a job whose client is away: it can't give them back, so they are taken. */
function yieldAsked(state: SchedulerState, job: JobRecord, nowMs: number, out: SchedulerAction[]): readonly LeaseId[] {
  const taken: LeaseId[] = [];
  for (const lease of job.leases) {
    if (lease.kind !== "cpu") continue;
    // Whichever of them, or this one, where only some will do; or one that was to come back for nobody, one after another.
    const isAsked = job.askedFor.length > 0 || lease.askedBy !== undefined;
    if (!isAsked && (taken.length > 0 || !isWantedNow(state, lease))) continue;
    giveUp(state, lease, nowMs, out);
    taken.push(lease.id);
  }
  return taken;
}

/** Whether it was asked back by an operator, and others could have its server by now. */
function isWantedNow(state: SchedulerState, { reclaimed, node, server }: LeaseRecord): boolean {
  const lane = node.lanes[server - 1];
  if (reclaimed === undefined || lane === undefined || node.away !== undefined) return false;
  return state.intakeOpen && state.waiting.size > 0 && holdOf(lane) === undefined;
}

/** Tells the client of a lease that stands. */
export function grant(lease: LeaseRecord, out: SchedulerAction[]): void {
  const { id, kind, job, node, server, want } = lease;
  out.push({ type: "grant", lease: id, want: want.n, kind, job: job.id, client: job.client, node: node.id, server });
}

function giveUp(state: SchedulerState, lease: LeaseRecord, nowMs: number, out: SchedulerAction[], park = false): void {
  endLease(state, lease, "recycling", nowMs);
  const { id, node, server, job } = lease;
  if (park) job.parkedAt.add(node.id);
  out.push({ type: "unassign", lease: id, node: node.id, server, ...(park ? { park } : {}) });
}

function claim(state: SchedulerState, job: JobRecord, lease: LeaseId, nowMs: number, out: SchedulerAction[]): void {
  if (leaseEpoch(lease) === state.epoch) {
    lost(job, lease, "the scheduler had given the client up", out);
    return;
  }
  job.claims.add(lease);
  awaitFor(state, job, "nodes", nowMs);
}

function lost(job: JobRecord, lease: LeaseId, message: string, out: SchedulerAction[]): void {
  out.push({ type: "lost", lease, job: job.id, client: job.client, error: { code: "SERVER_LOST", message } });
}
