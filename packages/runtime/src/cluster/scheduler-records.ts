/** What the scheduler keeps in mind: nodes with their lanes, jobs, leases, and the heaps that order them. Data only. */
import { type JobId, type LeaseId, type NodeId } from "../ids.ts";
import { type NodeInfo } from "./contracts.ts";
import { type EventError, type JobCounters, type JobState, type ServerCounters } from "./events.ts";
import { IndexedHeap } from "./indexed-heap.ts";
import { lessIoLoaded, lessLoaded } from "./placement.ts";

/** `recycling`: its job has left, a fresh process is on its way. */
export type LaneState = "starting" | "free" | "leased" | "recycling" | "lost";

export interface LaneRecord {
  readonly node: NodeRecord;
  readonly server: number;
  state: LaneState;
  lease: LeaseRecord | undefined;
  /** The job for which this lane was asked back from another. */
  promisedTo: JobRecord | undefined;
  /** The job that held it when its process ended: it hears of the replacement. */
  lostBy: JobRecord | undefined;
  counters: ServerCounters;
}

export interface NodeRecord {
  readonly id: NodeId;
  /** Order of joining. */
  readonly serial: number;
  info: NodeInfo;
  /** CPU lanes; server n is at n − 1. */
  readonly lanes: LaneRecord[];
  readonly free: LaneRecord[];
  leased: number;
  /** I/O servers by number. */
  readonly io: Map<number, LeaseRecord>;
  /** Counts the I/O servers, so that a number is not used again while its process still ends. */
  ioSerial: number;
  /** The connection to it is lost: until then its leases stand, in case it comes back. */
  away: { readonly untilMs: number; readonly error: EventError } | undefined;
  readonly at: number[];
}

export interface LeaseRecord {
  readonly id: LeaseId;
  readonly kind: "cpu" | "io";
  readonly job: JobRecord;
  /** Another record when the node has joined again. */
  node: NodeRecord;
  readonly server: number;
  /** `assigning` until the node has said yes; the client hears of it then. */
  state: "assigning" | "active";
  readonly grantedMs: number;
  /** Since when its quantum runs. */
  sinceMs: number;
  /** Of an I/O server, once its node has told; a lane keeps its own. */
  ioCounters?: ServerCounters;
}

export interface JobRecord {
  readonly id: JobId;
  name: string;
  /** Whose it is: an opaque key, the same for all jobs of a client. */
  client: string;
  weight: number;
  readonly serial: number;
  /** Milliseconds since 1970. */
  readonly openedMs: number;
  state: JobState;
  /** CPU servers it could use now. */
  demand: number;
  wantsIo: boolean;
  /** CPU leases it has. */
  held: number;
  /** How many of them it was asked to give back, and for whom, oldest first. */
  readonly askedFor: JobRecord[];
  /** Lanes asked back from others for it, and not free yet. */
  promised: number;
  readonly leases: Set<LeaseRecord>;
  ioLease: LeaseRecord | undefined;
  /** Lease time of ended leases, and the sum of `grantedMs` of present ones. */
  servedMs: number;
  grantedSumMs: number;
  /** Until when it does not want servers of a node. */
  readonly avoids: Map<NodeId, number>;
  /** Leases its client says it holds from before the scheduler's restart; their nodes have not come back yet. */
  readonly claims: Set<LeaseId>;
  /**
   * Its client is awaited (the connection to it is lost, or the scheduler has restarted), or after a restart the nodes
   * of the leases it claims. From `yieldsMs` on it yields servers that others wait for.
   */
  awaits: { readonly whom: "client" | "nodes"; readonly untilMs: number; readonly yieldsMs: number } | undefined;
  /**
   * Its client has no connection or says nothing, and may come back. After a while the job wants no servers, and yields
   * those that others wait for; `wanted` is then what it wanted before.
   */
  silent:
    | { readonly sinceMs: number; wanted: { readonly slots: number; readonly io: boolean } | undefined }
    | undefined;
  counters: JobCounters;
  // Orders of the heaps.
  nextKey: number;
  askKey: number;
  holdKey: number;
  surplus: number;
  readonly at: number[];
}

