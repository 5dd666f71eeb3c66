/** A job: what a client runs together on the cluster, with its code, its servers and its events. */
import { type Operation } from "../contracts/operation.ts";
import { type CloseOptions } from "../contracts/wait.ts";
import { type JobId, type NodeId, type ServerId } from "../ids.ts";
import { type FileSent, type SendFileOptions } from "../peer/files.ts";
import { type NamedBytes } from "../peer/files-source.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { type Result } from "../task/types.ts";
import { type LiveFunction } from "./contracts.ts";
import { type EventLog } from "./event-log.ts";
import { type ClusterEvent, type JobCounters } from "./events.ts";
import { type ShippedFunction } from "./job-code.ts";
import { type JobNode, type JobServer } from "./job-nodes.ts";
import { type Allow, type Isolation } from "./isolation.ts";
import { type JobFile } from "./job-files.ts";
import { type JobSteers } from "./job-steering.ts";
import { type TrustOptions } from "./job-trust-options.ts";
import { type EachOver, type MapOver } from "./job-map.ts";
import { type PlacementRule } from "./placement-rules.ts";
import { type ModuleStubs } from "./module.ts";
import { type SetupContext } from "./remote-context.ts";
import { type StartRemote, type StreamRemote } from "./remote-task.ts";
import { type JobTask } from "./run-words.ts";

/**
 * @typeParam N what `nodeSetup` gives
 * @typeParam S what `serverSetup` gives: the state of the job's tasks
 */
export interface JobOptions<N = unknown, S = unknown> extends TrustOptions {
  /** A label for people. */
  readonly name?: string;
  /** Modules whose exported functions `run` takes; stubs come from `job.module`. */
  readonly modules?: readonly URL[];
  /**
   * Functions and classes of this program that the job ships, with the declarations and imports they reach; `run` finds
   * others by itself. What is given together is one bundle: it shares its module's state and classes. Classes can be
   * sent, too.
   */
  readonly functions?: readonly ShippedFunction[];
  /** Packages that are not bundled (native ones can't be): they have to be installed at the nodes. */
  readonly packages?: readonly string[];
  /** Its share against other jobs: one of weight 2 gets twice the servers of one of weight 1. 0.001 to 1000, default 1. */
  readonly weight?: number;
  /**
   * Jobs of a higher priority get servers before all of a lower one, which give theirs back when what runs there has ended.
   * A whole number, −1000 to 1000, default 0.
   */
  readonly priority?: number;
  /**
   * It has all CPU servers of the cluster to itself: it waits for its turn (`job.waiting` says why), then until others have
   * given theirs back, and keeps them until it is closed, or has had no tasks for `idleMs`.
   */
  readonly exclusive?: boolean;
  /** An exclusive job without tasks for so many milliseconds lets others have the cluster. Default 60,000. */
  readonly idleMs?: number;
  /**
   * Which nodes it may use, and how many of their servers; of several rules the first that speaks of a node counts, and a
   * node of which none speaks is not used. Functions are asked here, once for each node that comes. Nodes named by address
   * are dialled by the scheduler. Default: all.
   */
  readonly where?: PlacementRule | readonly PlacementRule[];
  /** What its tasks find as `task.client`. */
  readonly client?: TaskRef;
  /**
   * How far nodes must confine its code, at least: `trusted`, `guarded`, `uid` or `sealed`. Default: as each node does.
   * `openJob` throws `ISOLATION_FORBIDS` when there are nodes and none does so.
   */
  readonly isolation?: Isolation;
  /** What its code may do beyond that: nodes that don't offer it (`--allow`) are not used. */
  readonly allow?: Allow;
  /**
   * Files that every node of the job gets, once, before its tasks: `task.files` is their folder. They go with the job. One
   * that can't be read, or has the name of another, is said at once; one that can't be sent later takes its node out of the
   * job, as a `nodeSetup` that throws.
   */
  readonly files?: readonly JobFile[];
  /**
   * Runs once at each node, in a process that stays as long as the job: it may write into `task.files` for the others and
   * register services. What it returns goes to each `serverSetup`. One that throws takes its node out of the job, with the
   * event `node.skipped`; where no node is left, tasks fail with `SETUP_FAILED`.
   */
  readonly nodeSetup?: (task: SetupContext, ...args: never[]) => N;
  /**
   * Runs once in each server process, before its first task, with what `nodeSetup` returned at that node (or `undefined`).
   * What it returns is `task.state` there. One that throws takes its server out of the job, with the event
   * `server.closed` and the error.
   */
  readonly serverSetup?: (task: SetupContext, node: Result<N>, ...args: never[]) => S;
  /**
   * Whether each CPU task gets a server process of its own, set up anew: nothing of the tasks before it is left. Default
   * false. A process that stands ready takes the place of the old one.
   */
  readonly restartServers?: boolean;
  /** Arguments of both, after the ones above. Default: none. */
  readonly setupArgs?: readonly unknown[];
  /** Aborting it ends the opening; later it closes the job, and cancels its tasks with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Nodes are used only once `job.enable` names them. Default false. */
  readonly manualNodes?: boolean;
  /** CPU servers are used only once `job.enable` names them, one by one. Default false. */
  readonly manualServers?: boolean;
  /**
   * What becomes of tasks whose node is lost: silent for 30 s, or gone. `abandon` (default): their attempt is lost, and those
   * with `retries` left run elsewhere. `wait`: they wait until it is back, to the end of their `timeoutMs`, or until
   * `job.abandon`; what they did meanwhile is not lost.
   */
  readonly onLostNode?: "wait" | "abandon";
}

