/** A task that a client runs on the cluster, as its program sees it. */
import { type Location } from "../contracts/endpoint.ts";
import { type Exit } from "../contracts/exit.ts";
import { type Operation } from "../contracts/operation.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { type TaskId } from "../ids.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { type CancelOptions, type NoPlainYield, type Result } from "../task/types.ts";
import { type RemoteTaskContext } from "./remote-context.ts";

export interface RunOptions extends WaitOptions {
  /** `cpu` (default) takes a server until it ends; `io` tasks of a job share one server and run at once. */
  readonly kind?: "cpu" | "io";
  /** How often it is started again when its server is lost. Default 0: it may not bear being run twice. */
  readonly retries?: number;
  /** A second run with the same key in this job gives the first one's task, also when that has ended. */
  readonly key?: string;
  /** What the task finds as `task.client`. Default: the job's. */
  readonly client?: TaskRef;
  /** Milliseconds from now; then the task fails with `TIMEOUT` and is cancelled where it runs. */
  readonly timeoutMs?: number;
  /** Aborting cancels the task. */
  readonly signal?: AbortSignal;
}

/**
 * A task on the cluster. As an operation it gives what the function returned, and throws what it threw: the same class
 * and code where the class is known here, else a `RemoteError`, with `server` and `attempt`. `SERVER_LOST` or
 * `PEER_LOST` when its last attempt was lost.
 */
export interface RemoteTask<R, M = never> extends Operation<R> {
  readonly id: TaskId;
  /** The function's name. */
  readonly name: string;
  /** Stays the same over all attempts; messages, arguments and subscriptions take it. */
  readonly ref: TaskRef<M>;
  /** Where it runs now. */
  readonly location: Location | undefined;
  /** Number of the present attempt, from 1. */
  readonly attempt: number;
  /** Sends to the task; kept (at most 10,000) until it runs. @throws {SkeinError} `MAILBOX_FULL` */
  readonly send: (message: M) => void;
  /** Waits until the message is in its mailbox. @throws {SkeinError} `TASK_UNKNOWN` when it has ended, `TIMEOUT` */
  readonly deliver: (message: M, options?: WaitOptions) => Operation<void>;
  /** Waits for its end, however it ends; `lost` after the last attempt. @throws {SkeinError} `TIMEOUT` */
  exit(options?: WaitOptions): Operation<Exit<R>>;
  /** Has its end sent to `watcher`, as the message that `as` makes of it. */
  monitor<N>(watcher: TaskRef<N>, as: (exit: Exit<unknown>) => N): Disposable;
  /** Cancels it where it runs; its process is ended when it does not stop within the grace. Done when it has ended. */
  cancel(reason?: unknown, options?: CancelOptions): Operation<void>;
  wake(value?: unknown): void;
  interrupt(error: unknown): void;
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
