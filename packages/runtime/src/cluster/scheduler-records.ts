/** What the scheduler keeps in mind of nodes with their lanes, jobs with their wants, and leases. Data only. */
import { type JobId, type LeaseId, type NodeId } from "../ids.ts";
import { type NodeInfo } from "./contracts.ts";
import { type EventError, type JobCounters, type JobState, type ServerCounters } from "./events.ts";
import { type IndexedHeap } from "./indexed-heap.ts";
import { type Places } from "./job-places.ts";
import { type NodeIndex } from "./node-index.ts";

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
  /** It was told that it is closed, and not yet that it is back. */
  toldClosed: boolean;
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

/** Numbers of a job's wants that are not told: CPU and I/O tasks that may run where the job may. */
export const CPU_WANT = 0;
export const IO_WANT = 1;

/** Tasks of a job that may run at the same places. */
export interface WantRecord {
  readonly job: JobRecord;
  /** Order of coming to its job. */
  readonly serial: number;
  /** The job's number of it; 0 are CPU tasks that may run anywhere, 1 such I/O tasks. */
  readonly n: number;
  readonly kind: "cpu" | "io";
  /** Servers it could use now, by the client's word; of I/O servers one a node. */
  slots: number;
  /** Leases it has, and how many of them the job was asked to give back. */
  held: number;
  asked: number;
  /** Lanes asked back from others for it, and not free yet. */
  promised: number;
  /** What of these is in its job's sums. */
  readonly counted: WantSums;
  /** Where it may run; absent: everywhere. */
  place: WantPlace | undefined;
  /** No node that it allows has room: see `SchedulerState.stuck`. */
  stuck: boolean;
  /** It has asked in vain: see `SchedulerState.unheard`. */
  unheard: boolean;
  readonly at: number[];
}

/** Of CPU wants: what they could use, what is asked back for them, and what they have to give: at all, and too many. */
export interface WantSums {
  slots: number;
  promised: number;
  kept: number;
  spare: number;
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
  /** Why none of the nodes that were there when this was said will do. */
  readonly lack: string | undefined;
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
  /** Its client has opened it here. Of others only leases are known, which nodes have from an earlier scheduler. */
  wasOpened: boolean;
  state: JobState;
  /** Why it waits, as it was told last. */
  why: string | undefined;
  /** Nothing is heard of its client: it wants nothing meanwhile. */
  muted: boolean;
  /** Wants by their numbers, first come first. */
  readonly cpu: Map<number, WantRecord>;
  readonly ioWants: Map<number, WantRecord>;
  /** How many wants it has had. */
  wantSerial: number;
  /** As its wants were placed last: it has its turn; it wants nothing now, whatever its tasks. */
  alone: boolean;
  shut: boolean;
  readonly sums: WantSums;
  /** I/O servers that its wants could use. */
  ioSlots: number;
  /** Its wants that could use more, the first to choose first; those of them that have others asked for one. */
  readonly waiting: IndexedHeap<WantRecord>;
  readonly asking: IndexedHeap<WantRecord>;
  /** Its wants that may be asked for a server, who needs it least first. */
  readonly givers: IndexedHeap<WantRecord>;
  /** Its wants in `SchedulerState.stuck`. */
  readonly stuck: Set<WantRecord>;
  /** Wants to look at when the client next says what it wants: nothing is left of them, or they may find a place now. */
  readonly due: Set<WantRecord>;
  /** I/O wants by node, and those of which something has changed that says whether they wait. */
  readonly ioAt: NodeIndex;
  readonly ioDue: Set<WantRecord>;
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

/** CPU servers of the job at nodes that are here. */
export const heldHere = ({ held, heldAway }: JobRecord): number => held - heldAway;

/** Takes a free lane from the free ones of its node. */
export function takeFree(lane: LaneRecord): void {
  const { free } = lane.node;
  free.splice(free.indexOf(lane), 1);
}
