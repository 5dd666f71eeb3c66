/** What `skein top` shows of a cluster, as lines: the console's model in a terminal. Pure. */
import {
  clusterNow,
  type ClusterModel,
  jobProgress,
  jobsInOrder,
  isBusy,
  type JobRow,
  type NodeRow,
  pageTime,
  RATE_SECONDS,
  runsNow,
  serverName,
  serversInOrder,
  serverTotals,
  taskTotals,
} from "@skein/web-console/model";
import { counted, duration, rate, size, whole } from "./numbers.ts";
import { printable } from "./table.ts";

export interface TopLine {
  readonly text: string;
  /** How it is shown where there are colours. */
  readonly style?: "bold" | "dim" | "red";
}

/** Jobs that are over are listed while there are few others. */
const JOBS_SHOWN = 12;
const ERRORS_SHOWN = 8;
const BAR_WIDTH = 20;

/** Two lines on how it stands. */
export function topHead(model: ClusterModel, nowMs: number): readonly TopLine[] {
  const { all, busy } = serverTotals(model);
  const tasks = taskTotals(model);
  const perSecond = model.finished.ratePerSecond(clusterNow(model, nowMs), RATE_SECONDS);
  const nodes = [...model.nodes.values()].filter(({ state }) => state === "ready").length;
  const jobs = [...model.jobs.values()].filter(({ state }) => state !== "closed").length;
  const words = [
    counted(nodes, "node"),
    `${whole(busy)} of ${counted(all, "server")} busy`,
    counted(jobs, "job"),
    `${rate(perSecond)} tasks/s`,
  ];
  const counts = [
    `running ${whole(tasks.running)}`,
    `waiting ${whole(tasks.waiting)}`,
    `done ${whole(tasks.done)}`,
    `failed ${whole(tasks.failed)}`,
    `lost ${whole(tasks.lost)}`,
    `retried ${whole(tasks.retried)}`,
  ];
  const missed = model.missedEvents === 0 ? [] : [`${counted(model.missedEvents, "event")} missed`];
  return [
    { text: [...words, ...(model.intakePaused ? ["intake paused"] : []), standing(model)].join("   "), style: "bold" },
    { text: [...counts, ...missed].join("   "), style: "dim" },
  ];
}

/** Everything below: nodes, jobs, servers, last errors. */
export function topBody(model: ClusterModel, nowMs: number): readonly TopLine[] {
  const atMs = clusterNow(model, nowMs);
  const blocks = [nodeLines(model, atMs), jobLines(model, atMs), serverLines(model), errorLines(model)];
  return blocks.filter((lines) => lines.length > 0).flatMap((lines) => [{ text: "" }, ...lines]);
}

/** One line for where there is no terminal. */
export function topSummary(model: ClusterModel, nowMs: number): string {
  const [head, counts] = topHead(model, nowMs);
  return `${head?.text ?? ""}   ${counts?.text ?? ""}`;
}

/** The same for programs. */
export function topJson(model: ClusterModel, nowMs: number): object {
  const atMs = clusterNow(model, nowMs);
  return {
    timeMs: Math.round(atMs),
    connection: model.connection.phase,
    intakePaused: model.intakePaused,
    nodes: [...model.nodes.values()].map((node) => ({
      id: node.id,
      name: node.label,
      state: node.hold ?? node.state,
      ...nodeFigures(model, node, atMs),
    })),
    servers: serverTotals(model),
    tasks: { ...taskTotals(model), perSecond: model.finished.ratePerSecond(atMs, RATE_SECONDS) },
    jobs: jobsInOrder(model).map((job) => ({
      id: job.id,
      name: job.name,
      state: job.state,
      held: job.held,
      counters: job.counters,
      ...jobProgress(job, atMs),
    })),
    errors: lastErrors(model),
    missedEvents: model.missedEvents,
  };
}

function standing({ connection }: ClusterModel): string {
  switch (connection.phase) {
    case "live":
      return "live";
    case "connecting":
      return "connecting";
    case "away":
      return "not connected: this is what was known then";
    case "ended":
      return "the cluster is away: this is its last state";
    case "locked":
      return "locked";
    case "recorded":
      return "a recording";
    default:
      return connection satisfies never;
  }
}

interface NodeFigures {
  readonly servers: number;
  readonly busy: number;
  readonly perSecond: number;
  readonly cpuBusyShare: number;
  readonly memoryFreeBytes: number;
}

