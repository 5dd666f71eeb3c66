/** The one way the model changes: a snapshot, a batch of events, or news of the connection. No clock, no I/O. */
import type { ClusterEvent, ClusterSnapshot, Observed, Topic } from "@skein/runtime";
import { type Access, type ClusterModel, type Connection, createModel, placeKey } from "./cluster-model.ts";
import {
  applyJob,
  applyJobProgress,
  forgottenJob,
  pastJob,
  pastProgress,
  rateAnew,
  standingJob,
} from "./reduce-jobs.ts";
import { keepLog, keepPlaceLogs } from "./reduce-logs.ts";
import { countTraffic } from "./reduce-traffic.ts";
import {
  applyLoad,
  applyNode,
  applyServer,
  dropServer,
  forgetAll,
  holdNode,
  holdServer,
  standing,
} from "./reduce-servers.ts";
import { pastFailure, pastLoad, pastReplaced, pastTask } from "./reduce-past.ts";
import { keepTask, taskEnded, taskExited, taskRetried, taskStarted } from "./reduce-tasks.ts";
import { nodeTrouble, retryTrouble, serverTrouble } from "./reduce-troubles.ts";

export type ModelInput =
  | { readonly type: "snapshot"; readonly snapshot: ClusterSnapshot; readonly since?: number; readonly nowMs: number }
  | { readonly type: "events"; readonly events: readonly ClusterEvent[]; readonly nowMs: number }
  | { readonly type: "connection"; readonly connection: Connection }
  | { readonly type: "access"; readonly access: Access | undefined }
  | { readonly type: "observed"; readonly observed: readonly Observed[] }
  /** What is looked at from now on: of other topics nothing is kept. */
  | { readonly type: "topics"; readonly topics: readonly Topic[] }
  /** Everything is forgotten. */
  | { readonly type: "reset" };

/**
 * Changes `model`; `nowMs` is the page's clock, in milliseconds since 1970. A snapshot is followed by the events after
 * number `since`; those up to the snapshot itself tell what happened before it. Default: none of them.
 */
export function reduce(model: ClusterModel, input: ModelInput): void {
  switch (input.type) {
    case "snapshot":
      applySnapshot(model, input.snapshot, input.since ?? input.snapshot.seq, input.nowMs);
      return;
    case "events":
      for (const event of input.events) applyEvent(model, event);
      keepTime(model, input.events.at(-1)?.timeMs, input.nowMs);
      return;
    case "connection":
      model.connection = input.connection;
      return;
    case "access":
      model.access = input.access;
      return;
    case "observed":
      for (const observed of input.observed) applyObserved(model, observed);
      return;
    case "topics":
      for (const topic of model.observed.keys()) if (!input.topics.includes(topic)) model.observed.delete(topic);
      return;
    case "reset":
      Object.assign(model, createModel());
      return;
    default:
      input satisfies never;
  }
}

/** Clocks that differ by less than this are taken as equal: what news take on their way is no difference. */
const CLOCK_SLACK_MS = 2000;

/** How it stands now replaces what was; what is over (rectangles, rates, troubles) is kept, but of another cluster nothing. */
function applySnapshot(model: ClusterModel, snapshot: ClusterSnapshot, since: number, nowMs: number): void {
  if (model.epoch !== undefined && model.epoch !== snapshot.epoch) {
    const { connection, access } = model;
    // An epoch is when its scheduler started.
    Object.assign(model, createModel(), { connection, access, restartedMs: snapshot.epoch });
  }
  model.epoch = snapshot.epoch;
  // What this page has already is not taken twice, what nobody will send is not waited for.
  if (since > model.seq) {
    if (model.seq > 0) {
      model.missedEvents += since - model.seq;
      missed(model, snapshot.timeMs);
    }
    model.seq = since;
  }
  model.stateSeq = snapshot.seq;
  model.intakePaused = snapshot.intake === "paused";
  // They come again.
  model.observed.clear();
  const servers = new Set<string>(snapshot.servers.map((server) => server.id));
  for (const id of model.servers.keys()) if (!servers.has(id)) dropServer(model, id, snapshot.timeMs);
  const nodes = new Set<string>(snapshot.nodes.map((node) => node.id));
  // Lost ones are news, and stay.
  for (const { id, state } of model.nodes.values()) if (!nodes.has(id) && state !== "lost") model.nodes.delete(id);
  for (const node of snapshot.nodes) applyNode(model, "ready", node, snapshot.timeMs);
  for (const server of snapshot.servers) standing(model, server, snapshot.timeMs);
  const jobs = new Set<string>(snapshot.jobs.map((job) => job.id));
  for (const job of model.jobs.values()) {
    if (!jobs.has(job.id) && job.closedMs === undefined) forgottenJob(model, job, snapshot.timeMs);
  }
  for (const job of snapshot.jobs) standingJob(model, job, snapshot.timeMs);
  for (const event of snapshot.failures ?? []) pastFailure(model, event);
  model.quickestMs = -Infinity;
  keepTime(model, snapshot.timeMs, nowMs);
}

/** What a place shows of a topic now, in place of what it showed before. */
function applyObserved(model: ClusterModel, observed: Observed): void {
  const places = model.observed.get(observed.topic) ?? new Map<string, Observed>();
  const key = placeKey(observed.at);
  const before = places.get(key);
  if (observed.topic === "links" && observed.gone !== true && before?.topic === "links" && before.gone !== true)
    countTraffic(model, before, observed);
  if ("lines" in observed) keepPlaceLogs(model, observed);
  if (observed.gone === true) places.delete(key);
  else places.set(key, observed);
  model.observed.set(observed.topic, places);
}

