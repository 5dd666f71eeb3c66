/** What can stand under a TaskId in a runtime: a task, or a proxy that passes on to where the task runs. */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Exit } from "../contracts/exit.ts";
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";

/** Where a task's new code comes from when it can't be named by its function: a service. */
export interface CodeSource {
  /** The function, where it is of this process. */
  readonly skeinCode: ((...args: never[]) => unknown) | undefined;
}

/** Told once how a task ended. */
export interface ExitWatcher {
  exited(exit: Exit<unknown>): void;
}

/** Implemented by tasks, and by those who stand in for a task elsewhere. */
export interface LocalTarget {
  /** The task's name, for people. */
  readonly name: string;
  /** The process elsewhere that may cancel, wake and interrupt it; others elsewhere may not. */
  readonly owner?: Endpoint | undefined;
  /** Messages in its mailbox, where that is here. */
  readonly waiting?: number;
  /** @throws {SkeinError} `MAILBOX_FULL` */
  send(message: unknown): void;
  /** The same for an exit notice, which is never dropped for want of room. */
  sendNotice?(message: unknown): void;
  deliver(message: unknown, options?: WaitOptions): Operation<void>;
  /** Calls back once, when a mailbox that was full has room again, or nobody will read it. */
  onRoom?(call: () => void): Disposable;
  cancel(reason?: unknown, options?: { readonly graceMs?: number }): Operation<void>;
  wake(value?: unknown): void;
  interrupt(error: unknown): void;
  exit(options?: WaitOptions): Operation<Exit<unknown>>;
  /** Calls back when it has ended. Unlike a watch this does not make a failure the caller's to handle. */
  onEnd?(call: () => void): Disposable;
  /** Tells `watcher` once, also when it ended before. Disposing gives that up. */
  watch(watcher: ExitWatcher): Disposable;
}