function nodeFigures(model: ClusterModel, { id, info }: NodeRow, atMs: number): NodeFigures {
  const servers = [...model.servers.values()].filter((server) => server.node === id && server.state !== "closed");
  return {
    servers: servers.length,
    busy: servers.filter((server) => isBusy(model, server)).length,
    perSecond: servers.reduce((sum, server) => sum + server.finished.ratePerSecond(atMs, RATE_SECONDS), 0),
    cpuBusyShare: 1 - info.load.cpuIdleShare,
    memoryFreeBytes: info.load.memoryFreeBytes,
  };
}

function nodeLines(model: ClusterModel, atMs: number): readonly TopLine[] {
  const rows = [...model.nodes.values()].map((node) => {
    const { servers, busy, perSecond, cpuBusyShare, memoryFreeBytes } = nodeFigures(model, node, atMs);
    const state = node.hold ?? (node.state === "ready" ? "at work" : node.state);
    const machine =
      node.info.kind === "tab" ? ["", ""] : [`${Math.round(100 * cpuBusyShare)} %`, size(memoryFreeBytes)];
    return [node.label, `${busy}/${servers}`, rate(perSecond), ...machine, state];
  });
  return columns(["node", "busy", "tasks/s", "cpu", "memory free", "state"], rows, [1, 2, 3, 4]);
}

function jobLines(model: ClusterModel, atMs: number): readonly TopLine[] {
  const rows = jobsInOrder(model)
    .slice(0, JOBS_SHOWN)
    .map((job) => {
      const { finished, ratePerSecond, leftMs } = jobProgress(job, atMs);
      const { submitted, failed } = job.counters;
      return [
        job.name || job.id.slice(-8),
        job.paused ? "paused" : job.state,
        String(job.held),
        bar(job),
        `${whole(finished)}/${whole(submitted)}`,
        rate(ratePerSecond),
        leftMs === undefined ? "" : duration(leftMs),
        failed === 0 ? "" : whole(failed),
        job.why ?? "",
      ];
    });
  return columns(["job", "state", "servers", "progress", "", "tasks/s", "left", "failed", ""], rows, [2, 4, 5, 6, 7]);
}

function bar({ counters }: JobRow): string {
  const { submitted, done, failed, cancelled, lost } = counters;
  const share = submitted === 0 ? 0 : (done + failed + cancelled + lost) / submitted;
  const full = Math.min(BAR_WIDTH, Math.floor(share * BAR_WIDTH));
  return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)}`;
}

function serverLines(model: ClusterModel): readonly TopLine[] {
  const rows = serversInOrder(model)
    .filter(({ state }) => state !== "closed")
    .map((server) => {
      const job = server.job === undefined ? undefined : model.jobs.get(server.job);
      return [
        serverName(model, server.id),
        server.kind,
        server.hold ?? (server.state === "lost" ? "lost" : isBusy(model, server) ? "busy" : "idle"),
        job === undefined ? "" : job.name || job.id.slice(-8),
        runsNow(model, server) ?? "",
        whole(server.counters.done),
        server.counters.failed === 0 ? "" : whole(server.counters.failed),
      ];
    });
  return columns(["server", "kind", "state", "job", "runs", "done", "failed"], rows, [5, 6]);
}

interface LastError {
  readonly timeMs: number;
  readonly what: string;
  readonly code: string;
  readonly message: string;
}

/** The newest first. */
function lastErrors(model: ClusterModel): readonly LastError[] {
  return model.troubles.values
    .slice(0, ERRORS_SHOWN)
    .map(({ timeMs, what, error: { code, message } }) => ({ timeMs, what, code, message }));
}

function errorLines(model: ClusterModel): readonly TopLine[] {
  const rows = lastErrors(model).map(({ timeMs, what, code, message }) => [
    new Date(pageTime(model, timeMs)).toTimeString().slice(0, 8),
    what,
    message === "" ? code : `${code}: ${message}`,
  ]);
  const [head, ...lines] = columns(["last errors", "", ""], rows, []);
  return head === undefined ? [] : [head, ...lines.map(({ text }) => ({ text, style: "red" }) as const)];
}

/** Longest text of one cell: names come from others. */
const CELL_LIMIT = 60;

/** Cells below each other, numbers to the right; nothing without rows. */
function columns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): readonly TopLine[] {
  if (rows.length === 0) return [];
  const shown = rows.map((row) =>
    row.map((cell, at) => cut(printable(cell), at === row.length - 1 ? Infinity : CELL_LIMIT)),
  );
  const widths = head.map((word, at) => Math.max(word.length, ...shown.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (right.includes(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join("  ")
      .trimEnd();
  return [{ text: line(head), style: "dim" }, ...shown.map((row) => ({ text: line(row) }))];
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
