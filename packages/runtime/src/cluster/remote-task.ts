/** How a client runs tasks on the cluster. */
import { type WaitOptions } from "../contracts/wait.ts";
import { type NodeId, type ServerId } from "../ids.ts";
import { type RemoteTask } from "../message/remote-task.ts";
import { type ResultStream } from "../message/service.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { type NoPlainYield, type Result } from "../task/types.ts";
import { type Needs } from "./placement-rules.ts";
import { type RemoteTaskContext } from "./remote-context.ts";

export { type RemoteTask } from "../message/remote-task.ts";

export interface RunOptions extends WaitOptions {
  /** `cpu` (default) takes a server until it ends; `io` tasks of a job share one server and run at once. */
  readonly kind?: "cpu" | "io";
  /**
   * The node or server it runs at, as `task.node.id`, `task.server.id` and `job.servers()` name them. An I/O task at a
   * server runs in that process, beside its CPU tasks. A place that is not there, and does not come within 30 s: `NO_PLACE`.
   * `"tab"`: some browser tab that will do. I/O tasks run at tabs only where that, `needs.abilities`, labels or a platform
   * say so, or a rule of the job (`where`) asks for tabs.
   */
  readonly at?: NodeId | ServerId | "tab";
  /**
   * What its node must have: labels, platform, free memory in bytes, abilities; `read`, `write`, `run` and `net` must be among the job's
   * `allow`. It waits for a node that has it.
   */
  readonly needs?: Needs;
  /**
   * How often it is started again when its server is lost. Default 0: it may not bear being run twice. One that ended three
   * servers by itself is not: it fails with `JOB_QUARANTINED`.
   */
  readonly retries?: number;
  /**
   * Errors after which it is started again, too: names or codes, or a function that looks at the error. Such attempts count
   * as `retries`; between attempts is a pause of 100 ms, doubled each time up to 30 s.
   */
  readonly retryOn?: readonly string[] | ((error: Error) => boolean);
  /**
   * A second run with the same key in this job gives the first one's task, also when that has ended, well or not: to try
   * it again give `retries`, or another key. Keys and results are kept until the job closes, up to 1,000,000.
   */
  readonly key?: string;
  /** What the task finds as `task.client`. Default: the job's. */
  readonly client?: TaskRef;
  /** Milliseconds from now; then the task fails with `TIMEOUT` and is cancelled where it runs. */
  readonly timeoutMs?: number;
  /** Aborting cancels the task. */
  readonly signal?: AbortSignal;
}

type RemoteFunction<A extends readonly unknown[], B, M, S, E> = ((task: RemoteTaskContext<M, S, E>, ...args: A) => B) &
  ((task: RemoteTaskContext<M, S, E>, ...args: A) => NoPlainYield<B>);

/** `run`: a task function, its arguments after the context, options. `S` is what the job's `serverSetup` returns. */
export interface StartRemote<S = unknown> {
  <B, M = never, E = never>(
    fn: RemoteFunction<[], B, M, S, E>,
    args?: readonly [],
    options?: RunOptions,
  ): RemoteTask<Result<B>, M>;
  <A extends readonly unknown[], B, M = never, E = never>(
    fn: RemoteFunction<A, B, M, S, E>,
    args: A,
    options?: RunOptions,
  ): RemoteTask<Result<B>, M>;
}

/** `stream`: as `run`, and gives what the task emits. */
export interface StreamRemote<S = unknown> {
  <B, M = never, E = never>(
    fn: RemoteFunction<[], B, M, S, E>,
    args?: readonly [],
    options?: RunOptions,
  ): ResultStream<E, Result<B>, M>;
  <A extends readonly unknown[], B, M = never, E = never>(
    fn: RemoteFunction<A, B, M, S, E>,
    args: A,
    options?: RunOptions,
  ): ResultStream<E, Result<B>, M>;
}
