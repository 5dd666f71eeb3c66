/** What jobs want: how many servers, and where they may be. Pure. */
import { WANTS_LIMIT } from "../defaults.ts";
import { type NodeId } from "../ids.ts";
import { enterTurn } from "./scheduler-alone.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { DESERVE_AT_ONCE, deserve } from "./scheduler-deserved.ts";
import { place, placeIo, setStuck, unstick } from "./scheduler-leases.ts";
import {
  type JobRecord,
  type SchedulerState,
  type WantDemand,
  type WantPlace,
  type WantPlaceWords,
  type WantRecord,
} from "./scheduler-records.ts";
import { demandOf, isBusy, showState, wantsLanes } from "./scheduler-show.ts";
import { beginShare } from "./scheduler-shares.ts";

/** Numbers of a job's wants that are not told: CPU and I/O tasks that may run where the job may. */
export const CPU_WANT = 0;
export const IO_WANT = 1;

export function newWant(job: JobRecord, n: number, kind: "cpu" | "io", at: WantPlace | undefined): WantRecord {
  const numbers = { slots: 0, held: 0, asked: 0, promised: 0 };
  return { job, n, kind, ...numbers, place: at, stuck: false, unheard: false, at: [-1, -1] };
}

/** A place that has no node yet: the client has not said where. */
export const NOWHERE: WantPlaceWords = { kind: "cpu", nodes: [], text: "before its client has said where" };

export function placeOf(words: WantPlaceWords): WantPlace | undefined {
  const { nodes, server, memoryBytes, text } = words;
  if (nodes === undefined && server === undefined && memoryBytes === undefined) return undefined;
  const limits = nodes === undefined ? undefined : new Map(nodes.map(({ node, servers }) => [node, servers]));
  return { nodes: limits, server, memoryBytes, text };
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
  job.cpu = job.cpu.filter((want) => want.n === CPU_WANT || isUsed(state, want));
  job.ioWants = job.ioWants.filter((want) => want.n === IO_WANT || isUsed(state, want));
  if (!isBusy(job)) job.idleSinceMs ??= nowMs;
  else {
    job.idleSinceMs = undefined;
    if (!hadTasks && wantsLanes(job) && job.held === 0) beginShare(state, job);
    enterTurn(state, job);
  }
  replace(state, job, out);
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
  for (const want of [...job.cpu, ...job.ioWants]) if (want.stuck) unstick(state, want);
  place(state, job);
  placeIo(state, job);
  showState(job, out);
}

/** What the client said before its link to the scheduler was lost: it says it again. */
export function forgetWants(state: SchedulerState, job: JobRecord, ruled: boolean): void {
  for (const want of [...job.cpu, ...job.ioWants]) {
    want.slots = 0;
    if (ruled && want.n <= IO_WANT) want.place = placeOf(NOWHERE);
  }
  if (ruled) countPerNode(job);
  place(state, job);
  placeIo(state, job);
}

/** Takes a closed job's wants out of every order. */
export function dropWants(state: SchedulerState, job: JobRecord): void {
  for (const want of [...job.cpu, ...job.ioWants]) dropWant(state, want);
}

export function wantOf(job: JobRecord, n: number): WantRecord | undefined {
  return job.cpu.find((want) => want.n === n) ?? job.ioWants.find((want) => want.n === n);
}

function setWant(state: SchedulerState, job: JobRecord, { want: n, slots, place: words }: WantDemand): void {
  let want = wantOf(job, n);
  if (want === undefined) {
    if (words === undefined || job.cpu.length + job.ioWants.length >= WANTS_LIMIT) return;
    want = newWant(job, n, words.kind, undefined);
    if (words.kind === "cpu") job.cpu = [...job.cpu, want];
    else job.ioWants = [...job.ioWants, want];
  }
  want.slots = want.kind === "io" ? Math.min(slots, 1) : slots;
  if (words === undefined) return;
  want.place = placeOf(words);
  if (want.place?.nodes !== undefined) countPerNode(job);
  if (want.stuck) unstick(state, want);
}

function countPerNode(job: JobRecord): void {
  if (job.perNode !== undefined) return;
  job.perNode = new Map();
  for (const { kind, node } of job.leases) {
    if (kind === "cpu") job.perNode.set(node.id, (job.perNode.get(node.id) ?? 0) + 1);
  }
}

/** Drops it when nothing is left of it. */
function isUsed(state: SchedulerState, want: WantRecord): boolean {
  if (want.slots > 0 || want.held > 0 || want.promised > 0 || want.asked > 0) return true;
  for (const lease of want.job.io.values()) if (lease.want === want) return true;
  dropWant(state, want);
  return false;
}

function dropWant(state: SchedulerState, want: WantRecord): void {
  setStuck(state, want);
  state.stuck.delete(want);
  state.asking.remove(want);
  state.unheard.delete(want);
}
