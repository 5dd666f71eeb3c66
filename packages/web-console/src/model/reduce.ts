/** The one way the model changes: a snapshot, a batch of events, or news of the connection. No clock, no I/O. */
import type { ClusterEvent, ClusterSnapshot } from "@skein/runtime";
import type { ClusterModel, Connection } from "./cluster-model.ts";
import { applyJob, applyJobProgress } from "./reduce-jobs.ts";
import { applyLoad, applyNode, applyServer, standing } from "./reduce-servers.ts";
import { taskCreated, taskExited, taskRetried, taskStarted } from "./reduce-tasks.ts";

export type ModelInput =
  | { readonly type: "snapshot"; readonly snapshot: ClusterSnapshot; readonly nowMs: number }
  | { readonly type: "events"; readonly events: readonly ClusterEvent[]; readonly nowMs: number }
  | { readonly type: "connection"; readonly connection: Connection };

/** Changes `model`; `nowMs` is the page's clock, in milliseconds since 1970. */
export function reduce(model: ClusterModel, input: ModelInput): void {
  switch (input.type) {
    case "snapshot":
      applySnapshot(model, input.snapshot, input.nowMs);
      return;
    case "events":
      for (const event of input.events) applyEvent(model, event);
      keepTime(model, input.events.at(-1)?.timeMs, input.nowMs);
      return;
    case "connection":
      model.connection = input.connection;
      return;
    default:
      input satisfies never;
  }
}

/** How it stands now replaces what was; what is over (rectangles, rates, troubles) is kept. */
function applySnapshot(model: ClusterModel, snapshot: ClusterSnapshot, nowMs: number): void {
  if (model.epoch !== undefined && model.epoch !== snapshot.epoch) model.restarts += 1;
  model.epoch = snapshot.epoch;
  model.seq = snapshot.seq;
  model.tasks.clear();
  const nodes = new Set<string>(snapshot.nodes.map((node) => node.id));
  for (const id of model.nodes.keys()) if (!nodes.has(id)) model.nodes.delete(id);
  for (const node of snapshot.nodes) applyNode(model, "ready", node, snapshot.timeMs);
  const servers = new Set<string>(snapshot.servers.map((server) => server.id));
  for (const id of model.servers.keys()) if (!servers.has(id)) model.servers.delete(id);
  for (const server of snapshot.servers) standing(model, server, snapshot.timeMs);
  const jobs = new Set<string>(snapshot.jobs.map((job) => job.id));
  // A job of the old epoch that the new one does not know is over, however it ended.
  for (const job of model.jobs.values()) {
    if (!jobs.has(job.id) && job.closedMs === undefined) applyJob(model, { ...job, state: "closed" }, snapshot.timeMs);
  }
  for (const job of snapshot.jobs) applyJob(model, job, snapshot.timeMs);
  keepTime(model, snapshot.timeMs, nowMs);
}

function applyEvent(model: ClusterModel, event: ClusterEvent): void {
  // A batch that overlaps the snapshot, or comes twice after a reconnect, counts once.
  if (event.epoch !== model.epoch || event.seq <= model.seq) return;
  model.seq = event.seq;
  switch (event.type) {
    case "node.ready":
      return applyNode(model, "ready", event.node, event.timeMs);
    case "node.closed":
      return applyNode(model, "closed", event.node, event.timeMs);
    case "node.lost":
      applyNode(model, "lost", event.node, event.timeMs);
      return trouble(model, event.timeMs, "node", event.node.name, event.error);
    case "server.ready":
    case "server.closed":
    case "server.replaced":
      return applyServer(model, event.type, event.server);
    case "server.lost":
      applyServer(model, event.type, event.server);
      return model.troubles.add({
        timeMs: event.timeMs,
        kind: "server",
        what: event.server.id,
        error: event.error,
        job: event.job,
        server: event.server.id,
        attempt: undefined,
      });
    case "task.created":
      return taskCreated(model, event);
    case "task.started":
      return taskStarted(model, event, event.timeMs);
    case "task.retried":
      return taskRetried(model, event, event.timeMs);
    case "task.exited":
      return taskExited(model, event, event.timeMs);
    case "load":
      return applyLoad(model, event.node, event.load, event.servers, event.timeMs);
    case "log":
      return;
    case "job.opened":
    case "job.waiting":
    case "job.active":
    case "job.closed":
      return applyJob(model, event.job, event.timeMs);
    case "job.progress":
      return applyJobProgress(model, event.job, event.counters, event.timeMs);
    case "gap":
      model.seq = Math.max(model.seq, event.to);
      model.missedEvents += event.to - event.from + 1;
      return;
    default:
      event satisfies never;
  }
}

function trouble(
  model: ClusterModel,
  timeMs: number,
  kind: "node",
  what: string,
  error: { readonly code: string; readonly message: string },
): void {
  model.troubles.add({ timeMs, kind, what, error, job: undefined, server: undefined, attempt: undefined });
}

function keepTime(model: ClusterModel, timeMs: number | undefined, nowMs: number): void {
  if (timeMs === undefined) return;
  model.lastEventMs = Math.max(model.lastEventMs, timeMs);
  model.clockAheadMs = timeMs - nowMs;
}
