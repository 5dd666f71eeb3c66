/** What happens in a cluster, as events: numbered by the scheduler, the same for the console, `skein` and programs. */
import { type Role } from "../contracts/endpoint.ts";
import { type JobId, type NodeId, type ServerId, type TaskId } from "../ids.ts";
import { type LogLevel } from "../logger.ts";
import { type NodeInfo, type NodeLoad, type ServerInfo } from "./contracts.ts";

/** A place in an event log. A scheduler that restarts begins a new `epoch`: when it started, in milliseconds since 1970. */
export interface Cursor {
  readonly epoch: number;
  readonly seq: number;
}

/** An error as events show it. */
export interface EventError {
  /** An {@link ErrorCode}, or the name of an error that is not ours. */
  readonly code: string;
  readonly message: string;
  /** Of what a task threw: its stack, led back to the job's own files where they are known, cut. For who may see the message. */
  readonly stack?: string;
}

/** How a job stands. `waiting` holds no server though it needs one. */
export type JobState = "open" | "waiting" | "active" | "closed";

/** How many tasks of a job are where. `units` are the job's own amounts, by name (`job.count`). */
export interface JobCounters {
  readonly submitted: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly lost: number;
  readonly retried: number;
  /** Late results of attempts that had been given up. */
  readonly rejected: number;
  readonly units: Readonly<Record<string, number>>;
}

export interface JobInfo {
  readonly id: JobId;
  readonly name: string;
  readonly client: NodeId;
  readonly weight: number;
  /** Absent: 0. */
  readonly priority?: number;
  /** It has every CPU server to itself, in its turn. */
  readonly exclusive?: true;
  readonly state: JobState;
  /** Milliseconds since 1970, by the scheduler's clock. */
  readonly openedMs: number;
  /** Servers it could use now, and those it holds. */
  readonly demand: number;
  readonly held: number;
  /** Its tasks wait until it is resumed. */
  readonly paused?: true;
  /** The connection to its client is lost: it is closed unless that comes back in half a minute. */
  readonly away?: true;
  readonly counters: JobCounters;
}

/** What one server has done since it was first ready. */
export interface ServerCounters {
  readonly server: ServerId;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly busyMs: number;
  /** Function that runs now, when there is one; of several, the one that started last. */
  readonly fn?: string;
  /** Since when something runs without a pause, in milliseconds since 1970 by the server's clock. */
  readonly sinceMs?: number;
  /** The job that holds it, by its node's word. */
  readonly job?: JobId;
}

interface TaskWords {
  readonly task: TaskId;
  readonly job: JobId;
  readonly fn: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
}

