/** What the scheduler keeps in mind: nodes with their lanes, jobs, leases, and the heaps that order them. Data only. */
import { LEASE_QUANTUM_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type JobId, type LeaseId, type NodeId } from "../ids.ts";
import { type NodeInfo } from "./contracts.ts";
import { type EventError, type JobCounters, type JobState, type ServerCounters } from "./events.ts";
import { IndexedHeap } from "./indexed-heap.ts";
import { type JobPlaces, type Places } from "./job-places.ts";
import { lessIoLoaded, lessLoaded } from "./placement.ts";
import { type Steer } from "./scheduler-steering.ts";

/** `recycling`: its job has left, a fresh process is on its way. `held`: ready, and nobody is to have it. */
export type LaneState = "starting" | "free" | "leased" | "recycling" | "lost" | "held";

/** Out of service by hand: `paused` for a while, `closed` after it was drained or stopped. */
export type Hold = "paused" | "closed";

export interface LaneRecord {
  readonly node: NodeRecord;
  readonly server: number;
  state: LaneState;
  lease: LeaseRecord | undefined;
  hold: Hold | undefined;
  /** The want for which this lane was asked back from another job. */
  promisedTo: WantRecord | undefined;
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
  /** What holds: `ordered`, or what the node itself wants. */
  hold: Hold | undefined;
  /** What an operator has ordered. */
  ordered: Hold | undefined;
  /** By its own word it takes no new work: its hours, or its terminal. */
  holding: boolean;
  /** Nothing was heard of it for a while: it gets nothing new. */
  suspected: boolean;
  readonly at: number[];
}

export interface LeaseRecord {
  readonly id: LeaseId;
  readonly kind: "cpu" | "io";
  readonly job: JobRecord;
  /** What it was given for, or serves now. */
  want: WantRecord;
  /** Another record when the node has joined again. */
  node: NodeRecord;
  readonly server: number;
  /** `assigning` until the node has said yes; the client hears of it then. */
  state: "assigning" | "active";
  readonly grantedMs: number;
  /** When it was taken for another want than the one it was given for. */
  movedMs?: number;
  /** Since when its quantum runs. */
  sinceMs: number;
  /** It was asked back; with a grace it is taken at `untilMs`. */
  reclaimed?: { readonly graceMs: number | undefined; readonly untilMs: number };
  /** Who is to get the lane, where it was asked back for somebody. */
  askedBy?: WantRecord;
  /** Of an I/O server, once its node has told; a lane keeps its own. */
  ioCounters?: ServerCounters;
}

/** Tasks of a job that may run at the same places. */
export interface WantRecord {
  readonly job: JobRecord;
  /** The job's number of it; 0 are CPU tasks that may run anywhere, 1 such I/O tasks. */
  readonly n: number;
  readonly kind: "cpu" | "io";
  /** Servers it could use now, by the client's word; of I/O servers 0 or 1. */
  slots: number;
  /** Leases it has, and how many of them the job was asked to give back. */
  held: number;
  asked: number;
  /** Lanes asked back from others for it, and not free yet. */
  promised: number;
  /** Where it may run; absent: everywhere. */
  place: WantPlace | undefined;
  /** No node that it allows has room: see `SchedulerState.stuck`. */
  stuck: boolean;
  /** It has asked in vain: see `SchedulerState.unheard`. */
  unheard: boolean;
  readonly at: number[];
}

export interface WantPlace {
  /** Nodes that will do, and how many of their CPU servers the job may have; absent: all. */
  readonly nodes: Map<NodeId, number> | undefined;
  /** This server of the node. */
  readonly server: number | undefined;
  /** Memory that must be free at the node. */
  readonly memoryBytes: number | undefined;
  /** For people: "at node/3", "that need gpu=yes". */
  readonly text: string;
}

/** What a client says of a want: how many servers it could use and, the first time or when it has changed, where. */
export interface WantDemand {
  readonly want: number;
  readonly slots: number;
  readonly place?: WantPlaceWords;
}

export interface WantPlaceWords {
  readonly kind: "cpu" | "io";
  readonly nodes?: readonly NodeLimit[];
  readonly server?: number;
  readonly memoryBytes?: number;
  readonly text: string;
}

/** So many CPU servers of that node the job may have; 0: none. */
export interface NodeLimit {
  readonly node: NodeId;
  readonly servers: number;
}

/** What is given back on request goes to `by`; it counts for `of`. */
export interface Asked {
  readonly by: WantRecord;
  readonly of: WantRecord;
}

