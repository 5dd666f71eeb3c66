/** What scheduler, nodes, servers and clients say to each other: the arguments of their procedures, by name. */
import { type TraceCarrier } from "./tracing.ts";
import { type Endpoint } from "../contracts/endpoint.ts";
import { type Exit } from "../contracts/exit.ts";
import { type CodeDigest, type JobId, type LeaseId, type NodeId, type ServerId, type TaskId } from "../ids.ts";
import { type LogLevel } from "../logger.ts";
import { type NodeInfo, type NodeLoad, type ServerInfo, type ServerLine } from "./contracts.ts";
import { type ClusterEventBody, type EventError, type JobCounters, type ServerCounters } from "./events.ts";
import { type IsolationWish } from "./isolation.ts";
import { type JobPlaces } from "./job-places.ts";
import { type LaneReport, type WantDemand } from "./scheduler-events.ts";
import { type SteerVerb } from "./scheduler-steering.ts";

/** `node.confine`, by who holds the lease: what its job asks for. Answered once its server is so confined. */
export interface Confine extends IsolationWish {
  readonly lease: LeaseId;
}

/** `scheduler.node.join`: a node says hello, with how its lanes stand. Answered with {@link Welcome}. */
export interface NodeJoin {
  readonly node: NodeInfo;
  readonly lanes: readonly LaneReport[];
  /** It takes no new work now. Default: it does. */
  readonly holding?: boolean;
}

export interface Welcome {
  readonly epoch: number;
  /** A server that a job has not used for so long is to be asked back, in milliseconds. */
  readonly zombieMs?: number;
}

/** `scheduler.node.hold`: a node takes no new work from now on, or does again; what operators order stands beside that. */
export interface NodeHold {
  readonly on: boolean;
}

/** `scheduler.server.reclaim`: a node wants its server back; what runs there may end. */
export interface ServerReclaim {
  readonly server: number;
}

/** `scheduler.clients.open`, by a node: answered with those of these clients that have jobs. */
export interface ClientsOpen {
  readonly clients: readonly string[];
}

/** `scheduler.node.report`: what a node's load is and what its servers have done. */
export interface NodeReport {
  readonly load: NodeLoad;
  readonly servers: readonly ServerCounters[];
}

/** `scheduler.server.ready`. */
export interface ServerReady {
  readonly server: number;
}

/** `scheduler.server.lost`. */
export interface ServerLost {
  readonly server: number;
  readonly error: EventError;
  /** The job that had it ends one after the other: it is to get none of this node for so long, in milliseconds. */
  readonly pauseMs?: number;
}

/** `scheduler.job.open`. The scheduler calls back by notes named `inbox` and `.granted`, `.revoked`, `.lost`, `.replaced`, `.watched`, `.event`. */
export interface JobOpen {
  readonly job: JobId;
  readonly name: string;
  readonly weight: number;
  readonly priority?: number;
  readonly exclusive?: boolean;
  readonly idleMs?: number;
  /** It has rules: before it has said where, it gets no server. */
  readonly ruled?: boolean;
  /** Nodes that may keep processes of it for its next turn. */
  readonly parkedAt?: readonly NodeId[];
  readonly inbox: string;
  readonly leases: readonly LeaseId[];
  readonly counters: JobCounters;
  /** Default: everywhere. */
  readonly places?: JobPlaces;
}

export interface JobOpened extends Welcome {
  /** Somebody watches: report task events too. */
  readonly watched: boolean;
  readonly nodes: readonly NodeInfo[];
}

/** `scheduler.job.demand`: what has changed of the job's wants. */
export interface JobDemand {
  readonly job: JobId;
  readonly wants: readonly WantDemand[];
}

/** `scheduler.job.node`: how much of a node that has come each want of the job may have. */
export interface JobNodeLimits {
  readonly job: JobId;
  readonly node: NodeId;
  readonly limits: readonly { readonly want: number; readonly servers: number }[];
}

/** `scheduler.job.moved`: the lease serves another want of its job now. */
export interface LeaseMoved {
  readonly job: JobId;
  readonly lease: LeaseId;
  readonly want: number;
}

/** `scheduler.job.dial`: nodes named by address in the job's rules. */
export interface JobDial {
  readonly job: JobId;
  readonly addresses: readonly string[];
}

