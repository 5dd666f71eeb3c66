/** What views ask the model: sums, rates, estimates. Pure. */
import type { JobId, NodeId, ServerId } from "@skein/runtime";
import type { ClusterModel, JobRow, ServerRow } from "./cluster-model.ts";
import { finishedOf } from "./reduce-jobs.ts";

/** Seconds a rate is taken over: steady to read, quick to follow. */
export const RATE_SECONDS = 5;

export interface TaskTotals {
  readonly waiting: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly lost: number;
  readonly retried: number;
}

/** News come in batches: up to so long ago, all of them are here. */
const NEWS_DELAY_MS = 500;

/** Up to when the news reach, by the cluster's clock, from the page's. */
export const clusterNow = (model: ClusterModel, nowMs: number): number =>
  model.connection.phase === "live" ? nowMs + model.clockAheadMs - NEWS_DELAY_MS : model.lastEventMs;

/** What is shown is the last that was known. */
export const standsStill = ({ connection: { phase } }: ClusterModel): boolean => phase === "ended" || phase === "away";

/** A time of the cluster by the page's clock, in milliseconds since 1970: the same for the same event. */
export const pageTime = (model: ClusterModel, timeMs: number): number => timeMs - model.clockAheadMs;

/** The whole seconds (since 1970) up to now of which this page knows something, `most` at most. */
export function knownSeconds(model: ClusterModel, clusterNowMs: number, most: number): readonly number[] {
  // The newest second is still being told of.
  const last = Math.floor(clusterNowMs / 1000) - 1;
  const first = Math.max(last - most, Math.floor(model.firstEventMs / 1000));
  return Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
}

/** Tasks by state, over all jobs this page knows. */
export function taskTotals(model: ClusterModel): TaskTotals {
  const totals = { waiting: 0, running: 0, done: 0, failed: 0, cancelled: 0, lost: 0, retried: 0 };
  for (const { counters, state } of model.jobs.values()) {
    totals.done += counters.done;
    totals.failed += counters.failed;
    totals.cancelled += counters.cancelled;
    totals.lost += counters.lost;
    totals.retried += counters.retried;
    if (state === "closed") continue;
    totals.running += counters.running;
    totals.waiting += waitingOf(counters);
  }
  return totals;
}

export const waitingOf = (counters: JobRow["counters"]): number =>
  Math.max(0, counters.submitted - counters.running - finishedOf(counters));

/** Between the end of a task and news of the next one, a server of a job is not shown as idle for so long. */
const BETWEEN_TASKS_MS = 600;

/** Whether it computes, as far as the newest events tell. */
export function isBusy(model: ClusterModel, server: ServerRow): boolean {
  if (server.state !== "ready") return false;
  return server.running.size > 0 || server.counters.running > 0 || isBetweenTasks(model, server);
}

const isBetweenTasks = (model: ClusterModel, { job, last }: ServerRow): boolean =>
  job !== undefined && last !== undefined && model.lastEventMs - last.endMs < BETWEEN_TASKS_MS && hasMore(model, job);

const hasMore = (model: ClusterModel, id: JobId): boolean => {
  const job = model.jobs.get(id);
  return job !== undefined && job.counters.submitted > finishedOf(job.counters);
};

export interface ServerTotals {
  readonly all: number;
  readonly busy: number;
  readonly lost: number;
}

export function serverTotals(model: ClusterModel): ServerTotals {
  let busy = 0;
  let lost = 0;
  for (const server of model.servers.values()) {
    if (isBusy(model, server)) busy += 1;
    if (server.state === "lost") lost += 1;
  }
  return { all: model.servers.size, busy, lost };
}

/** How many of a node's servers compute; an I/O server is one beside those that the node counts. */
export const busyOfNode = (model: ClusterModel, servers: readonly ServerRow[]): number =>
  servers.filter((server) => server.kind === "cpu" && isBusy(model, server)).length;

export const doneOf = (server: ServerRow): number => server.counters.done + server.sinceReport.done;
export const failedOf = (server: ServerRow): number => server.counters.failed + server.sinceReport.failed;

/** Name of the function a server runs now, when it runs one. */
export function runsNow(model: ClusterModel, server: ServerRow): string | undefined {
  const running = server.running.values().next().value;
  if (running !== undefined) return functionName(model, running.fn);
  if (server.reported !== undefined) return functionName(model, server.reported.fn);
  if (server.counters.running > 0 && server.counters.fn !== undefined) return server.counters.fn;
  return server.last !== undefined && isBetweenTasks(model, server) ? functionName(model, server.last.fn) : undefined;
}

export const functionName = (model: ClusterModel, index: number): string | undefined => model.functionList[index]?.name;

