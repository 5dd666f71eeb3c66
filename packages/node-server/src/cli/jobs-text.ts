/** What `skein jobs` says of jobs. Pure. */
import type { JobCounters, JobInfo } from "@skein/runtime";
import { count } from "./count.ts";
import { shortId } from "./short-id.ts";
import { printable, table } from "./table.ts";

/** How many of a job's tasks have ended, however. */
export const endedOf = ({ done, failed, cancelled, lost }: JobCounters): number => done + failed + cancelled + lost;

export const nameOf = ({ id, name }: JobInfo): string => printable(name) || shortId(id);

/** How it stands, in a word or two. */
export function standingOf({ state, paused, away }: JobInfo): string {
  if (state === "closed") return state;
  if (away === true) return "client away";
  return paused === true ? "paused" : state;
}

/** Servers it holds of those it could use; while it gives some back, it holds more. */
export const serversOf = ({ held, demand }: JobInfo): string =>
  held > demand ? `${held}, wants ${demand}` : `${held} of ${demand}`;

export function jobsTable(jobs: readonly JobInfo[]): string {
  if (jobs.length === 0) return "No job is open.";
  return table(
    ["job", "id", "state", "client", "weight", "servers", "tasks", "failed", "lost", "retried", "opened"],
    jobs.map((job) => [
      job.name,
      shortId(job.id),
      standingOf(job),
      shortId(job.client),
      String(job.weight),
      serversOf(job),
      `${endedOf(job.counters)} of ${job.counters.submitted}`,
      ...[job.counters.failed, job.counters.lost, job.counters.retried].map(String),
      new Date(job.openedMs).toISOString().slice(0, 19).replace("T", " "),
    ]),
  );
}

/** How a job stands, as one line where there is no terminal. */
export function jobLine(job: JobInfo): string {
  const { held, counters } = job;
  const { submitted, running, failed, lost } = counters;
  const troubles = [failed > 0 ? `${failed} failed` : "", lost > 0 ? `${lost} lost` : ""].filter((text) => text !== "");
  const tasks = `${endedOf(counters)} of ${submitted} tasks, ${running} running on ${count(held, "server")}`;
  return [`${nameOf(job)}: ${standingOf(job)}, ${tasks}`, ...troubles].join(", ");
}