/** `scheduler.job.report`. */
export interface JobReport {
  readonly job: JobId;
  readonly counters: JobCounters;
  /** The client's word: see `reportedEvent`. */
  readonly events: readonly unknown[];
  /** Task events that were counted and left out. */
  readonly omitted: number;
}

/** `scheduler.job.release`. */
export interface JobRelease {
  readonly job: JobId;
  readonly lease: LeaseId;
  readonly unreachable: boolean;
  /** Given back because others wait: the job would go on with its process. */
  readonly park?: boolean;
}

/** `scheduler.job.forget`, answered when nothing is kept for the job's next turn, at the node or anywhere. */
export interface JobForget {
  readonly job: JobId;
  readonly node?: NodeId;
}

/** `scheduler.job.fence`, answered when nothing of the lease can run any more, as far as the scheduler can tell. */
export interface JobFence {
  readonly job: JobId;
  readonly lease: LeaseId;
}

/** `scheduler.job.close`. */
export interface JobClose {
  readonly job: JobId;
}

/** To a client: `granted`. */
export interface Granted {
  readonly job: JobId;
  readonly lease: LeaseId;
  readonly kind: "cpu" | "io";
  /** The want that it is for. */
  readonly want: number;
  readonly node: NodeInfo;
  readonly server: number;
}

/** To a client: `revoked`. Give one CPU server of the job back. */
export interface Revoked {
  readonly job: JobId;
}

/** To a client: `reclaim`. Give this lease back when what runs there has ended; within `graceMs`, when that is said. */
export interface Reclaim {
  readonly job: JobId;
  readonly lease: LeaseId;
  readonly graceMs?: number;
}

/** To a client: `steer`, what an operator wants of a job. */
export interface SteerJob {
  readonly job: JobId;
  readonly verb: SteerVerb;
  readonly graceMs?: number;
}

/** `scheduler.steer`, by operators; by clients for their own jobs. */
export interface SteerWords {
  readonly verb: SteerVerb;
  readonly at: NodeId | ServerId | JobId;
  readonly graceMs?: number;
}

/** `scheduler.job.places`. */
export interface PlacesOfJob {
  readonly job: JobId;
  readonly places: JobPlaces;
}

/** To a client: `lost`. */
export interface LeaseLost {
  readonly job: JobId;
  readonly lease: LeaseId;
  readonly error: EventError;
}

/** To a client: `replaced`. A server that the job held when it ended has a fresh process. */
export interface Replaced {
  readonly job: JobId;
  readonly server: ServerInfo;
}

/** To a client: `event`. What happened to a node, a server or its job, for the logs of its jobs. */
export interface Happened {
  readonly event: ClusterEventBody;
}

/** To a client: `watched`. */
export interface Watched {
  readonly on: boolean;
}

/** `node.assign`, by the scheduler. */
export interface Assign {
  readonly lease: LeaseId;
  readonly kind: "cpu" | "io";
  readonly job: JobId;
  readonly client: Endpoint;
  readonly inbox: string;
  readonly server: number;
}

/** `node.unassign`, by the scheduler. */
export interface Unassign {
  readonly lease: LeaseId;
  readonly server: number;
  /** Its job may get the server again: its process is kept. */
  readonly park?: boolean;
}

/** `node.job.over`, by the scheduler: what is kept for the job is of no use any more. */
export interface JobOver {
  readonly job: JobId;
}

/** `node.renew`, by the scheduler: a fresh process for a server that nobody has. */
export interface Renew {
  readonly server: number;
}

/** `node.unpark`, by the scheduler: what is kept for jobs' next turns is ended. */
export interface Unpark {
  /** Default: at all servers. */
  readonly server?: number;
}

/** To a client, by a node: `unparked`. The process with what its job had there was not kept. */
export interface Unparked {
  readonly job: JobId;
  readonly server: number;
  readonly why: string;
}

/** `node.check` and `node.kill`, by who holds the lease. */
export interface OfLease {
  readonly lease: LeaseId;
}

/** Answer of `node.check`: whether the lease stands and its process lives; if not, whether that ended by itself. */
export interface Checked {
  readonly standing: boolean;
  readonly died?: boolean;
}

