/** The types of task functions, of starting them and of what they give. */
import type { Exit } from "../contracts/exit.ts";
import type { Effect, Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import type { TaskId } from "../ids.ts";
import type { TaskContext } from "./context.ts";
import type { Runtime } from "./runtime.ts";
import type { TaskRef } from "./task-ref.ts";

/** A function that can be a task: its first argument is the task's context. */
export type TaskFunction<A extends readonly unknown[], R, M = never> = (
  task: TaskContext<M>,
  ...args: A
) => Generator<Effect, R, unknown> | PromiseLike<R> | R;

/** What a body gives: a generator's return, or the awaited value. */
export type Result<B> = B extends Generator<unknown, infer R, unknown> ? R : Awaited<B>;

/** Not so for `any`, and for a function that never returns. */
export type IsAsyncGenerator<B> = [B] extends [never]
  ? false
  : unknown extends B
    ? false
    : B extends AsyncGenerator
      ? true
      : false;

/** Refuses a generator that uses plain `yield` on anything but our effects, and an async one: it would never be run. */
export type NoPlainYield<B> =
  IsAsyncGenerator<B> extends true
    ? "a task is function* or async function, not async function*"
    : B extends Generator<infer Y, unknown, unknown>
      ? [Y] extends [Effect]
        ? unknown
        : "use yield* on operations"
      : unknown;

export interface SpawnOptions {
  /** A label for people. Default: the function's name. */
  readonly name?: string;
  /**
   * No parent waits for it, and the process may end without it. Default false.
   */
  readonly background?: boolean;
  /** Messages its mailbox holds, from 1 up (else `OPTION_INVALID`). Default 10,000. */
  readonly mailboxLimit?: number;
  /** Where it runs. Default: the runtime whose turn runs, else the default one. */
  readonly runtime?: Runtime;
}

/** The list of arguments as the last parameter: it may be left out where all of them may. */
export type ArgumentList<A extends readonly unknown[]> = [] extends A ? [args?: A] : [args: A];

/** Starts a task function at once and gives its handle. */
export interface Start<O> {
  <B, M = never>(
    fn: ((task: TaskContext<M>) => B) & ((task: TaskContext<M>) => NoPlainYield<B>),
    args?: readonly [],
    options?: O,
  ): Task<Result<B>, M>;
  <A extends readonly unknown[], B, M = never>(
    fn: ((task: TaskContext<M>, ...args: A) => B) & ((task: TaskContext<M>, ...args: A) => NoPlainYield<B>),
    args: A,
    options?: O,
  ): Task<Result<B>, M>;
}
export type Spawn = Start<SpawnOptions>;

/**
 * What a task does now: `ready` to go on, `running`, `waiting` in an operation (an async task also while its function
 * runs: only its operations are seen), `ending` with its children still at work, `ended`.
 */
export type TaskState = "ready" | "running" | "waiting" | "ending" | "ended";

export interface CancelOptions {
  /**
   * How long `finally` blocks may take, its own and those of all its children together, in milliseconds. Default 5000
   * (a supervisor: that for each child); after that the task is dropped as it stands, and its children with it.
   */
  readonly graceMs?: number;
}

/**
 * A running task. As an operation it is joined: it gives what the function returned, throws what it threw, and
 * `TASK_CANCELLED` when it was cancelled.
 */
export interface Task<R, M = never> extends Operation<R>, AsyncDisposable {
  readonly id: TaskId;
  readonly name: string;
  readonly state: TaskState;
  readonly ref: TaskRef<M>;
  /** Puts `message` in its mailbox. @throws {SkeinError} `MAILBOX_FULL` */
  readonly send: (message: M) => void;
  /** Puts `message` in its mailbox, waiting for room. @throws {SkeinError} `TASK_UNKNOWN` when it has ended, `TIMEOUT` */
  readonly deliver: (message: M, options?: WaitOptions) => Operation<void>;
  /** Waits for its end, however it ends. @throws {SkeinError} `TIMEOUT` */
  exit(options?: WaitOptions): Operation<Exit<R>>;
  /** Ends it: its `finally` blocks run, its children are cancelled. The operation is done when it has ended. */
  cancel(reason?: unknown, options?: CancelOptions): Operation<void>;
  /** Ends its `suspend`, or a `sleep` of its context; one that comes too early is kept for the next `suspend`. */
  wake(value?: unknown): void;
  /** Throws `error` where it waits, or at its next wait. */
  interrupt(error: unknown): void;
  /**
   * Gives it new code, which receives at least what the old one does and gives what that gives; id, name, mailbox and
   * monitors stay. @throws {SkeinError} `UPGRADE_REFUSED`, `TASK_UNKNOWN`
   */
  upgrade<A extends readonly unknown[], N = M>(
    fn: ((
      task: TaskContext<N>,
      ...args: A
    ) => [R] extends [void] ? unknown : Generator<Effect, R, unknown> | PromiseLike<R> | R) &
      ([M] extends [N] ? unknown : "the new code must receive what the old one does"),
    ...args: ArgumentList<A>
  ): Operation<void>;
}