/** Tells the scheduler's core what happened. */
export type SchedulerEvent =
  | { readonly type: "node.joined"; readonly node: NodeInfo; readonly lanes: readonly LaneReport[] }
  | { readonly type: "node.left"; readonly node: NodeId }
  | { readonly type: "node.lost"; readonly node: NodeId; readonly error: EventError }
  | {
      readonly type: "node.reported";
      readonly node: NodeId;
      readonly load: NodeInfo["load"];
      readonly servers: readonly ServerCounters[];
    }
  | { readonly type: "server.ready"; readonly node: NodeId; readonly server: number }
  | { readonly type: "server.lost"; readonly node: NodeId; readonly server: number; readonly error: EventError }
  | { readonly type: "lease.assigned"; readonly lease: LeaseId }
  | { readonly type: "lease.refused"; readonly lease: LeaseId; readonly error: EventError }
  /** The client gives it back; `unreachable`: it could not reach the node. */
  | { readonly type: "lease.released"; readonly lease: LeaseId; readonly unreachable: boolean }
  | {
      readonly type: "job.opened";
      readonly job: JobId;
      readonly name: string;
      readonly client: string;
      readonly weight: number;
      readonly counters: JobCounters;
      /** Leases the client holds from an earlier connection or an earlier scheduler. */
      readonly leases: readonly LeaseId[];
    }
  | { readonly type: "job.demand"; readonly job: JobId; readonly slots: number; readonly io: boolean }
  | { readonly type: "job.reported"; readonly job: JobId; readonly counters: JobCounters }
  | { readonly type: "job.closed"; readonly job: JobId }
  | { readonly type: "client.suspected"; readonly client: string; readonly suspected: boolean }
  /** Its connection is gone; `forGood`: it is no member any more, and won't come back. */
  | { readonly type: "client.lost"; readonly client: string; readonly forGood: boolean }
  | { readonly type: "tick" };

/** How a lane stands, as its node says when it joins. */
export interface LaneReport {
  readonly server: number;
  readonly kind: "cpu" | "io";
  readonly state: "starting" | "ready" | "assigned";
  readonly lease?: {
    readonly id: LeaseId;
    readonly job: JobId;
    readonly client: string;
  };
}

export interface SchedulerState {
  readonly epoch: number;
  /** What makes a time since 1970 of a `nowMs`, for people. */
  readonly wallOffsetMs: number;
  serial: number;
  readonly nodes: Map<NodeId, NodeRecord>;
  readonly jobs: Map<JobId, JobRecord>;
  readonly jobsOf: Map<string, Set<JobRecord>>;
  /** In the order in which their quanta began. */
  readonly leases: Map<LeaseId, LeaseRecord>;
  readonly ioWaiting: Set<JobRecord>;
  /** Jobs that await their client or, after a restart of the scheduler, claimed leases. */
  readonly awaited: Set<JobRecord>;
  /** Nodes that may come back to their leases. */
  readonly away: Set<NodeRecord>;
  /** Nodes with a free lane, least loaded first. */
  readonly freeNodes: IndexedHeap<NodeRecord>;
  readonly ioNodes: IndexedHeap<NodeRecord>;
  /** Jobs that could use more; who would have least for its weight comes first. */
  readonly waiting: IndexedHeap<JobRecord>;
  /** Those of them for whom not enough lanes were asked back yet. */
  readonly asking: IndexedHeap<JobRecord>;
  /** Jobs that hold more than they need, most first. */
  readonly surplus: IndexedHeap<JobRecord>;
  /** Jobs that hold anything; who has most for its weight comes first. */
  readonly holders: IndexedHeap<JobRecord>;
}

/** A scheduler that knows nobody yet. `epoch` tells it from the ones before it: a larger integer each time. */
export function createSchedulerState(epoch: number, wallOffsetMs: number = 0): SchedulerState {
  return {
    epoch,
    wallOffsetMs,
    serial: 0,
    nodes: new Map(),
    jobs: new Map(),
    jobsOf: new Map(),
    leases: new Map(),
    ioWaiting: new Set(),
    awaited: new Set(),
    away: new Set(),
    freeNodes: new IndexedHeap<NodeRecord>(0, lessLoaded),
    ioNodes: new IndexedHeap<NodeRecord>(1, lessIoLoaded),
    waiting: new IndexedHeap<JobRecord>(0, (a, b) => needsMore(a, b, a.nextKey - b.nextKey)),
    asking: new IndexedHeap<JobRecord>(3, (a, b) => needsMore(a, b, a.askKey - b.askKey)),
    surplus: new IndexedHeap<JobRecord>(1, (a, b) =>
      a.surplus === b.surplus ? a.serial < b.serial : a.surplus > b.surplus,
    ),
    holders: new IndexedHeap<JobRecord>(2, (a, b) =>
      a.holdKey === b.holdKey ? a.serial > b.serial : a.holdKey > b.holdKey,
    ),
  };
}

function needsMore(a: JobRecord, b: JobRecord, keys: number): boolean {
  if (keys !== 0) return keys < 0;
  const served = a.servedMs * b.weight - b.servedMs * a.weight;
  return served === 0 ? a.serial < b.serial : served < 0;
}