export interface JobRecord {
  readonly id: JobId;
  name: string;
  /** Whose it is: an opaque key, the same for all jobs of a client. */
  client: string;
  weight: number;
  /** Jobs of a higher one come first, whatever they have. */
  priority: number;
  /** It has all CPU servers to itself, in its turn. */
  exclusive: boolean;
  /** Without tasks for so long, an exclusive job's turn is over. */
  idleMs: number;
  /** Since when it has no tasks. */
  idleSinceMs: number | undefined;
  /** Of an exclusive one: something that is here would do for its tasks. */
  hasPlace: boolean;
  /** Since when it has its turn and gets nothing, though something is free. */
  vainSinceMs: number | undefined;
  /** Its last turn was in vain: before then it has no other. */
  vain: boolean;
  turnAfterMs: number;
  readonly serial: number;
  /** Milliseconds since 1970. */
  readonly openedMs: number;
  state: JobState;
  /** Why it waits, as it was told last. */
  why: string | undefined;
  /** Nothing is heard of its client: it wants nothing meanwhile. */
  muted: boolean;
  cpu: readonly WantRecord[];
  ioWants: readonly WantRecord[];
  /** CPU leases it has. */
  held: number;
  /** Those of them at nodes that are away: it can't use them now, nor give them back. */
  heldAway: number;
  /** Those of them it was asked to give back, of whatever is free first, oldest request first. */
  readonly askedFor: Asked[];
  /** How many others were asked back by name. */
  reclaimed: number;
  readonly leases: Set<LeaseRecord>;
  /** Its I/O servers, but for those asked back. */
  readonly io: Map<NodeId, LeaseRecord>;
  /** CPU servers it has of each node, where it may have only some of a node's. */
  perNode: Map<NodeId, number> | undefined;
  /** Lease time it has had, counted up to `countedMs`. */
  servedMs: number;
  countedMs: number;
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
   * Its client has no connection or says nothing, and may come back. After a while the job is muted, and yields servers
   * that others wait for.
   */
  silent: { readonly sinceMs: number } | undefined;
  counters: JobCounters;
  places: Places;
  /** Nodes that may keep processes of it, with their state, until it gets their servers again. */
  readonly parkedAt: Set<NodeId>;
  /** CPU servers that it deserves by its weight: whole ones, and with the one of which it has a part. */
  sureLanes: number;
  mostLanes: number;
  // Orders of the heaps.
  nextKey: number;
  askKey: number;
  holdKey: number;
  surplus: number;
  readonly at: number[];
}

/** Tells the scheduler's core what happened. */
export type SchedulerEvent =
  | {
      readonly type: "node.joined";
      readonly node: NodeInfo;
      readonly lanes: readonly LaneReport[];
      /** Default false. */
      readonly holding?: boolean;
    }
  /** The node takes no new work, or does again; what operators ordered stands beside that. */
  | { readonly type: "node.holds"; readonly node: NodeId; readonly on: boolean }
  | { readonly type: "node.left"; readonly node: NodeId }
  | { readonly type: "node.lost"; readonly node: NodeId; readonly error: EventError }
  | {
      readonly type: "node.reported";
      readonly node: NodeId;
      readonly load: NodeInfo["load"];
      readonly servers: readonly ServerCounters[];
    }
  | { readonly type: "server.ready"; readonly node: NodeId; readonly server: number }
  | {
      readonly type: "server.lost";
      readonly node: NodeId;
      readonly server: number;
      readonly error: EventError;
      /** Its job wants none of that node for so long. */
      readonly pauseMs?: number;
    }
  /** Its node wants it back from the job that holds it; what runs there may end. */
  | { readonly type: "server.reclaimed"; readonly node: NodeId; readonly server: number }
  | { readonly type: "lease.assigned"; readonly lease: LeaseId }
  | { readonly type: "lease.refused"; readonly lease: LeaseId; readonly error: EventError }
  /** The client gives it back; `unreachable`: it could not reach the node. */
  | { readonly type: "lease.released"; readonly lease: LeaseId; readonly unreachable: boolean; readonly park?: boolean }
  | {
      readonly type: "job.opened";
      readonly job: JobId;
      readonly name: string;
      readonly client: string;
      readonly weight: number;
      /** Default 0. */
      readonly priority?: number;
      readonly exclusive?: boolean;
      /** Default {@link EXCLUSIVE_IDLE_MS}. */
      readonly idleMs?: number;
      /** It has rules: its default wants have no place before the client has said where. */
      readonly ruled?: boolean;
      /** Where an earlier scheduler parked processes of it. */
      readonly parkedAt?: readonly NodeId[];
      readonly counters: JobCounters;
      /** Default: everywhere. */
      readonly places?: JobPlaces;
      /** Leases the client holds from an earlier connection or an earlier scheduler. */
      readonly leases: readonly LeaseId[];
    }
  | { readonly type: "job.demand"; readonly job: JobId; readonly wants: readonly WantDemand[] }
  /** A node has come: how much of it each want may have. */
  | {
      readonly type: "job.node";
      readonly job: JobId;
      readonly node: NodeId;
      readonly limits: readonly { readonly want: number; readonly servers: number }[];
    }
  /** The client uses the lease for another want. */
  | { readonly type: "lease.moved"; readonly lease: LeaseId; readonly want: number }
  /** Where the job may have servers, all of it. */
  | { readonly type: "job.places"; readonly job: JobId; readonly places: JobPlaces }
  | { readonly type: "job.reported"; readonly job: JobId; readonly counters: JobCounters }
  | { readonly type: "job.closed"; readonly job: JobId }
  /** By an operator. */
  | { readonly type: "steer"; readonly steer: Steer }
  | { readonly type: "node.suspected"; readonly node: NodeId; readonly suspected: boolean }
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
  readonly ioWaiting: Set<WantRecord>;
  /** All CPU leases. */
  cpuHeld: number;
  /** Those of them at nodes that are away. */
  cpuAway: number;
  /** How long a job that others wait for keeps a server, at least. */
  readonly quantumMs: number;
  /** The least lease time, for its weight, of the jobs with tasks: who comes back after a rest begins there. */
  virtualMs: number;
  /** Exclusive jobs that wait for their turn, or have it, in the order in which they came. */
  readonly exclusive: Set<JobRecord>;
  /** Whose turn it is. */
  alone: JobRecord | undefined;
  /** Wants that no node has room for, though they wait: looked at again when one that they allow has, and each tick. */
  readonly stuck: Set<WantRecord>;
  /** Wants for which no lease could be asked back: they ask again at the next tick. */
  readonly unheard: Set<WantRecord>;
  /** Leases that are taken when they are not given back in time. */
  readonly reclaimed: Set<LeaseRecord>;
  /** Jobs that await their client or, after a restart of the scheduler, claimed leases. */
  readonly awaited: Set<JobRecord>;
  /** Nodes that may come back to their leases. */
  readonly away: Set<NodeRecord>;
  /** Nodes with a free lane, least loaded first. */
  readonly freeNodes: IndexedHeap<NodeRecord>;
  readonly ioNodes: IndexedHeap<NodeRecord>;
  /** Wants that could use more; whose job is most important, then would have least for its weight, comes first. */
  readonly waiting: IndexedHeap<WantRecord>;
  /** Those of them for whom not enough lanes were asked back yet. */
  readonly asking: IndexedHeap<WantRecord>;
  /** Jobs that hold more than they need, most first. */
  readonly surplus: IndexedHeap<JobRecord>;
  /** Jobs that hold anything; the least important comes first, then who has most for its weight. */
  readonly holders: IndexedHeap<JobRecord>;
}

