/** What a scheduler has counted since it began, over all jobs and events, those that are gone too. Pure. */
import { type ClusterEventBody, type JobCounters, NO_COUNTERS } from "./events.ts";

/** How many tasks were submitted, and how they ended. */
export type TaskTotals = Omit<JobCounters, "running" | "units">;

export interface SchedulerTotals {
  readonly tasks: TaskTotals;
  /** Events of nodes, servers and jobs that were told, by their type. Those of tasks are told only while somebody watches. */
  readonly events: ReadonlyMap<ClusterEventBody["type"], number>;
}

const COUNTED: readonly (keyof TaskTotals)[] = [
  "submitted",
  "done",
  "failed",
  "cancelled",
  "lost",
  "retried",
  "rejected",
];

export class SchedulerCount implements SchedulerTotals {
  readonly tasks: Record<keyof TaskTotals, number> = pick(NO_COUNTERS);
  readonly events: Map<ClusterEventBody["type"], number> = new Map<ClusterEventBody["type"], number>();

  /** A job's counters were `before`, and are `now`. */
  counted(before: JobCounters, now: JobCounters): void {
    for (const name of COUNTED) this.tasks[name] += Math.max(0, now[name] - before[name]);
  }

  told({ type }: ClusterEventBody): void {
    if (type.startsWith("task.") || type === "log" || type === "load" || type === "job.progress") return;
    this.events.set(type, (this.events.get(type) ?? 0) + 1);
  }
}

function pick({ submitted, done, failed, cancelled, lost, retried, rejected }: JobCounters): TaskTotals {
  return { submitted, done, failed, cancelled, lost, retried, rejected };
}