/** The same without its types, which were checked where it was given. */
export type OpenOptions = Omit<JobOptions, "nodeSetup" | "serverSetup"> & {
  readonly nodeSetup?: LiveFunction;
  readonly serverSetup?: LiveFunction;
};

/**
 * Work on the cluster that belongs together. Its servers go to others once it is closed.
 *
 * @example
 * await using job = await client.openJob({ name: "squares" });
 * const m = await job.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url));
 * console.log(await m.square.call([7])); // 49
 */
export interface Job<S = unknown> extends AsyncDisposable, JobSteers {
  readonly id: JobId;
  readonly name: string;
  /**
   * Runs a task function: one that the job's `modules` export, or any that is found in its source. Acts at once; a
   * function that is new to the job is bundled first.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` with its name, file and line; `JOB_CLOSED`; `LINK_OVERLOADED` past a
   *   million open tasks; in hosts that can't find functions `CODE_UNKNOWN`. The task fails with `CODE_NOT_BUNDLABLE`.
   */
  readonly run: StartRemote<S>;
  /**
   * Runs a task function as `run` does, and gives what it emits, in order; then the end, or what it threw. A reader that is
   * slow slows it down; leaving it cancels the task. It is started again (`retries`) only as long as it has emitted nothing:
   * no value comes twice.
   *
   * @example
   * const lines = job.stream(readLog, ["today"]);
   * for await (const line of lines) console.log(line);
   * console.log(await lines.result);
   */
  readonly stream: StreamRemote<S>;
  /**
   * Calls a plain function for each item, on the job's servers (nodes and tabs), and gives the results: a pool's `map`, on a
   * pool of the job's own. `fn` is found in its source, or the stub of a module's plain function. Servers come and go while
   * it runs; an item whose server is lost is started again elsewhere, twice at most. Items that can be sent together are.
   * Arguments and results are plain data. While it has nothing to do for 2 s, its servers are others'.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`, `CODE_UNKNOWN`, `OPTION_INVALID`, `NO_PLACE`, `JOB_CLOSED`; the stream
   *   throws what `fn` throws, `SERVER_LOST`, `TIMEOUT`, `NOT_SERIALIZABLE` with the path, `SETUP_FAILED`
   *
   * @example
   * for await (const y of job.map((n: number) => n * n, [1, 2, 3])) console.log(y);
   */
  readonly map: MapOver;
  /**
   * The same for the effects: begins at once, and gives how many items there were when all are done. The first error ends it.
   * An item whose server is lost fails, unless `retries` says otherwise. @throws {SkeinError} as `map`
   *
   * @example
   * const count = await job.each((file: string) => index(file), files);
   */
  readonly each: EachOver;
  /** Ships a module and gives typed stubs of its functions. @throws {SkeinError} `CODE_NOT_BUNDLABLE`, `MESSAGE_TOO_LARGE` */
  module<T>(url: URL): Operation<ModuleStubs<T, S>>;
  /**
   * Sends a file to a node of the job, or of a server, beside the job's other files. Acts at once.
   * @throws {SkeinError} as {@link Peer.sendFile}; `ROLE_FORBIDS` while the job has no server there
   */
  sendFile(at: NodeId | ServerId, file: string | NamedBytes, options?: SendFileOptions): Operation<FileSent>;
  /**
   * One more rule, asked about nodes of which no rule spoke before; for a job without rules it is the first one. Servers
   * that the job has are kept. Acts at once. @throws {SkeinError} `OPTION_INVALID`
   */
  allocate(rule: PlacementRule): void;
  /** What happens in this job, from its opening: the last 20,000 events. */
  readonly events: EventLog<ClusterEvent>;
  /** The nodes of the cluster, as they were when they were last told of. */
  nodes(): readonly JobNode[];
  /** The servers the job holds now. */
  servers(): readonly JobServer[];
  /** Its tasks that have not ended; with `at`, those at that node or server. Costs a look at each. */
  tasks(at?: NodeId | ServerId): readonly JobTask[];
  /** How many tasks are where. */
  readonly counters: JobCounters;
  /** Adds to an amount that the job counts by name (`bytes`, `files`), for progress views. At most 16 names. */
  count(name: string, amount: number): void;
  /** Waits for its tasks, or cancels them; then its servers are free. Acts at once; twice does nothing more. @throws {SkeinError} `TIMEOUT` */
  close(options?: CloseOptions): Operation<void>;
}
