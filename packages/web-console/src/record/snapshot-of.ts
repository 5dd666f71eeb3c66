/** The snapshot that a model would have been made by: where a recording can begin in the middle. Pure. */
import type { ClusterSnapshot, JobInfo, ServerStanding } from "@skein/runtime";
import type { ClusterModel, JobRow, ServerRow } from "../model/cluster-model.ts";

/** `undefined` before the first news. */
export function snapshotOf(model: ClusterModel): ClusterSnapshot | undefined {
  if (model.epoch === undefined) return undefined;
  return {
    epoch: model.epoch,
    seq: model.seq,
    timeMs: model.lastEventMs,
    nodes: [...model.nodes.values()].filter(({ state }) => state === "ready").map(({ info }) => info),
    servers: [...model.servers.values()].filter(({ state }) => state !== "closed").map(standingOf),
    jobs: [...model.jobs.values()].filter(({ state }) => state !== "closed").map(infoOf),
    ...(model.intakePaused ? { intake: "paused" } : {}),
  };
}

function standingOf({ id, node, kind, state, hold, job, counters, sinceReport }: ServerRow): ServerStanding {
  const held = hold === "suspected" ? undefined : hold;
  return {
    id,
    node,
    kind,
    state: state === "lost" ? "lost" : (held ?? (job === undefined ? "ready" : "assigned")),
    ...(job === undefined ? {} : { job }),
    counters: {
      ...counters,
      done: counters.done + sinceReport.done,
      failed: counters.failed + sinceReport.failed,
    },
  };
}

function infoOf(job: JobRow): JobInfo {
  const { id, name, client, weight, priority, state, openedMs, demand, held, counters } = job;
  return {
    id,
    name,
    client,
    weight,
    priority,
    state,
    openedMs,
    demand,
    held,
    counters,
    ...(job.exclusive ? { exclusive: true } : {}),
    ...(job.paused ? { paused: true } : {}),
    ...(job.away ? { away: true } : {}),
  };
}
