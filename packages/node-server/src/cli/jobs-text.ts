/** What `skein jobs` says of jobs. Pure. */
import type { JobCounters, JobInfo } from "@skein/runtime";
import { count } from "./count.ts";
import { shortId } from "./short-id.ts";
import { printable, table } from "./table.ts";

/** How many of a job's tasks have ended, however. */
export const endedOf = ({ done, failed, cancelled, lost }: JobCounters): number => done + failed + cancelled + lost;

export const nameOf = ({ id, name }: JobInfo): string => printable(name) || shortId(id);

export function jobsTable(jobs: readonly JobInfo[]): string {
  if (jobs.length === 0) return "No job is open.";
  return table(
    ["job", "id", "state", "client", "weight", "servers", "tasks", "failed", "lost", "retried", "opened"],
    jobs.map(({ name, id, state, paused, client, weight, held, demand, counters, openedMs }) => [
      name,
      shortId(id),
      paused === true ? "paused" : state,
      shortId(client),
      String(weight),
      `${held} of ${demand}`,
      `${endedOf(counters)} of ${counters.submitted}`,
      ...[counters.failed, counters.lost, counters.retried].map(String),
      new Date(openedMs).toISOString().slice(0, 19).replace("T", " "),
    ]),
  );
}

/** How a job stands, as one line where there is no terminal. */
export function jobLine(job: JobInfo): string {
  const { state, held, counters } = job;
  const { submitted, running, failed, lost } = counters;
  const troubles = [failed > 0 ? `${failed} failed` : "", lost > 0 ? `${lost} lost` : ""].filter((text) => text !== "");
  const tasks = `${endedOf(counters)} of ${submitted} tasks, ${running} running on ${count(held, "server")}`;
  return [`${nameOf(job)}: ${state}, ${tasks}`, ...troubles].join(", ");
}