/** Share of the last `seconds` that the server computed, 0 to 1. */
export function busyShare(server: ServerRow, clusterNowMs: number, seconds: number): number {
  let busyMs = server.busy.ratePerSecond(clusterNowMs, seconds) * seconds;
  for (const { startedMs } of presentOf(server)) busyMs += sinceMs(startedMs, clusterNowMs, seconds);
  return Math.min(1, busyMs / (seconds * 1000));
}

const sinceMs = (startedMs: number, nowMs: number, seconds: number): number =>
  Math.max(0, nowMs - Math.max(startedMs, nowMs - seconds * 1000));

/** What runs there now: tasks whose start was told, else what the server said itself. */
export function presentOf(server: ServerRow): Iterable<{ readonly fn: number; readonly startedMs: number }> {
  if (server.running.size > 0 || server.reported === undefined) return server.running.values();
  return [server.reported];
}

/** How many tasks run there now. */
export const runningOf = (server: ServerRow): number => Math.max(server.running.size, server.counters.running);

export interface JobProgress {
  readonly finished: number;
  readonly waiting: number;
  /** Finished tasks a second, over the last {@link RATE_SECONDS}. */
  readonly ratePerSecond: number;
  /** Until all that is submitted is finished; undefined while nothing finishes. */
  readonly leftMs: number | undefined;
  readonly elapsedMs: number;
}

export function jobProgress(job: JobRow, clusterNowMs: number): JobProgress {
  const finished = finishedOf(job.counters);
  const open = job.counters.submitted - finished;
  const elapsedMs = Math.max(0, (job.closedMs ?? clusterNowMs) - job.openedMs);
  const wholeLife = elapsedMs > 0 ? (finished * 1000) / elapsedMs : 0;
  const ratePerSecond = job.state === "closed" ? wholeLife : job.finished.ratePerSecond(clusterNowMs, RATE_SECONDS);
  const leftMs = job.state !== "closed" && open > 0 && ratePerSecond > 0 ? (open * 1000) / ratePerSecond : undefined;
  return { finished, waiting: waitingOf(job.counters), ratePerSecond, leftMs, elapsedMs };
}

export interface HeldServers {
  readonly held: number;
  /** Of them, those that compute. */
  readonly busy: number;
}

/** The servers that a job holds now; without one, those that any job holds. */
export function heldServers(model: ClusterModel, job?: JobId): HeldServers {
  let held = 0;
  let busy = 0;
  for (const server of model.servers.values()) {
    if (server.job === undefined || (job !== undefined && server.job !== job)) continue;
    held += 1;
    if (isBusy(model, server)) busy += 1;
  }
  return { held, busy };
}

/** Open jobs first, newest first within each. */
export function jobsInOrder(model: ClusterModel): readonly JobRow[] {
  const rank = (job: JobRow): number => (job.state === "closed" ? 1 : 0);
  return [...model.jobs.values()].toSorted((a, b) => rank(a) - rank(b) || b.openedMs - a.openedMs);
}

/** By node, in the order the nodes came, then by lane. */
export function serversInOrder(model: ClusterModel): readonly ServerRow[] {
  const place = nodePlace(model);
  return [...model.servers.values()].toSorted((a, b) => place(a) - place(b) || a.lane - b.lane);
}

/** The same, with those that went after `afterMs` too: what they did is still to be seen. */
export function lanesInOrder(model: ClusterModel, afterMs: number): readonly ServerRow[] {
  const gone = [...model.gone.values()].filter(({ goneMs }) => goneMs > afterMs).map(({ server }) => server);
  const place = nodePlace(model);
  return [...serversInOrder(model), ...gone].toSorted((a, b) => place(a) - place(b));
}

/** Which of the nodes a server's is; those of nodes that are gone come last. */
function nodePlace(model: ClusterModel): (server: ServerRow) => number {
  const order = new Map([...model.nodes.keys()].map((id, index) => [id, index]));
  return ({ node }) => order.get(node) ?? order.size;
}

/** `maxi/2` for a server of a known node, else the short form of its id. */
export function serverName(model: ClusterModel, id: ServerId): string {
  const server = model.servers.get(id);
  if (server !== undefined) return `${nodeName(model, server.node)}/${server.lane}`;
  const [peer = "", lane = ""] = id.split("/");
  // The part before the slash is the node's id.
  return `${nodeName(model, peer as NodeId)}/${lane}`;
}

/** A node's name, or the last letters of its id. */
export const nodeName = (model: ClusterModel, id: NodeId): string =>
  model.nodes.get(id)?.label ?? goneLabel(model, id) ?? `…${id.slice(-6)}`;

function goneLabel(model: ClusterModel, node: NodeId): string | undefined {
  for (const { server, label } of model.gone.values()) if (server.node === node) return label;
  return undefined;
}