/** `server.state`, by who holds the lease: the tasks of which it has not heard the end. */
export interface AskState {
  readonly lease: LeaseId;
  readonly serials: readonly number[];
}

/** Answer of `server.state`, which comes after the ends of those tasks that have ended. */
export interface ServerState {
  /** The number of the last task that came. */
  readonly received: number;
  /** Of those asked about, the ones that have not ended. */
  readonly open: readonly number[];
}

/** `server.heard`: the ends of these have come. */
export interface Heard {
  readonly lease: LeaseId;
  readonly serials: readonly number[];
}

/** `node.code.has`, answered with a boolean; `node.code.give`, by a server of the node; and to a client, as `inbox` and `.code`: send it once more. */
export interface CodeHas {
  readonly digest: CodeDigest;
}

/** `node.code.put`. */
export interface CodePut {
  readonly digest: CodeDigest;
  readonly code: Uint8Array;
}

/** `node.server.report`, by a server of the node. */
export interface ServerReport {
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly busyMs: number;
  readonly fn?: string;
  /** Since when something runs, in milliseconds since 1970. */
  readonly sinceMs?: number;
}

export const NOTHING_DONE: ServerReport = { running: 0, done: 0, failed: 0, busyMs: 0 };

/** `server.begin`, by the node: whose server it is from now on. */
export interface Begin {
  readonly lease: LeaseId;
  readonly job: JobId;
  readonly kind: "cpu" | "io";
  readonly client: Endpoint;
  readonly inbox: string;
  readonly node: NodeInfo;
}

/** `server.load`: import these bundles, they will be needed. */
export interface Load {
  readonly digests: readonly CodeDigest[];
}

/** `server.run`: run these, in this order where they are CPU tasks. */
export interface Run {
  readonly lease: LeaseId;
  readonly runs: readonly RunOne[];
  /** The ends of these have come. */
  readonly heard?: readonly number[];
}

export interface RunOne {
  /** Counts the runs of a lease, from 1. */
  readonly serial: number;
  readonly task: TaskId;
  readonly attempt: number;
  readonly code: CodeDigest;
  /** Name of the export. */
  readonly fn: string;
  /** A function that takes no task context. */
  readonly plain: boolean;
  readonly args: readonly unknown[];
  /** An I/O task that runs beside the CPU tasks of its server. */
  readonly beside?: boolean;
  /** What the task finds as `task.client`: a TaskRef. */
  readonly client?: unknown;
  /** What it emits is read. */
  readonly streams?: true;
  /** The trace that it belongs to. */
  readonly trace?: TraceCarrier;
}

/** `server.cancel`; also `node.cancel`, which a task that computes sees at once. */
export interface CancelRun {
  readonly lease: LeaseId;
  readonly serial: number;
  readonly reason?: unknown;
  readonly graceMs?: number;
}

/** `server.withdraw`: give back those of these that do not run yet. */
export interface Withdraw {
  readonly lease: LeaseId;
  readonly serials: readonly number[];
}

/** A node to a client that holds a server there, as notes named `inbox` and `.output`: what the server printed. */
export interface Printed {
  readonly job: JobId;
  readonly server: number;
  readonly lines: readonly ServerLine[];
  /** So many more lines came too fast. */
  readonly omitted: number;
}

/** A server to its client, as notes named `inbox` and `.news`. */
export interface News {
  readonly lease: LeaseId;
  readonly job: JobId;
  /** These may have started when this arrives; no other has. */
  readonly started: readonly number[];
  /** These run, and take messages. Told of those only that did not end at once. */
  readonly running: readonly number[];
  readonly exits: readonly RunExit[];
  readonly withdrawn: readonly number[];
  readonly logs: readonly RunLog[];
}

export interface RunExit {
  readonly serial: number;
  readonly exit: Exit<unknown>;
  /** Milliseconds it took, by the server's monotonic clock. */
  readonly tookMs: number;
  /** When it ended, in milliseconds since 1970 by the server's clock. */
  readonly endedMs: number;
}

export interface RunLog {
  /** Absent where it is not known which task wrote it. */
  readonly serial?: number;
  readonly level: LogLevel;
  readonly text: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}