/** An event without its number and time. */
export type ClusterEventBody =
  /**
   * In the cluster's log `node.ready` says that a node has joined. In a job's that is `node.discovered`; `node.ready` says
   * there that the node is set up for the job, and `node.skipped` that the job does without it.
   */
  | {
      readonly type:
        | "node.discovered"
        | "node.ready"
        | "node.paused"
        | "node.resumed"
        | "node.suspected"
        | "node.back"
        | "node.closed";
      readonly node: NodeInfo;
    }
  | { readonly type: "node.lost"; readonly node: NodeInfo; readonly error: EventError }
  | { readonly type: "node.skipped"; readonly node: NodeInfo; readonly error: EventError }
  /** In a job's log: a server was given to it, and is set up and takes its tasks. */
  | {
      readonly type: "server.discovered" | "server.ready" | "server.paused" | "server.resumed" | "server.replaced";
      readonly server: ServerInfo;
    }
  /** With an error: it could not be set up for the job. */
  | { readonly type: "server.closed"; readonly server: ServerInfo; readonly error?: EventError }
  | {
      readonly type: "server.lost";
      readonly server: ServerInfo;
      readonly job?: JobId;
      readonly error: EventError;
      /** The job has ended servers of that node one after the other: it gets none there for so long, in milliseconds. */
      readonly pauseMs?: number;
    }
  | ({
      readonly type: "task.created";
      readonly argsText?: string;
      readonly kind: "cpu" | "io";
      readonly atMs?: number;
    } & TaskWords)
  /** With `atMs`, these two are told late, to somebody who begins to watch: it was then, by the client's clock, in milliseconds since 1970. */
  | ({ readonly type: "task.started"; readonly server: ServerId; readonly atMs?: number } & TaskWords)
  | ({ readonly type: "task.retried"; readonly server: ServerId; readonly error: EventError } & TaskWords)
  /** It had ended already, with a result that a tab had given wrongly; who waits for it again gets the right one. */
  | ({ readonly type: "task.corrected"; readonly server: ServerId } & TaskWords)
  | ({
      readonly type: "task.exited";
      readonly exit: "returned" | "failed" | "cancelled" | "lost";
      /** Absent when it never reached a server. */
      readonly server?: ServerId;
      /** Milliseconds since 1970 by the server's clock. */
      readonly startedMs: number;
      readonly endedMs: number;
      readonly error?: EventError;
      /** Of one that failed or was lost; for who may see arguments. */
      readonly argsText?: string;
    } & TaskWords)
  | {
      readonly type: "load";
      readonly node: NodeId;
      readonly load: NodeLoad;
      readonly servers: readonly ServerCounters[];
    }
  | {
      readonly type: "log";
      readonly job: JobId;
      readonly server: ServerId;
      readonly task?: TaskId;
      readonly level: LogLevel;
      readonly text: string;
      readonly fields?: Readonly<Record<string, unknown>>;
    }
  | { readonly type: "job.opened" | "job.active" | "job.closed"; readonly job: JobInfo }
  /** It has another weight, or is paused, or goes on. */
  | { readonly type: "job.changed"; readonly job: JobInfo }
  /** The intake is paused: no job gets a server, and those that run give theirs back; or it goes on. */
  | { readonly type: "cluster.paused" | "cluster.resumed" }
  /** For operators alone: an invite was made, redeemed or ended; ask for the list again. */
  | { readonly type: "invites.changed" }
  /** It holds no server though it needs one, or some of its tasks find no place; `why` comes when that lasts. */
  | { readonly type: "job.waiting"; readonly job: JobInfo; readonly why?: string }
  /** Counters of a job that changed, at most every 250 ms; `omitted` task events were counted and not reported. */
  | { readonly type: "job.progress"; readonly job: JobId; readonly counters: JobCounters; readonly omitted: number }
  /** Events `from` to `to`, both included, are no longer kept, or may not be seen. */
  | { readonly type: "gap"; readonly from: number; readonly to: number };

/** An event with its number (one more than the one before it), the epoch of its scheduler, and its time since 1970. */
export type ClusterEvent = ClusterEventBody & {
  readonly seq: number;
  readonly epoch: number;
  readonly timeMs: number;
};

/** How the cluster stands at `seq`: what a subscriber gets first. */
export interface ClusterSnapshot extends Cursor {
  readonly timeMs: number;
  readonly nodes: readonly NodeInfo[];
  readonly servers: readonly ServerStanding[];
  readonly jobs: readonly JobInfo[];
  /** Nothing begins before an operator resumes it. */
  readonly intake?: "paused";
  /** For who subscribes: the last tasks that failed or were lost, oldest first, whether or not somebody watched then. */
  readonly failures?: readonly ClusterEvent[];
}

export interface ServerStanding extends ServerInfo {
  /** `draining`: given back soon; `paused` and `closed`: nobody gets it before it is resumed. */
  readonly state: "starting" | "ready" | "assigned" | "draining" | "paused" | "closed" | "lost";
  /** The job that holds it. */
  readonly job?: JobId;
  readonly counters: ServerCounters;
}

export const NO_COUNTERS: JobCounters = {
  submitted: 0,
  running: 0,
  done: 0,
  failed: 0,
  cancelled: 0,
  lost: 0,
  retried: 0,
  rejected: 0,
  units: {},
};

/** Who may watch a cluster's events. */
export const WATCHER_ROLES: readonly Role[] = ["operator", "client", "viewer"];

/** Takes out what only a job's own client and operators may see: arguments, logs, and the texts of errors. `undefined`: nothing is left. */
export function forViewer(event: ClusterEvent): ClusterEvent | undefined {
  switch (event.type) {
    case "log":
    case "invites.changed":
      return undefined;
    case "task.created":
      return withoutArgs(event);
    case "task.retried":
    case "server.lost":
    case "node.lost":
    case "node.skipped":
      return { ...event, error: { code: event.error.code, message: "" } };
    case "server.closed":
    case "task.exited":
      return withoutArgs(
        event.error === undefined ? event : { ...event, error: { code: event.error.code, message: "" } },
      );
    default:
      return event;
  }
}

/** Takes out the arguments of a task, where the event has them. */
export function withoutArgs<E extends ClusterEventBody>(event: E): E {
  if ((event.type !== "task.created" && event.type !== "task.exited") || event.argsText === undefined) return event;
  const { argsText: _, ...rest } = event;
  // The same event but for a property that may be absent.
  return rest as E;
}
