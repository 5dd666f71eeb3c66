/** All that the scheduler keeps in mind: its records, and the heaps that order them. Data only. */
import { LEASE_QUANTUM_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type JobId, type LeaseId, type NodeId } from "../ids.ts";
import type { KeptHold, KeptOrders } from "../peer/kept-orders.ts";
import { IndexedHeap } from "./indexed-heap.ts";
import { NodeIndex } from "./node-index.ts";
import { lessIoLoaded, lessLoaded } from "./placement.ts";
import { heldHere, type JobRecord, type LeaseRecord, type NodeRecord, type WantRecord } from "./scheduler-records.ts";

export interface SchedulerState {
  readonly epoch: number;
  /** What makes a time since 1970 of a `nowMs`, for people. */
  readonly wallOffsetMs: number;
  serial: number;
  /** Jobs get servers; else the cluster begins nothing. */
  intakeOpen: boolean;
  /** What is ordered of nodes and their servers, also of those that are not here, oldest first. */
  readonly holds: Map<NodeId, KeptHold>;
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
  readonly stuck: NodeIndex;
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
  /** Jobs with wants that could use more; who is most important, then would have least for its weight, comes first. */
  readonly waiting: IndexedHeap<JobRecord>;
  /** Those for whose wants not enough lanes were asked back yet. */
  readonly asking: IndexedHeap<JobRecord>;
  /** CPU servers that are in service; `undefined`: to be counted again. */
  lanesHere: number | undefined;
  /** Jobs that hold more than they need, most first. */
  readonly surplus: IndexedHeap<JobRecord>;
  /** Jobs that hold anything; the least important comes first, then who has most for its weight. */
  readonly holders: IndexedHeap<JobRecord>;
}

/**
 * A scheduler that knows nobody yet. `epoch` tells it from the ones before it: a larger integer each time. `kept` is what
 * operators ordered under those.
 */
export function createSchedulerState(
  epoch: number,
  wallOffsetMs: number = 0,
  quantumMs: number = LEASE_QUANTUM_MS,
  { intake, nodes = [] }: KeptOrders = {},
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
    stuck: new NodeIndex(),
    unheard: new Set(),
    serial: 0,
    intakeOpen: intake !== "paused",
    holds: new Map(nodes.map((hold) => [hold.node, hold])),
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
    waiting: new IndexedHeap<JobRecord>(2, (a, b) => needsMore(a, b, a.nextKey - b.nextKey)),
    asking: new IndexedHeap<JobRecord>(3, (a, b) => needsMore(a, b, a.askKey - b.askKey)),
    lanesHere: undefined,
    surplus: new IndexedHeap<JobRecord>(0, (a, b) =>
      a.surplus === b.surplus ? a.serial < b.serial : a.surplus > b.surplus,
    ),
    holders: new IndexedHeap<JobRecord>(1, (a, b) => {
      if (a.priority !== b.priority) return a.priority < b.priority;
      return a.holdKey === b.holdKey ? a.serial > b.serial : a.holdKey > b.holdKey;
    }),
  };
}

function needsMore(job: JobRecord, other: JobRecord, keys: number): boolean {
  if (job.priority !== other.priority) return job.priority > other.priority;
  if (keys !== 0) return keys < 0;
  const served = job.servedMs * other.weight - other.servedMs * job.weight;
  return served === 0 ? job.serial < other.serial : served < 0;
}

/** CPU servers that others than the job have at nodes that are here. */
export const othersHere = ({ cpuHeld, cpuAway }: SchedulerState, job: JobRecord): number =>
  cpuHeld - cpuAway - heldHere(job);

/** The job of that id. @throws {SkeinError} `JOB_CLOSED` */
export function openJob(state: SchedulerState, id: JobId): JobRecord {
  const job = state.jobs.get(id);
  if (job !== undefined) return job;
  throw new SkeinError("JOB_CLOSED", `no job ${id} is open`, { hint: "skein jobs lists those that are" });
}
