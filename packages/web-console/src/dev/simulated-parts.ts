/** What a made-up cluster is made of. */
import type { JobCounters, JobId, JobInfo, NodeId, NodeInfo, ServerCounters, ServerInfo, TaskId } from "@skein/runtime";
import { NO_COUNTERS } from "@skein/runtime/host";

export interface Waiting {
  readonly task: TaskId;
  readonly job: number;
  readonly fn: string;
  readonly meanMs: number;
  attempt: number;
}

export interface Running extends Waiting {
  readonly startedMs: number;
  readonly endsMs: number;
}

export interface Lane {
  readonly info: ServerInfo;
  running: Running | undefined;
  done: number;
  failed: number;
  busyMs: number;
}

export interface Job {
  info: JobInfo;
  readonly fns: readonly (readonly [name: string, meanMs: number])[];
  readonly target: number;
  readonly ahead: number;
  readonly waiting: Waiting[];
  /** The first of them that has not begun. */
  first: number;
  created: number;
}

export interface SimulatedOptions {
  readonly seed?: number;
  readonly startMs?: number;
  readonly nodes?: readonly (readonly [name: string, servers: number, platform?: string])[];
  readonly jobs?: readonly {
    readonly name: string;
    readonly tasks: number;
    readonly fns: readonly (readonly [name: string, meanMs: number])[];
  }[];
  readonly failShare?: number;
  /** Share of attempts after which a task begins again elsewhere. */
  readonly retryShare?: number;
  /** Share of tasks that log lines. */
  readonly logShare?: number;
  readonly epoch?: number;
}

// Ids of the made-up cluster have the form of real ones where the model takes them apart, and are opaque elsewhere.
/** Forty letters after what all have; there is no 0 among them. */
export const nodeId = (index: number): NodeId => {
  const last = index < 10 ? "" : String(index).replaceAll("0", "Z");
  return `12D3KooWSimu${"ABCDEFGHJK".charAt(index % 10).repeat(40 - last.length)}${last}` as NodeId;
};
export const jobId = (index: number): JobId => `j_${String(index).padStart(26, "0")}` as JobId;

export function simulatedJob(index: number, name: string, tasks: number, servers: number, nowMs: number): JobInfo {
  return {
    id: jobId(index),
    name,
    client: nodeId(9),
    weight: 1,
    state: "active",
    openedMs: nowMs,
    demand: servers,
    held: servers,
    counters: { ...NO_COUNTERS, submitted: tasks },
  };
}

const STARTED_MS = Date.UTC(2026, 10, 20, 9);

export function simulatedNode(index: number, name: string, servers: number, platform: string): NodeInfo {
  const id = nodeId(index);
  return {
    id,
    name,
    location: { peer: id, addresses: [] },
    platform,
    servers,
    kind: platform.startsWith("tab") ? "tab" : "node",
    isolation: "guarded",
    allow: {},
    labels: index === 0 ? { room: "attic" } : {},
    load: { cpuIdleShare: 0.4, memoryFreeBytes: 9.2e9, swapFreeBytes: 2e9, diskFreeBytes: 212e9 },
    about: platform.startsWith("tab")
      ? { skein: "0.1.0", engine: "Chromium 156", startedMs: STARTED_MS, memoryBytes: 16 * 2 ** 30 }
      : { skein: "0.1.0", engine: "Node 24.11.1", startedMs: STARTED_MS, memoryBytes: 16.8e9, diskBytes: 512e9 },
  };
}

export const finished = (counters: JobCounters): number =>
  counters.done + counters.failed + counters.cancelled + counters.lost;

/** What a server's node says of it. */
export function countersOf(lane: Lane, jobs: readonly Job[]): ServerCounters {
  const { running, done, failed, busyMs } = lane;
  const open = jobs.find(({ info }) => info.state !== "closed");
  const job = running === undefined ? open?.info.id : jobId(running.job);
  return {
    server: lane.info.id,
    running: running === undefined ? 0 : 1,
    done,
    failed,
    busyMs,
    ...(running && { fn: running.fn, sinceMs: running.startedMs }),
    ...(job !== undefined && { job }),
  };
}
