/** How nodes and servers change the model. */
import type { NodeId, NodeInfo, NodeLoad, ServerCounters, ServerInfo, ServerStanding } from "@skein/runtime";
import { parseServerId } from "@skein/runtime/host";
import type { ClusterModel, NodeRow, ServerRow } from "./cluster-model.ts";
import { SecondHistory } from "./history.ts";

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
    return;
  }
  const row = model.nodes.get(info.id);
  if (row === undefined) model.nodes.set(info.id, { id: info.id, info, state, sinceMs: timeMs });
  else {
    if (row.state !== state) row.sinceMs = timeMs;
    row.info = info;
    row.state = state;
  }
  if (state === "ready") return;
  dropServers(model, info.id);
  const lost = [...model.nodes.values()].filter((node) => node.state === "lost");
  for (const old of lost.slice(0, Math.max(0, lost.length - LOST_NODE_LIMIT))) model.nodes.delete(old.id);
}

export function applyServer(
  model: ClusterModel,
  type: `server.${"ready" | "closed" | "lost" | "replaced"}`,
  info: ServerInfo,
): void {
  if (type === "server.closed") {
    model.servers.delete(info.id);
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
    const server = model.servers.get(counters.server);
    if (server !== undefined) report(model, server, counters, timeMs);
  }
}

/** A server as the snapshot has it. */
export function standing(model: ClusterModel, server: ServerStanding, timeMs: number): void {
  const row = serverRow(model, server);
  forget(model, row);
  row.state = server.state === "lost" ? "lost" : "ready";
  row.job = server.job;
  report(model, row, server.counters, timeMs);
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
}

function forget(model: ClusterModel, row: ServerRow): void {
  for (const task of row.running.keys()) model.tasks.delete(task);
  row.running.clear();
}

function dropServers(model: ClusterModel, node: NodeId): void {
  for (const server of model.servers.values()) {
    if (server.node !== node) continue;
    forget(model, server);
    model.servers.delete(server.id);
  }
}
