/** How jobs change the model. */
import type { JobCounters, JobId, JobInfo } from "@skein/runtime";
import { CLOSED_JOB_LIMIT, type ClusterModel, type JobRow } from "./cluster-model.ts";
import { SecondHistory } from "./history.ts";

type JobFacts = Omit<JobInfo, "name" | "client" | "openedMs"> & Pick<JobInfo, "name" | "client" | "openedMs">;

export function applyJob(model: ClusterModel, info: JobFacts, timeMs: number): void {
  const row = jobRow(model, info, timeMs);
  row.weight = info.weight;
  row.demand = info.demand;
  row.held = info.held;
  setCounters(model, row, info.counters, timeMs);
  if (info.state === "closed" && row.state !== "closed") {
    row.closedMs = timeMs;
    model.closedJobs.push(row.id);
    while (model.closedJobs.length > CLOSED_JOB_LIMIT) {
      const oldest = model.closedJobs.shift();
      if (oldest !== undefined) model.jobs.delete(oldest);
    }
  }
  row.state = info.state;
  for (const server of model.servers.values())
    if (info.state === "closed" && server.job === row.id) server.job = undefined;
}

export function applyJobProgress(model: ClusterModel, id: JobId, counters: JobCounters, timeMs: number): void {
  const row = model.jobs.get(id);
  if (row !== undefined) setCounters(model, row, counters, timeMs);
}

export const finishedOf = (counters: JobCounters): number =>
  counters.done + counters.failed + counters.cancelled + counters.lost;

function jobRow(model: ClusterModel, info: JobFacts, timeMs: number): JobRow {
  const known = model.jobs.get(info.id);
  if (known !== undefined) return known;
  const row: JobRow = {
    id: info.id,
    name: info.name,
    client: info.client,
    openedMs: info.openedMs,
    weight: info.weight,
    // Not yet closed, so that one first heard of when it closed gets its closing time.
    state: "open",
    demand: info.demand,
    held: info.held,
    // What was done before this page came is no rate of now.
    counters: info.counters,
    closedMs: undefined,
    changedMs: timeMs,
    finished: new SecondHistory(),
    units: new Map(),
  };
  model.jobs.set(info.id, row);
  return row;
}

/** Most of a job's own amounts that are followed. */
const UNIT_LIMIT = 8;

function setCounters(model: ClusterModel, row: JobRow, counters: JobCounters, timeMs: number): void {
  const finished = finishedOf(counters) - finishedOf(row.counters);
  if (finished > 0) {
    row.finished.add(timeMs, finished);
    model.finished.add(timeMs, finished);
  }
  for (const [name, amount] of Object.entries(counters.units)) {
    const before = row.counters.units[name] ?? 0;
    let history = row.units.get(name);
    if (history === undefined && row.units.size < UNIT_LIMIT) row.units.set(name, (history = new SecondHistory()));
    if (amount > before) history?.add(timeMs, amount - before);
  }
  row.counters = counters;
  row.changedMs = timeMs;
}
