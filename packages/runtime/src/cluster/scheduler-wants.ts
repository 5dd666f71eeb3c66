/** What jobs want: how many servers, and where they may be. Pure. */
import { WANTS_LIMIT } from "../defaults.ts";
import { type NodeId } from "../ids.ts";
import { enterTurn } from "./scheduler-alone.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { DESERVE_AT_ONCE, deserve } from "./scheduler-deserved.ts";
import {
  forgetSums,
  inOrder,
  isUsed,
  lookLater,
  place,
  placeAll,
  placeIo,
  placeWant,
  reopen,
  unstick,
} from "./scheduler-orders.ts";
import { IO_WANT, type JobRecord, type WantPlace, type WantRecord } from "./scheduler-records.ts";
import { othersHere, type SchedulerState } from "./scheduler-book.ts";
import { type WantDemand, type WantPlaceWords } from "./scheduler-events.ts";
import { demandOf, isBusy, showState, wantsLanes } from "./scheduler-show.ts";
import { beginShare } from "./scheduler-shares.ts";

export function newWant(job: JobRecord, n: number, kind: "cpu" | "io"): WantRecord {
  job.wantSerial += 1;
  const want: WantRecord = {
    job,
    serial: job.wantSerial,
    n,
    kind,
    slots: 0,
    held: 0,
    asked: 0,
    promised: 0,
    counted: { slots: 0, promised: 0, kept: 0, spare: 0 },
    place: undefined,
    stuck: false,
    unheard: false,
    at: [-1, -1, -1],
  };
  (kind === "cpu" ? job.cpu : job.ioWants).set(n, want);
  if (kind === "io") job.ioAt.add(want);
  return want;
}

/** A place that has no node yet: the client has not said where. */
export const NOWHERE: WantPlaceWords = { kind: "cpu", nodes: [], text: "before its client has said where" };

export function placeOf(words: WantPlaceWords): WantPlace | undefined {
  const { nodes, server, memoryBytes, text, lack } = words;
  if (nodes === undefined && server === undefined && memoryBytes === undefined) return undefined;
  const limits = nodes === undefined ? undefined : new Map(nodes.map(({ node, servers }) => [node, servers]));
  return { nodes: limits, server, memoryBytes, text, lack };
}

/** How many servers the job's wants could use now, and where. */
export function jobDemand(
  state: SchedulerState,
  job: JobRecord,
  wants: readonly WantDemand[],
  nowMs: number,
  out: SchedulerAction[],
): void {
  const hadTasks = wantsLanes(job);
  const before = demandOf(job);
  for (const words of wants) setWant(state, job, words);
  for (const want of job.due) if (want.n > IO_WANT && !isUsed(want)) dropWant(state, want);
  if (!isBusy(job)) job.idleSinceMs ??= nowMs;
  else {
    job.idleSinceMs = undefined;
    if (!hadTasks && wantsLanes(job) && job.held === 0) beginShare(state, job);
    enterTurn(state, job);
  }
  lookAtDue(state, job, nowMs);
  place(state, job);
  placeIo(state, job);
  showState(job, out);
  // Of a job that could use more than it deserves, before and now, nothing changes for the others.
  if (Math.min(before, demandOf(job)) <= job.mostLanes && state.jobs.size <= DESERVE_AT_ONCE) deserve(state);
}

/** A node has come: how much of it each want may have. */
export function nodeFor(
  state: SchedulerState,
  job: JobRecord,
  node: NodeId,
  limits: readonly { readonly want: number; readonly servers: number }[],
): void {
  for (const { want: n, servers } of limits) {
    const want = wantOf(job, n);
    if (want?.place?.nodes === undefined) continue;
    want.place.nodes.set(node, servers);
    if (want.kind === "io") {
      job.ioAt.add(want);
      job.ioDue.add(want);
    }
    if (want.stuck) unstick(state, want);
  }
}

/** Its client is away, or back: meanwhile the job wants nothing. */
export function mute(state: SchedulerState, job: JobRecord, muted: boolean, out: SchedulerAction[]): void {
  if (job.muted === muted) return;
  job.muted = muted;
  replace(state, job, out);
}

/** Puts the job at its places again, after what it may have has changed. */
export function replace(state: SchedulerState, job: JobRecord, out: SchedulerAction[]): void {
  reopen(state, job);
  for (const want of inOrder(job.stuck)) unstick(state, want);
  placeAll(state, job);
  showState(job, out);
}

/** What the client said before its link to the scheduler was lost: it says it again. */
export function forgetWants(state: SchedulerState, job: JobRecord, ruled: boolean): void {
  for (const want of [...job.cpu.values(), ...job.ioWants.values()]) {
    want.slots = 0;
    if (ruled && want.n <= IO_WANT) setPlace(state, want, NOWHERE);
    if (want.kind === "io") placeWant(want);
  }
  placeAll(state, job);
}

/** Takes a closed job's wants out of every order. */
export function dropWants(state: SchedulerState, job: JobRecord): void {
  for (const want of [...job.cpu.values(), ...job.ioWants.values()]) leaveOrders(state, want);
}

export function wantOf(job: JobRecord, n: number): WantRecord | undefined {
  return job.cpu.get(n) ?? job.ioWants.get(n);
}

function setWant(state: SchedulerState, job: JobRecord, { want: n, slots, place: words }: WantDemand): void {
  let want = wantOf(job, n);
  if (want === undefined) {
    if (words === undefined || job.cpu.size + job.ioWants.size >= WANTS_LIMIT) return;
    want = newWant(job, n, words.kind);
  }
  want.slots = slots;
  if (words !== undefined) setPlace(state, want, words);
  placeWant(want);
  if (words !== undefined && want.stuck) unstick(state, want);
}

function setPlace(state: SchedulerState, want: WantRecord, words: WantPlaceWords): void {
  want.place = placeOf(words);
  if (want.place?.nodes !== undefined) countPerNode(want.job);
  if (want.kind === "io") want.job.ioAt.add(want);
  if (want.stuck) state.stuck.add(want);
}

function countPerNode(job: JobRecord): void {
  if (job.perNode !== undefined) return;
  job.perNode = new Map();
  for (const { kind, node } of job.leases) {
    if (kind === "cpu") job.perNode.set(node.id, (job.perNode.get(node.id) ?? 0) + 1);
  }
}

/** Looks again at the wants that may find a place now, though they found none before. */
function lookAtDue(state: SchedulerState, job: JobRecord, nowMs: number): void {
  for (const [node, untilMs] of job.avoids) if (untilMs <= nowMs) lookLater(state, job, node);
  // Who can't be given anything now is looked at later, when more may have changed.
  const { alone } = state;
  const isTurn = alone === undefined || (alone === job && othersHere(state, job) === 0);
  for (const want of inOrder(isTurn ? job.due : job.stuck)) if (want.stuck) unstick(state, want);
  job.due.clear();
}

/** Nothing is left of it. */
function dropWant(state: SchedulerState, want: WantRecord): void {
  const { job, kind, n } = want;
  leaveOrders(state, want);
  forgetSums(want);
  (kind === "cpu" ? job.cpu : job.ioWants).delete(n);
  job.ioAt.delete(want);
  for (const set of [job.stuck, job.due, job.ioDue]) set.delete(want);
  for (const heap of [job.waiting, job.asking, job.givers]) heap.remove(want);
}

function leaveOrders(state: SchedulerState, want: WantRecord): void {
  state.stuck.delete(want);
  state.unheard.delete(want);
  state.ioWaiting.delete(want);
}
