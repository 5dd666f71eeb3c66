/** What an operator sets for the cluster as a whole, and for a job's share: the intake paused, another weight. Pure. */
import { type SchedulerAction } from "./scheduler-actions.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { deserve } from "./scheduler-deserved.ts";
import { count, place } from "./scheduler-orders.ts";
import { type JobRecord, type NodeRecord } from "./scheduler-records.ts";
import { jobInfo } from "./scheduler-show.ts";
import { takeBack } from "./scheduler-steering.ts";

/** While the intake is paused nobody gets a server, and those that jobs hold are asked back: what runs there ends first. */
export function setIntake(state: SchedulerState, open: boolean, nowMs: number, out: SchedulerAction[]): void {
  if (state.intakeOpen === open) return;
  state.intakeOpen = open;
  out.push({ type: "keep" }, { type: "event", event: { type: open ? "cluster.resumed" : "cluster.paused" } });
  if (!open) for (const lease of state.leases.values()) takeBack(state, lease, undefined, nowMs, out);
}

/** A node has joined, perhaps with leases of before: while the intake is paused those are asked back, too. */
export function nodeAtIntake(state: SchedulerState, node: NodeRecord, nowMs: number, out: SchedulerAction[]): void {
  if (state.intakeOpen) return;
  for (const { lease } of node.lanes) if (lease !== undefined) takeBack(state, lease, undefined, nowMs, out);
  for (const lease of node.io.values()) takeBack(state, lease, undefined, nowMs, out);
}

/** From now on the job's share of the servers is another. What it has had before counts as if it had been so always. */
export function weigh(
  state: SchedulerState,
  job: JobRecord,
  weight: number,
  nowMs: number,
  out: SchedulerAction[],
): void {
  if (job.weight === weight) return;
  count(job, nowMs);
  job.servedMs *= weight / job.weight;
  job.weight = weight;
  place(state, job);
  deserve(state);
  out.push({ type: "weigh", job: job.id, client: job.client, weight });
  out.push({ type: "event", event: { type: "job.changed", job: jobInfo(job) } });
}