/** A scheduler that knows nobody yet. `epoch` tells it from the ones before it: a larger integer each time. */
export function createSchedulerState(
  epoch: number,
  wallOffsetMs: number = 0,
  quantumMs: number = LEASE_QUANTUM_MS,
): SchedulerState {
  return {
    epoch,
    wallOffsetMs,
    quantumMs,
    cpuHeld: 0,
    cpuAway: 0,
    virtualMs: 0,
    exclusive: new Set(),
    alone: undefined,
    stuck: new Set(),
    unheard: new Set(),
    serial: 0,
    nodes: new Map(),
    jobs: new Map(),
    jobsOf: new Map(),
    leases: new Map(),
    ioWaiting: new Set(),
    reclaimed: new Set(),
    awaited: new Set(),
    away: new Set(),
    freeNodes: new IndexedHeap<NodeRecord>(0, lessLoaded),
    ioNodes: new IndexedHeap<NodeRecord>(1, lessIoLoaded),
    waiting: new IndexedHeap<WantRecord>(0, (a, b) => needsMore(a, b, a.job.nextKey - b.job.nextKey)),
    asking: new IndexedHeap<WantRecord>(1, (a, b) => needsMore(a, b, a.job.askKey - b.job.askKey)),
    surplus: new IndexedHeap<JobRecord>(0, (a, b) =>
      a.surplus === b.surplus ? a.serial < b.serial : a.surplus > b.surplus,
    ),
    holders: new IndexedHeap<JobRecord>(1, (a, b) => {
      if (a.priority !== b.priority) return a.priority < b.priority;
      return a.holdKey === b.holdKey ? a.serial > b.serial : a.holdKey > b.holdKey;
    }),
  };
}

function needsMore(a: WantRecord, b: WantRecord, keys: number): boolean {
  const { job } = a;
  const other = b.job;
  if (job === other) {
    // Who is content with few places chooses first.
    const picky = Number(b.place !== undefined) - Number(a.place !== undefined);
    return picky === 0 ? a.n < b.n : picky < 0;
  }
  if (job.priority !== other.priority) return job.priority > other.priority;
  if (keys !== 0) return keys < 0;
  const served = job.servedMs * other.weight - other.servedMs * job.weight;
  return served === 0 ? job.serial < other.serial : served < 0;
}

/** CPU servers of the job at nodes that are here. */
export const heldHere = ({ held, heldAway }: JobRecord): number => held - heldAway;

/** CPU servers that others than the job have at nodes that are here. */
export const othersHere = ({ cpuHeld, cpuAway }: SchedulerState, job: JobRecord): number =>
  cpuHeld - cpuAway - heldHere(job);

/** The job of that id. @throws {SkeinError} `JOB_CLOSED` */
export function openJob(state: SchedulerState, id: JobId): JobRecord {
  const job = state.jobs.get(id);
  if (job !== undefined) return job;
  throw new SkeinError("JOB_CLOSED", `no job ${id} is open`, { hint: "skein jobs lists those that are" });
}

/** Takes a free lane from the free ones of its node. */
export function takeFree(lane: LaneRecord): void {
  const { free } = lane.node;
  free.splice(free.indexOf(lane), 1);
}
