/** Leases that a node still has when it joins again, of this scheduler or an earlier one: they stand, if they can. Pure. */
import { JOBS_LIMIT } from "../defaults.ts";
import { type LeaseId } from "../ids.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { type LaneReport } from "./scheduler-events.ts";
import { awaitFor, newJob } from "./scheduler-jobs.ts";
import { addLease, countAway, leaseEpoch } from "./scheduler-leases.ts";
import { CPU_WANT, IO_WANT, type LaneRecord, type LeaseRecord, type NodeRecord } from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { isAway, serverInfo, showState } from "./scheduler-show.ts";

/** A lease of this scheduler stands as before, if the node still holds it as it was given. */
export function restore(
  state: SchedulerState,
  node: NodeRecord,
  lane: LaneRecord | undefined,
  { server, kind, lease: said }: LaneReport,
  kept: Map<LeaseId, LeaseRecord>,
): boolean {
  const lease = said === undefined ? undefined : kept.get(said.id);
  if (said === undefined || lease === undefined || lease.server !== server || lease.kind !== kind) return false;
  if (lease.job.id !== said.job || lease.job.client !== said.client) return false;
  if ((kind === "cpu") !== (lane !== undefined)) return false;
  kept.delete(lease.id);
  lease.node = node;
  if (lane === undefined) node.io.set(server, lease);
  else {
    lane.state = "leased";
    lane.lease = lease;
    node.leased += 1;
  }
  countAway(state, lease, -1);
  return true;
}

/** Takes over a lease of an earlier scheduler, if its job is known or may still come back. */
export function adopt(
  state: SchedulerState,
  node: NodeRecord,
  lane: LaneRecord | undefined,
  report: LaneReport & { readonly lease: NonNullable<LaneReport["lease"]> },
  nowMs: number,
  out: SchedulerAction[],
): boolean {
  const { id, client } = report.lease;
  if (leaseEpoch(id) === state.epoch || state.leases.has(id) || (report.kind === "cpu") !== (lane !== undefined))
    return false;
  if (node.io.has(report.server)) return false;
  let job = state.jobs.get(report.lease.job);
  if (job === undefined) {
    if (state.jobs.size >= JOBS_LIMIT) return false;
    job = newJob(state, { job: report.lease.job, name: "", client, weight: 1 }, nowMs);
    awaitFor(state, job, "client", nowMs);
  } else if (job.client !== client) return false;
  else if (!isAway(job)) {
    if (!job.claims.delete(id)) return false;
    if (job.claims.size === 0) awaitFor(state, job, undefined, nowMs);
  }
  const want = report.kind === "io" ? job.ioWants.get(IO_WANT) : job.cpu.get(CPU_WANT);
  if (want === undefined || (report.kind === "io" && job.io.has(node.id))) return false;
  const lease: LeaseRecord = {
    id,
    kind: report.kind,
    job,
    want,
    node,
    server: report.server,
    state: "active",
    grantedMs: nowMs,
    sinceMs: nowMs,
  };
  addLease(state, lease, lane);
  out.push({ type: "event", event: { type: "server.ready", server: serverInfo(node, report.server, report.kind) } });
  showState(job, out);
  return true;
}
