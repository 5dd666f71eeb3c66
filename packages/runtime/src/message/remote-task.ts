/** A task that runs for this program in another process, or in this one for a service. */
import type { Location } from "../contracts/endpoint.ts";
import type { Exit } from "../contracts/exit.ts";
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import type { TaskId } from "../ids.ts";
import type { TaskRef } from "../task/task-ref.ts";
import type { CancelOptions } from "../task/types.ts";

/**
 * A task of a job, or one that a service runs. As an operation it gives what the function returned, and throws what it
 * threw: the same class and code where the class is known here, else a `RemoteError` (of a job's task with `server` and
 * `attempt`). `SERVER_LOST` or `PEER_LOST` when its last attempt was lost.
 */
export interface RemoteTask<R, M = never> extends Operation<R> {
  readonly id: TaskId;
  /** The function's name. */
  readonly name: string;
  /** Stays the same over all attempts; messages, arguments and subscriptions take it. */
  readonly ref: TaskRef<M>;
  /** Where it runs now. */
  readonly location: Location | undefined;
  /** Number of the present attempt, from 1; a service makes only one. */
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
