/** How nodes and servers change the model. */
import type { NodeId, NodeInfo, NodeLoad, ServerCounters, ServerId, ServerInfo, ServerStanding } from "@skein/runtime";
import { parseServerId } from "@skein/runtime/host";
import { type ClusterModel, GONE_LIMIT, type Hold, type NodeRow, type ServerRow } from "./cluster-model.ts";
import { holds } from "./holds.ts";
import { SecondHistory } from "./history.ts";
import { LoadLines } from "./load-lines.ts";
import { functionRow } from "./reduce-tasks.ts";
import { nodeName } from "./select.ts";
import { TaskPhase } from "./task-row.ts";

/** Lost nodes kept on the page; they are news, not history. */
const LOST_NODE_LIMIT = 50;
/** Load reports and task events come at different times: a difference means something while events are omitted … */
const OMITTED_MS = 3000;
/** … and when it is this share of the time between two reports. */
const UNLISTED_SHARE = 0.25;
/** A report may be this much older than the task news that came before it. */
const REPORT_LATE_MS = 5000;

export function applyNode(model: ClusterModel, state: NodeRow["state"], info: NodeInfo, timeMs: number): void {
  if (state === "closed") {
    dropServers(model, info.id, timeMs);
    model.nodes.delete(info.id);
    labelNodes(model);
    return;
  }
  const row = model.nodes.get(info.id);
  const hold = state === "ready" ? holdOf(info.standing) : undefined;
  if (row === undefined) {
    const lines = new LoadLines();
    model.nodes.set(info.id, { id: info.id, info, hold, label: info.name, state, sinceMs: timeMs, lines });
  } else {
    if (row.state !== state) row.sinceMs = timeMs;
    row.info = info;
    row.hold = hold;
    row.state = state;
  }
  labelNodes(model);
  if (state === "ready") return;
  dropServers(model, info.id, timeMs);
  const lost = [...model.nodes.values()].filter((node) => node.state === "lost");
  for (const old of lost.slice(0, Math.max(0, lost.length - LOST_NODE_LIMIT))) model.nodes.delete(old.id);
}

const holdOf = (word: string | undefined): Hold | undefined =>
  word === "paused" || word === "draining" || word === "closed" || word === "suspected" ? word : undefined;

/** A node is taken out of service, or back; or it is silent for a while. */
export function holdNode(model: ClusterModel, node: NodeId, hold: Hold | undefined): void {
  const row = model.nodes.get(node);
  if (row !== undefined) row.hold = hold;
}

/** The same of a server. */
export function holdServer(model: ClusterModel, server: ServerId, hold: Hold | undefined): void {
  const row = model.servers.get(server);
  if (row !== undefined) row.hold = hold;
}

/** Characters of its id that tell a node from others of its name. */
const LABEL_ID_LENGTH = 4;

/** Nodes of one machine often have its name: then the end of the id is added. */
export function labelNodes(model: ClusterModel): void {
  const counts = new Map<string, number>();
  for (const { info } of model.nodes.values()) counts.set(info.name, (counts.get(info.name) ?? 0) + 1);
  for (const row of model.nodes.values()) {
    const { name } = row.info;
    row.label = (counts.get(name) ?? 0) > 1 ? `${name}·${row.id.slice(-LABEL_ID_LENGTH)}` : name;
  }
}

export function applyServer(
  model: ClusterModel,
  type: `server.${"ready" | "closed" | "lost" | "replaced"}`,
  info: ServerInfo,
  timeMs: number,
): void {
  // Nothing takes the place of an I/O server: its job gets another one.
  if (info.kind === "io" && (type === "server.closed" || type === "server.lost")) {
    dropServer(model, info.id, timeMs);
    return;
  }
  const row = serverRow(model, info);
  // What was lost with it is told by its job; what nobody tells of is over when another process is there.
  forget(model, row, type === "server.ready" || type === "server.replaced" ? timeMs : undefined);
  row.last = undefined;
  row.counters = { ...row.counters, running: 0 };
  row.state = type === "server.lost" ? "lost" : type === "server.closed" ? "closed" : "ready";
  if (type === "server.closed") holds(row, undefined, timeMs);
  if (type === "server.replaced") row.replaced += 1;
}

export function applyLoad(
  model: ClusterModel,
  node: NodeId,
  load: NodeLoad,
  servers: readonly ServerCounters[],
  timeMs: number,
): void {
  const row = model.nodes.get(node);
  if (row !== undefined) {
    row.info = { ...row.info, load };
    row.lines.add(
      timeMs,
      load,
      servers.reduce((sum, { running }) => sum + running, 0),
    );
  }
  for (const counters of servers) {
    const server = model.servers.get(counters.server) ?? ioServer(model, row, counters);
    if (server === undefined) continue;
    report(model, server, counters, timeMs);
    if (server.kind === "io" && counters.job === undefined) dropServer(model, server.id, timeMs);
  }
  const told = new Set(servers.map(({ server }) => server));
  for (const server of model.servers.values()) {
    // Its job is over, and its node knows of none any more.
    if (server.kind !== "io" || server.node !== node || told.has(server.id)) continue;
    if (server.job === undefined && server.running.size === 0) dropServer(model, server.id, timeMs);
  }
}

