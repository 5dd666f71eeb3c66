/** How jobs change the model. */
import type { JobCounters, JobId, JobInfo } from "@skein/runtime";
import { CLOSED_JOB_LIMIT, type ClusterModel, type JobRow, type ServerRow } from "./cluster-model.ts";
import { SecondHistory } from "./history.ts";

/** A job as the snapshot has it: how it stands, and no news of when things happened. */
export function standingJob(model: ClusterModel, info: JobInfo, timeMs: number): void {
  const row = jobRow(model, info, timeMs);
  setState(model, row, info, timeMs);
  row.counters = info.counters;
}

/** A job of which nobody knows any more: it is over, however it ended. Where its end is still kept, that comes next. */
export function forgottenJob(model: ClusterModel, row: JobRow, timeMs: number): void {
  setState(model, row, { ...row, state: "closed", demand: 0, held: 0 }, timeMs);
  row.endHeard = false;
  row.counters = { ...row.counters, running: 0 };
}

export function applyJob(model: ClusterModel, info: JobInfo, timeMs: number, why?: string): void {
  const row = jobRow(model, info, timeMs);
  row.why = why;
  setState(model, row, info, timeMs);
  applyCounters(model, row, info.counters, timeMs);
}

export function applyJobProgress(model: ClusterModel, id: JobId, counters: JobCounters, timeMs: number): void {
  const row = model.jobs.get(id);
  if (row === undefined) return;
  applyCounters(model, row, counters, timeMs);
  if (counters.running === 0 && finishedOf(counters) >= counters.submitted) nothingOpen(model, row, timeMs);
}

/** All its tasks have ended, by its own counts: of those that seem to run, the end was not told. */
function nothingOpen(model: ClusterModel, row: JobRow, timeMs: number): void {
  unheardOf(model, row, timeMs);
  for (const { running } of model.servers.values())
    for (const { task, job } of running.values()) if (job === row.id) running.delete(task);
}

/** What happened before the snapshot: the rates learn of it, and of jobs that the snapshot has no more, all. */
export function pastJob(model: ClusterModel, info: JobInfo, timeMs: number): void {
  let row = model.jobs.get(info.id);
  if (row === undefined) {
    row = jobRow(model, info, timeMs);
    forgottenJob(model, row, timeMs);
  }
  pastProgress(model, info.id, info.counters, timeMs);
  if (info.state !== "closed" || row.state !== "closed") return;
  setState(model, row, info, timeMs);
  row.endHeard = true;
  row.closedMs = timeMs;
  unheardOf(model, row, timeMs);
}

export function pastProgress(model: ClusterModel, id: JobId, counters: JobCounters, timeMs: number): void {
  const row = model.jobs.get(id);
  if (row === undefined) return;
  addRates(model, row, counters, timeMs);
  if (row.state !== "closed") return;
  row.counters = counters;
  row.closedMs = Math.max(row.closedMs ?? 0, timeMs);
}

/** After a gap nobody knows when things happened: rates begin anew. */
export function rateAnew(model: ClusterModel): void {
  for (const row of model.jobs.values()) row.rated = undefined;
}

function setState(
  model: ClusterModel,
  row: JobRow,
  info: Pick<JobInfo, "state" | "weight" | "demand" | "held"> & {
    readonly away?: boolean;
    readonly priority?: number;
    readonly exclusive?: boolean;
    readonly paused?: boolean;
  },
  timeMs: number,
): void {
  row.weight = info.weight;
  row.priority = info.priority ?? 0;
  row.exclusive = info.exclusive === true;
  row.paused = info.paused === true;
  row.away = info.away === true;
  row.demand = info.demand;
  row.held = info.held;
  if (info.state === "closed" && row.state !== "closed") {
    row.closedMs = timeMs;
    for (const server of model.servers.values()) if (server.job === row.id) leaveServer(server);
    unheardOf(model, row, timeMs);
    row.endHeard = true;
    model.closedJobs.push(row.id);
    while (model.closedJobs.length > CLOSED_JOB_LIMIT) {
      const oldest = model.closedJobs.shift();
      if (oldest !== undefined) model.jobs.delete(oldest);
    }
  }
  row.state = info.state;
}

/** Its tasks of which no end was told are over with it. */
function unheardOf(model: ClusterModel, row: JobRow, timeMs: number): void {
  model.tasks.unheard((slot) => model.tasks.jobAt(slot) === row.id, timeMs);
}

export const finishedOf = (counters: JobCounters): number =>
  counters.done + counters.failed + counters.cancelled + counters.lost;

function jobRow(model: ClusterModel, info: JobInfo, timeMs: number): JobRow {
  const known = model.jobs.get(info.id);
  if (known !== undefined) return known;
  const row: JobRow = {
    id: info.id,
    name: info.name,
    client: info.client,
    openedMs: info.openedMs,
    weight: info.weight,
    priority: 0,
    exclusive: false,
    paused: false,
    why: undefined,
    // Not yet closed, so that one first heard of when it closed gets its closing time.
    state: "open",
    away: false,
    demand: info.demand,
    held: info.held,
    counters: info.counters,
    rated: undefined,
    closedMs: undefined,
    endHeard: true,
    changedMs: timeMs,
    finished: new SecondHistory(),
    units: new Map(),
  };
  model.jobs.set(info.id, row);
  return row;
}

/** Most of a job's own amounts that are followed. */
const UNIT_LIMIT = 8;

/** The job's tasks are over with it; the server's own report says so later. */
function leaveServer(server: ServerRow): void {
  server.job = undefined;
  server.last = undefined;
  server.reported = undefined;
  server.counters = { ...server.counters, running: 0 };
}

function applyCounters(model: ClusterModel, row: JobRow, counters: JobCounters, timeMs: number): void {
  addRates(model, row, counters, timeMs);
  row.counters = counters;
  row.changedMs = timeMs;
}

function addRates(model: ClusterModel, row: JobRow, counters: JobCounters, timeMs: number): void {
  const before = row.rated;
  row.rated = counters;
  // The first counters hold all that was done before: that is no rate of now.
  if (before === undefined) return;
  const finished = finishedOf(counters) - finishedOf(before);
  if (finished > 0) {
    row.finished.add(timeMs, finished);
    model.finished.add(timeMs, finished);
  }
  for (const [name, amount] of Object.entries(counters.units)) {
    let history = row.units.get(name);
    if (history === undefined && row.units.size < UNIT_LIMIT) row.units.set(name, (history = new SecondHistory()));
    if (amount > (before.units[name] ?? 0)) history?.add(timeMs, amount - (before.units[name] ?? 0));
  }
}
