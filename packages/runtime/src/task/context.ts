/** What a task function gets as its first argument. */
import type { Exit } from "../contracts/exit.ts";
import type { Operation, Stream } from "../contracts/operation.ts";
import type { CloseOptions, WaitOptions } from "../contracts/wait.ts";
import type { TaskId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import type { TaskRef } from "./task-ref.ts";
import type { Spawn } from "./types.ts";

export interface ReceiveOptions extends WaitOptions {
  readonly match?: undefined;
  readonly else?: never;
}

/** Where a value stands in for a timeout, there is one. */
interface TimeLimited extends WaitOptions {
  readonly timeoutMs: number;
}

/** What can be monitored: a task, a reference, near or far. */
export interface Monitored<R> {
  exit(options?: WaitOptions): Operation<Exit<R>>;
}

/** What `use` closes: by `close`, or as `await using` and `using` would. */
export type Closable =
  | { close(options?: CloseOptions): unknown }
  | { [Symbol.asyncDispose](): PromiseLike<void> }
  | { [Symbol.dispose](): void };

declare const valueType: unique symbol;

/** A typed key for {@link TaskContext.set} and {@link TaskContext.get}. */
export type ContextKey<T> = symbol & { readonly [valueType]?: T };

/** Makes a key for values that tasks inherit from their parents. */
export function contextKey<T>(name: string): ContextKey<T> {
  return Symbol(name);
}

/**
 * The task seen from inside. Its waits (`receive`, `suspend`, `sleep`) are those that a cancel, an interrupt or a wake
 * reaches, also in async functions.
 *
 * @typeParam M the messages it receives
 */
export interface TaskContext<M = never> {
  readonly id: TaskId;
  readonly name: string;
  readonly ref: TaskRef<M>;
  /** Aborted when the task is cancelled: pass it to what is not ours. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Opens something that is closed when the task ends, last opened first. */
  use<T extends Closable>(opening: PromiseLike<T> | T): Operation<T>;
  /**
   * Waits for the oldest message, or for the oldest that `match` accepts; the others stay.
   * With `else`, which goes with `timeoutMs`, a timeout gives that value; without it `TIMEOUT` is thrown.
   */
  receive(options?: ReceiveOptions): Operation<M>;
  receive<N extends M>(
    options: WaitOptions & { readonly match: (message: M) => message is N; readonly else?: never },
  ): Operation<N>;
  receive<N extends M, E>(
    options: TimeLimited & { readonly match: (message: M) => message is N; readonly else: E },
  ): Operation<N | E>;
  receive(options: WaitOptions & { readonly match: (message: M) => boolean; readonly else?: never }): Operation<M>;
  receive<E>(options: TimeLimited & { readonly match?: (message: M) => boolean; readonly else: E }): Operation<M | E>;
  /** The oldest message, or `undefined` when there is none. */
  tryReceive(): M | undefined;
  /** The messages one after another; it never ends by itself. */
  messages(): Stream<M>;
  /** Waits for a `wake` and gives its value. */
  suspend<T = unknown>(options?: WaitOptions & { readonly else?: never }): Operation<T>;
  suspend<T = unknown, E = never>(options: TimeLimited & { readonly else: E }): Operation<T | E>;
  /** Waits for `ms` milliseconds; a `wake` ends it early, with its value. */
  sleep(ms: number): Operation<unknown>;
  /** Starts a child: this task's end waits for it. */
  readonly spawn: Spawn;
  /** Has the end of `ref` arrive in this task's mailbox as the message that `as` makes of it. */
  monitor<R>(ref: Monitored<R>, as: (exit: Exit<R>) => M): Disposable;
  /** For code that computes without waiting: throws `TASK_CANCELLED` once the task is cancelled. */
  checkpoint(): void;
  /** Gives the other ready tasks a turn. */
  pause(): Operation<void>;
  /** Whether `upgrade` may cut the task where it waits. Default true. */
  upgradable: boolean;
  /** Sets a value for this task and those it spawns from now on and has spawned. */
  set<T>(key: ContextKey<T> | string, value: T): void;
  /** The value set here or by the nearest parent. */
  get<T>(key: ContextKey<T>): T | undefined;
  get(key: string): unknown;
}
