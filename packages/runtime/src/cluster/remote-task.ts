/** How a client runs tasks on the cluster. */
import { type WaitOptions } from "../contracts/wait.ts";
import { type RemoteTask } from "../message/remote-task.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { type NoPlainYield, type Result } from "../task/types.ts";
import { type RemoteTaskContext } from "./remote-context.ts";

export { type RemoteTask } from "../message/remote-task.ts";

export interface RunOptions extends WaitOptions {
  /** `cpu` (default) takes a server until it ends; `io` tasks of a job share one server and run at once. */
  readonly kind?: "cpu" | "io";
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
  /** A second run with the same key in this job gives the first one's task, also when that has ended. */
  readonly key?: string;
  /** What the task finds as `task.client`. Default: the job's. */
  readonly client?: TaskRef;
  /** Milliseconds from now; then the task fails with `TIMEOUT` and is cancelled where it runs. */
  readonly timeoutMs?: number;
  /** Aborting cancels the task. */
  readonly signal?: AbortSignal;
}

/** `run`: a task function, its arguments after the context, options. */
export interface StartRemote {
  <B, M = never>(
    fn: ((task: RemoteTaskContext<M>) => B) & ((task: RemoteTaskContext<M>) => NoPlainYield<B>),
    args?: readonly [],
    options?: RunOptions,
  ): RemoteTask<Result<B>, M>;
  <A extends readonly unknown[], B, M = never>(
    fn: ((task: RemoteTaskContext<M>, ...args: A) => B) & ((task: RemoteTaskContext<M>, ...args: A) => NoPlainYield<B>),
    args: A,
    options?: RunOptions,
  ): RemoteTask<Result<B>, M>;
}
