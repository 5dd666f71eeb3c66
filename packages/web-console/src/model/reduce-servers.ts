/** How nodes and servers change the model. */
import type { NodeId, NodeInfo, NodeLoad, ServerCounters, ServerId, ServerInfo, ServerStanding } from "@skein/runtime";
import { parseServerId } from "@skein/runtime/host";
import type { ClusterModel, NodeRow, ServerRow } from "./cluster-model.ts";
import { SecondHistory } from "./history.ts";
import { functionRow } from "./reduce-tasks.ts";

/** Lost nodes kept on the page; they are news, not history. */
const LOST_NODE_LIMIT = 50;
/** Load reports and task events come at different times: a difference means something while events are omitted … */
const OMITTED_MS = 3000;
/** … and when it is this share of the time between two reports. */
const UNLISTED_SHARE = 0.25;

export function applyNode(model: ClusterModel, state: NodeRow["state"], info: NodeInfo, timeMs: number): void {
  if (state === "closed") {
    model.nodes.delete(info.id);
    dropServers(model, info.id);
    labelNodes(model);
    return;
  }
  const row = model.nodes.get(info.id);
  if (row === undefined) model.nodes.set(info.id, { id: info.id, info, label: info.name, state, sinceMs: timeMs });
  else {
    if (row.state !== state) row.sinceMs = timeMs;
    row.info = info;
    row.state = state;
  }
  labelNodes(model);
  if (state === "ready") return;
  dropServers(model, info.id);
  const lost = [...model.nodes.values()].filter((node) => node.state === "lost");
  for (const old of lost.slice(0, Math.max(0, lost.length - LOST_NODE_LIMIT))) model.nodes.delete(old.id);
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
): void {
  // Nothing takes the place of an I/O server: its job gets another one.
  if (type === "server.closed" || (type === "server.lost" && info.kind === "io")) {
    dropServer(model, info.id);
    return;
  }
  const row = serverRow(model, info);
  forget(model, row);
  row.last = undefined;
  row.counters = { ...row.counters, running: 0 };
  row.state = type === "server.lost" ? "lost" : "ready";
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
  if (row !== undefined) row.info = { ...row.info, load };
  for (const counters of servers) {
    const server = model.servers.get(counters.server) ?? ioServer(model, row, counters);
    if (server === undefined) continue;
    report(model, server, counters, timeMs);
    if (server.kind === "io" && counters.job === undefined) dropServer(model, server.id);
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
  row.state = server.state === "lost" ? "lost" : "ready";
  report(model, row, server.counters, timeMs);
  row.job = server.job;
}

export function serverRow(model: ClusterModel, info: ServerInfo): ServerRow {
  const known = model.servers.get(info.id);
  if (known !== undefined) return known;
  const row: ServerRow = {
    id: info.id,
    node: info.node,
    index: model.serversSeen,
    lane: parseServerId(info.id)?.server ?? 0,
    kind: info.kind,
    state: "ready",
    job: undefined,
    counters: { server: info.id, running: 0, done: 0, failed: 0, busyMs: 0 },
    sinceReport: { done: 0, failed: 0 },
    running: new Map(),
    reported: undefined,
    last: undefined,
    busy: new SecondHistory(),
    unlisted: new SecondHistory(),
    accountedMs: 0,
    reportedMs: 0,
    replaced: 0,
  };
  model.serversSeen += 1;
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
  if (counters.running === 0) forget(model, row);
  // A report that left before its node heard of the lease does not undo what a task's start has told.
  if (row.running.size === 0) row.job = counters.job;
  const { fn, sinceMs } = counters;
  row.reported =
    counters.running > 0 && fn !== undefined && sinceMs !== undefined
      ? { fn: functionRow(model, fn).index, startedMs: sinceMs }
      : undefined;
}

function forget(model: ClusterModel, row: ServerRow): void {
  for (const task of row.running.keys()) model.tasks.delete(task);
  row.running.clear();
  row.reported = undefined;
}

function dropServers(model: ClusterModel, node: NodeId): void {
  for (const server of model.servers.values()) {
    if (server.node === node) dropServer(model, server.id);
  }
}

function dropServer(model: ClusterModel, id: ServerId): void {
  const row = model.servers.get(id);
  if (row !== undefined) forget(model, row);
  model.servers.delete(id);
}
