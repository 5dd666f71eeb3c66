/** How many tasks the jobs count that this page does not list: what nobody told it, and what made room. Pure. */
import type { JobCounters } from "@skein/runtime";
import type { ClusterModel, JobRow } from "./cluster-model.ts";
import { PHASE_NAMES } from "./find-tasks.ts";
import { isJobMeant, parseQuery } from "./query.ts";
import { waitingOf } from "./select.ts";

/** `undefined` where the query asks for more than jobs and states: no counters tell of that. */
export function untoldTasks(model: ClusterModel, query: string, listed: number): number | undefined {
  const terms = parseQuery(query);
  if (!terms.every(({ key, not }) => !not && (key === "job" || key === "state"))) return undefined;
  const states = terms.flatMap(({ key, value }) => (key === "state" ? [value] : []));
  const names = terms.flatMap(({ key, value }) => (key === "job" ? [value] : []));
  let counted = 0;
  for (const job of model.jobs.values())
    if (names.every((name) => isJobMeant(model, job.id, name))) counted += ofJob(job, states);
  return Math.max(0, counted - listed);
}

function ofJob({ counters, state: jobState }: JobRow, states: readonly string[]): number {
  let sum = 0;
  for (const state of PHASE_NAMES)
    if (states.every((value) => state.startsWith(value))) sum += countOf(counters, state, jobState === "closed");
  return sum;
}

function countOf(counters: JobCounters, state: string, closed: boolean): number {
  switch (state) {
    case "waiting":
      return closed ? 0 : waitingOf(counters);
    case "running":
      return closed ? 0 : counters.running;
    case "done":
    case "failed":
    case "cancelled":
    case "lost":
      return counters[state];
    default:
      return 0;
  }
}
