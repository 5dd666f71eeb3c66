/** What a page knows of a cluster. Changed only by `reduce`; views read it once per frame. */
import type {
  ClusterActs,
  EventError,
  JobCounters,
  JobId,
  JobState,
  NodeId,
  NodeInfo,
  Observed,
  Role,
  ServerCounters,
  ServerId,
  TaskId,
  Topic,
} from "@skein/runtime";
import { BoundedList } from "./bounded-list.ts";
import { SecondHistory } from "./history.ts";
import type { LoadLines } from "./load-lines.ts";
import { LogList } from "./log-list.ts";
import { RetryLinks } from "./retry-links.ts";
import { SpanLog } from "./span-log.ts";
import { TaskTable } from "./task-table.ts";

/** Troubles kept for the list of last errors. */
export const TROUBLE_LIMIT = 100;
/** Servers kept that are gone, the last ones, for what they did. */
export const GONE_LIMIT = 200;
/** Closed jobs kept, newest first. */
export const CLOSED_JOB_LIMIT = 50;

/** How the page stands to the cluster. */
export type Connection =
  | { readonly phase: "connecting" }
  | { readonly phase: "live" }
  /** The connection broke just now; it is tried again, and nothing is lost if it comes back. What is shown stands still. */
  | { readonly phase: "away"; readonly sinceMs: number }
  /** The cluster ended or can't be reached: what is shown is the last that was known. */
  | { readonly phase: "ended"; readonly sinceMs: number; readonly reason?: string }
  /** The browser is not logged in (any more). */
  | { readonly phase: "locked" }
  /** No cluster: what one has been, at some time of a recording. */
  | { readonly phase: "recorded" };

/** What this page may do in its cluster, and how. */
export interface Access {
  readonly roles: readonly Role[];
  readonly acts: ClusterActs;
}

/** Out of service by an operator's order (or, `suspected`, because it is silent). */
export type Hold = "paused" | "draining" | "closed" | "suspected";

export interface NodeRow {
  readonly id: NodeId;
  info: NodeInfo;
  /** Absent: at work. */
  hold: Hold | undefined;
  /** Its name; where several have the same, with the end of its id. */
  label: string;
  state: "ready" | "lost" | "closed";
  sinceMs: number;
  readonly lines: LoadLines;
}

/** Running tasks that are listed of one server; of more, those that started last. */
export const RUNNING_LIMIT = 2000;

export interface RunningTask {
  readonly task: TaskId;
  readonly job: JobId;
  readonly fn: number;
  readonly startedMs: number;
}

export interface ServerRow {
  readonly id: ServerId;
  readonly node: NodeId;
  /** Its number among all servers seen, for `spans`. */
  readonly index: number;
  /** Its number within the node. */
  readonly lane: number;
  readonly kind: "cpu" | "io";
  state: "ready" | "lost" | "closed";
  hold: Hold | undefined;
  job: JobId | undefined;
  /** Since when that is so, as far as this page has heard. */
  jobSinceMs: number;
  counters: ServerCounters;
  /** Finished here as this page saw it since the last load report, so the count moves at once. */
  sinceReport: { done: number; failed: number };
  readonly running: Map<TaskId, RunningTask>;
  /** What it runs by its own word: tasks that began before this page, or were counted only. */
  reported: { readonly fn: number; readonly startedMs: number } | undefined;
  /** What ended here last: the next one is often told of a batch later. */
  last: { readonly fn: number; readonly endMs: number } | undefined;
  /** Milliseconds it computed in each second, listed as rectangles or not … */
  readonly busy: SecondHistory;
  /** Tasks that ended here in each second. */
  readonly finished: SecondHistory;
  /** … and those of tasks that were counted and not reported one by one. */
  readonly unlisted: SecondHistory;
  /** Of `busy`, what came by rectangles since the last load report, and when that was. */
  accountedMs: number;
  reportedMs: number;
  /** Of the time before this page: its last load report, and of tasks that were told how many ran then, how long since. */
  readonly past: { busyMs: number; timeMs: number; running: number; toldMs: number };
  replaced: number;
}

/** A server that left with its node or job. */
export interface GoneServer {
  readonly server: ServerRow;
  /** Its node's label. */
  readonly label: string;
  readonly goneMs: number;
}