/** I/O servers come with their jobs, without an event: their node's first report is how they are known. */
function ioServer(model: ClusterModel, node: NodeRow | undefined, counters: ServerCounters): ServerRow | undefined {
  const number = parseServerId(counters.server)?.server ?? 0;
  if (node === undefined || counters.job === undefined || number <= node.info.servers) return undefined;
  return serverRow(model, { id: counters.server, node: node.id, kind: "io" });
}

/** A server as the snapshot has it. */
export function standing(model: ClusterModel, server: ServerStanding, timeMs: number): void {
  const row = serverRow(model, server);
  forget(model, row);
  row.state = server.state === "lost" || server.state === "closed" ? server.state : "ready";
  report(model, row, server.counters, timeMs);
  holds(row, server.job, timeMs);
  row.hold = holdOf(server.state);
}

export function serverRow(model: ClusterModel, info: ServerInfo): ServerRow {
  const known = model.servers.get(info.id);
  if (known !== undefined) return known;
  // One that comes back goes on in its lane.
  const before = model.gone.get(info.id)?.server;
  model.gone.delete(info.id);
  const row: ServerRow = {
    id: info.id,
    node: info.node,
    index: before?.index ?? model.serversSeen,
    lane: parseServerId(info.id)?.server ?? 0,
    kind: info.kind,
    state: "ready",
    hold: undefined,
    job: undefined,
    jobSinceMs: 0,
    counters: { server: info.id, running: 0, done: 0, failed: 0, busyMs: 0 },
    sinceReport: { done: 0, failed: 0 },
    running: new Map(),
    reported: undefined,
    last: undefined,
    busy: before?.busy ?? new SecondHistory(),
    finished: before?.finished ?? new SecondHistory(),
    unlisted: before?.unlisted ?? new SecondHistory(),
    accountedMs: 0,
    reportedMs: 0,
    past: { busyMs: 0, timeMs: 0, running: 0, toldMs: 0 },
    replaced: 0,
  };
  if (before === undefined) model.serversSeen += 1;
  model.servers.set(info.id, row);
  return row;
}

/** The server's own counters stand; what this page counted since the last ones is in them. */
function report(model: ClusterModel, row: ServerRow, counters: ServerCounters, timeMs: number): void {
  const unlistedMs = counters.busyMs - row.counters.busyMs - row.accountedMs;
  // The first report covers a life before this page; later ones the time since the one before.
  const omitting = timeMs - model.omittedAtMs < OMITTED_MS;
  if (row.reportedMs > 0 && omitting && unlistedMs > (timeMs - row.reportedMs) * UNLISTED_SHARE) {
    const fromMs = Math.max(row.reportedMs, timeMs - unlistedMs);
    row.busy.addSpan(fromMs, timeMs);
    row.unlisted.addSpan(fromMs, timeMs);
  }
  row.accountedMs = 0;
  row.reportedMs = timeMs;
  row.counters = counters;
  row.sinceReport = { done: 0, failed: 0 };
  if (counters.running === 0) forget(model, row, timeMs - REPORT_LATE_MS);
  // A report that left before its node heard of the lease does not undo what a task's start has told.
  if (row.running.size === 0) holds(row, counters.job, timeMs);
  const { fn, sinceMs } = counters;
  row.reported =
    counters.running > 0 && fn !== undefined && sinceMs !== undefined
      ? { fn: functionRow(model, fn).index, startedMs: sinceMs }
      : undefined;
}

/** Nobody knows what runs anywhere. */
export function forgetAll(model: ClusterModel): void {
  for (const row of model.servers.values()) forget(model, row);
}

/** Nothing runs there (any more); with `unheardMs`, of what began before it no end will be told. */
function forget(model: ClusterModel, row: ServerRow, unheardMs?: number): void {
  for (const { task, startedMs } of row.running.values()) {
    if (unheardMs !== undefined && startedMs < unheardMs)
      model.tasks.change(task, { phase: TaskPhase.unheard, endedMs: unheardMs });
  }
  row.running.clear();
  row.reported = undefined;
}

const hasDone = ({ counters, sinceReport }: ServerRow): boolean =>
  counters.done + counters.failed + sinceReport.done + sinceReport.failed > 0;

function dropServers(model: ClusterModel, node: NodeId, timeMs: number): void {
  for (const server of model.servers.values()) {
    if (server.node === node) dropServer(model, server.id, timeMs);
  }
}

export function dropServer(model: ClusterModel, id: ServerId, timeMs: number): void {
  const row = model.servers.get(id);
  if (row === undefined) return;
  const worked = row.running.size > 0 || hasDone(row);
  forget(model, row, timeMs);
  model.servers.delete(id);
  if (!worked) return;
  model.gone.set(id, { server: row, label: nodeName(model, row.node), goneMs: timeMs });
  if (model.gone.size > GONE_LIMIT) model.gone.delete(model.gone.keys().next().value ?? id);
}