/** Events are missing: what they would have told of rates and of the ends of tasks is not known. */
function missed(model: ClusterModel, timeMs: number): void {
  rateAnew(model);
  // What still runs is told by its server's next report.
  forgetAll(model);
  model.tasks.unheard(() => true, timeMs);
}

function applyEvent(model: ClusterModel, event: ClusterEvent): void {
  // A batch that overlaps the snapshot, or comes twice after a reconnect, counts once.
  if (event.epoch !== model.epoch || event.seq <= model.seq) return;
  model.seq = event.seq;
  if (event.timeMs < model.firstEventMs) model.firstEventMs = event.timeMs;
  if (event.seq <= model.stateSeq) return applyPast(model, event);
  switch (event.type) {
    case "node.ready":
      return applyNode(model, "ready", event.node, event.timeMs);
    case "node.closed":
      return applyNode(model, "closed", event.node, event.timeMs);
    case "cluster.paused":
    case "cluster.resumed":
      model.intakePaused = event.type === "cluster.paused";
      return;
    case "invites.changed":
      model.invitesChanged += 1;
      return;
    case "node.paused":
      return holdNode(model, event.node.id, "paused");
    case "node.suspected":
      return holdNode(model, event.node.id, "suspected");
    case "node.resumed":
    case "node.back":
      return holdNode(model, event.node.id, undefined);
    case "server.paused":
      return holdServer(model, event.server.id, "paused");
    case "server.resumed":
      return holdServer(model, event.server.id, undefined);
    case "node.discovered":
    case "node.skipped":
    case "server.discovered":
      return;
    case "node.lost":
      applyNode(model, "lost", event.node, event.timeMs);
      return nodeTrouble(model, event);
    case "server.ready":
    case "server.closed":
    case "server.replaced":
      return applyServer(model, event.type, event.server, event.timeMs);
    case "server.lost":
      applyServer(model, event.type, event.server, event.timeMs);
      return serverTrouble(model, event);
    case "task.created":
    case "task.corrected":
      return keepTask(model, event);
    case "task.started":
      return taskStarted(model, event);
    case "task.retried":
      return taskRetried(model, event);
    case "task.exited":
      return taskExited(model, event);
    case "load":
      return applyLoad(model, event.node, event.load, event.servers, event.timeMs);
    case "log":
      return keepLog(model, event);
    case "job.waiting":
      return applyJob(model, event.job, event.timeMs, event.why);
    case "job.opened":
    case "job.active":
    case "job.changed":
    case "job.closed":
      return applyJob(model, event.job, event.timeMs);
    case "job.progress":
      if (event.omitted > 0) model.omittedAtMs = event.timeMs;
      return applyJobProgress(model, event.job, event.counters, event.timeMs);
    case "gap":
      return gap(model, event);
    default:
      event satisfies never;
  }
}

/** An event from before the snapshot: what is over is added, how it stands is left alone. */
function applyPast(model: ClusterModel, event: ClusterEvent): void {
  switch (event.type) {
    case "node.lost":
      // One that is back is in the snapshot.
      if (model.nodes.get(event.node.id)?.state !== "ready") applyNode(model, "lost", event.node, event.timeMs);
      return nodeTrouble(model, event);
    case "node.closed":
      if (model.nodes.get(event.node.id)?.state === "lost") applyNode(model, "closed", event.node, event.timeMs);
      return;
    case "server.lost":
      return serverTrouble(model, event);
    case "server.replaced":
      return pastReplaced(model, event.server.id);
    case "task.created":
    case "task.corrected":
      return keepTask(model, event);
    case "task.started":
      pastTask(model, event.server, 1);
      return keepTask(model, event);
    case "task.retried":
      pastTask(model, event.server, -1);
      keepTask(model, event);
      return retryTrouble(model, event);
    case "task.exited":
      pastTask(model, event.server, -1, event.endedMs - event.startedMs);
      keepTask(model, event);
      taskEnded(model, event);
      return;
    case "load":
      return pastLoad(model, event.node, event.load, event.servers, event.timeMs);
    case "log":
      return keepLog(model, event);
    case "job.opened":
    case "job.closed":
      return pastJob(model, event.job, event.timeMs);
    case "job.progress":
      return pastProgress(model, event.job, event.counters, event.timeMs);
    case "gap":
      return gap(model, event);
    default:
  }
}

function gap(model: ClusterModel, event: Extract<ClusterEvent, { readonly type: "gap" }>): void {
  model.seq = Math.max(model.seq, event.to);
  model.missedEvents += event.to - event.from + 1;
  missed(model, event.timeMs);
}

function keepTime(model: ClusterModel, timeMs: number | undefined, nowMs: number): void {
  if (timeMs === undefined) return;
  model.lastEventMs = Math.max(model.lastEventMs, timeMs);
  model.quickestMs = Math.max(model.quickestMs, timeMs - nowMs);
  const aheadMs = Math.abs(model.quickestMs) < CLOCK_SLACK_MS ? 0 : model.quickestMs;
  // A time of day once shown stays what it is.
  if (aheadMs === 0 || Math.abs(aheadMs - model.clockAheadMs) > CLOCK_SLACK_MS) model.clockAheadMs = aheadMs;
}