export interface JobRow {
  readonly id: JobId;
  readonly name: string;
  readonly client: NodeId;
  readonly openedMs: number;
  weight: number;
  priority: number;
  exclusive: boolean;
  /** Its tasks wait until it is resumed. */
  paused: boolean;
  /** Why it waits, where that lasts. */
  why: string | undefined;
  state: JobState;
  /** Its client is away: it ends unless that comes back. */
  away: boolean;
  demand: number;
  held: number;
  counters: JobCounters;
  /** The counters that the rates have reached; undefined after a gap, when they begin anew. */
  rated: JobCounters | undefined;
  closedMs: number | undefined;
  /** False: it ended while this page heard nothing; its counters are the last that were heard of. */
  endHeard: boolean;
  /** When the counters last changed. */
  changedMs: number;
  /** Finished tasks, for its rate. */
  readonly finished: SecondHistory;
  /** The job's own amounts, for their rates. */
  readonly units: Map<string, SecondHistory>;
}

export interface FunctionRow {
  readonly name: string;
  /** Its number, for `spans` and its colour. */
  readonly index: number;
  done: number;
  failed: number;
}

/** Something that went wrong, as the list of last errors shows it. */
export interface Trouble {
  readonly timeMs: number;
  readonly kind: "task" | "retry" | "server" | "node";
  /** A function, server or node. */
  readonly what: string;
  readonly error: EventError;
  readonly job: JobId | undefined;
  readonly server: ServerId | undefined;
  readonly attempt: number | undefined;
  readonly task: TaskId | undefined;
}

export interface ClusterModel {
  connection: Connection;
  /** Undefined while the page is not in the cluster. */
  access: Access | undefined;
  /** Whether the cluster takes new jobs. */
  intakePaused: boolean;
  /** Grows with each change of the invites. */
  invitesChanged: number;
  /** What places show of themselves, by topic and place; of the topics that are looked at now. */
  readonly observed: Map<Topic, Map<string, Observed>>;
  /** Where the event log stands; undefined before the first snapshot. */
  epoch: number | undefined;
  /** The last event taken. */
  seq: number;
  /** The snapshot's place: events up to it tell what was (rectangles, rates, troubles), the snapshot how it is. */
  stateSeq: number;
  /** When the cluster was last restarted while this page was open, by its clock: nothing is kept of the one before. */
  restartedMs: number | undefined;
  /** The cluster's clock minus this page's; 0 when they agree as well as can be told. Moves only when it was wrong. */
  clockAheadMs: number;
  /** The same as the quickest news since the snapshot tells: the others were longer on their way. */
  quickestMs: number;
  /** The first event or snapshot this page has; before it nothing is known. */
  firstEventMs: number;
  lastEventMs: number;
  readonly nodes: Map<NodeId, NodeRow>;
  readonly servers: Map<ServerId, ServerRow>;
  readonly jobs: Map<JobId, JobRow>;
  /** Ids of closed jobs, oldest first. */
  readonly closedJobs: JobId[];
  readonly tasks: TaskTable;
  readonly retries: RetryLinks;
  readonly logs: LogList;
  /** Of each place, the last line that it has told of its own log. */
  readonly placeLines: Map<string, { readonly line: number; readonly timeMs: number }>;
  /** Servers that are gone, by their ids: what they did is still in the stream and in traces. */
  readonly gone: Map<ServerId, GoneServer>;
  readonly functions: Map<string, FunctionRow>;
  /** The same, by their numbers. */
  readonly functionList: FunctionRow[];
  readonly spans: SpanLog;
  readonly finished: SecondHistory;
  /** Bytes and frames that places said they sent, in each second that connections were looked at. */
  readonly sentBytes: SecondHistory;
  readonly sentFrames: SecondHistory;
  /** When a job last had task events that were counted and not reported. */
  omittedAtMs: number;
  readonly troubles: BoundedList<Trouble>;
  /** Events that were no longer kept when this page asked for them. */
  missedEvents: number;
  serversSeen: number;
}

export function createModel(): ClusterModel {
  return {
    connection: { phase: "connecting" },
    access: undefined,
    intakePaused: false,
    invitesChanged: 0,
    observed: new Map(),
    epoch: undefined,
    seq: 0,
    stateSeq: 0,
    restartedMs: undefined,
    clockAheadMs: 0,
    quickestMs: -Infinity,
    firstEventMs: Infinity,
    lastEventMs: 0,
    nodes: new Map(),
    servers: new Map(),
    jobs: new Map(),
    closedJobs: [],
    tasks: new TaskTable(),
    retries: new RetryLinks(),
    logs: new LogList(),
    placeLines: new Map(),
    gone: new Map(),
    functions: new Map(),
    functionList: [],
    spans: new SpanLog(),
    finished: new SecondHistory(),
    sentBytes: new SecondHistory(),
    sentFrames: new SecondHistory(),
    omittedAtMs: 0,
    troubles: new BoundedList(TROUBLE_LIMIT),
    missedEvents: 0,
    serversSeen: 0,
  };
}

/** A place as a key: `peer/server`. */
export const placeKey = (at: Observed["at"]): string => `${at.peer}/${at.server}`;
