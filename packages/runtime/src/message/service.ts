/** Services: functions that other processes may call, with results, streams of results, roles and a limit. */
import type { Location, Role } from "../contracts/endpoint.ts";
import type { Exit } from "../contracts/exit.ts";
import type { Operation, Stream } from "../contracts/operation.ts";
import type { CloseOptions, WaitOptions } from "../contracts/wait.ts";
import type { ServiceId } from "../ids.ts";
import type { TaskContext } from "../task/context.ts";
import { defaultEngine } from "../task/default-engine.ts";
import { running } from "../task/running.ts";
import type { CodeSource } from "../task/target.ts";
import type { TaskRef } from "../task/task-ref.ts";
import type { NoPlainYield, Result } from "../task/types.ts";
import { LocalService } from "./local-service.ts";
import type { RemoteTask } from "./remote-task.ts";

/** Who called a service. */
export interface ServiceCaller {
  /** Where it is; `undefined` while this runtime belongs to no peer. */
  readonly location: Location | undefined;
  /** What its certificate lets it do; empty for a call from this process. */
  readonly roles: readonly Role[];
}

/**
 * What a service's function gets as its first argument.
 *
 * @typeParam M the messages its task receives
 * @typeParam E the values it emits
 */
export interface ServiceContext<M = never, E = never> extends TaskContext<M> {
  /**
   * Gives `value` to the reader of {@link Service.stream}, and waits while it has 256 that it has not taken. Without such
   * a reader (`call`, `start`) it does nothing.
   * @throws {SkeinError} `CHANNEL_CLOSED` when its reader has left, `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE`, `PEER_LOST`
   */
  readonly emit: (value: E) => Operation<void>;
  readonly caller: ServiceCaller;
}

export interface ServiceOptions {
  /** Who may find and call it, by role; its own peer always may. Default: every member but tabs. */
  readonly who?: readonly Role[];
  /** Calls that run at a time, from 1 up; the others wait for their turn, first come, first served. Default: no limit. */
  readonly concurrency?: number;
}

type ArgsOf<A extends readonly unknown[]> = [] extends A
  ? [args?: A, options?: WaitOptions]
  : [args: A, options?: WaitOptions];

/** What a call emits, in order; then the end, or what its function threw. */
export interface ResultStream<E, R, M = never> extends Stream<E> {
  /** What the function returned, or what it threw. */
  readonly result: Operation<R>;
  /** The call's task: to send to, to monitor, to cancel. */
  readonly task: RemoteTask<R, M>;
}

/**
 * A function that other processes may call, here or anywhere: `service` makes it, `register` makes it locatable,
 * references cross in messages. Each call runs as a task where the service was made, and is cancelled when nobody waits
 * for it any more: its time is over, its signal is aborted, its stream was left, its caller is lost.
 *
 * @typeParam A the arguments
 * @typeParam R what it returns
 * @typeParam E what it emits
 * @typeParam M the messages that its tasks receive
 */
export interface Service<A extends readonly unknown[], R, E = never, M = never> extends AsyncDisposable, CodeSource {
  readonly id: ServiceId;
  readonly name: string;
  /** Where it was made; `undefined` while this runtime belongs to no peer. */
  readonly location: Location | undefined;
  /**
   * Calls it and waits for its result. Acts at once; `timeoutMs` and `signal` cancel the call.
   *
   * @throws {SkeinError} what the function threw; `TIMEOUT`, `PEER_LOST`, `SERVER_LOST`, `SERVICE_CLOSED`, `ROLE_FORBIDS`,
   *   `TASK_CANCELLED`, `NOT_SERIALIZABLE`, `LINK_OVERLOADED`
   * @example
   * const sum = yield* add.call([1, 2], { timeoutMs: 1000 });
   */
  call(...rest: ArgsOf<A>): Operation<R>;
  /** Calls it and gives the task: to send to, to monitor, to join, to cancel. Its `ref` can be sent to others. */
  start(...rest: ArgsOf<A>): RemoteTask<R, M>;
  /**
   * Calls it and gives what it emits. A reader that is slow slows it down; one that leaves cancels it. Who wants the
   * result only should `call`: nothing is emitted past 256 values that nobody takes.
   *
   * @example
   * yield* watch.stream(["error"]).forEach((line) => console.log(line));
   */
  stream(...rest: ArgsOf<A>): ResultStream<E, R, M>;
  /**
   * Has the end of each call sent to `watcher`, as the message that `as` makes of it: where it was made, of every call;
   * elsewhere, of the calls through this reference.
   */
  monitor<N>(watcher: TaskRef<N>, as: (exit: Exit<R>, task: TaskRef<M>) => N): Disposable;
  /**
   * Takes no more calls, frees its names, and waits for the calls under way (or cancels them). Elsewhere that is about
   * the calls through this reference alone. Twice does nothing.
   *
   * @throws {SkeinError} `TIMEOUT`
   */
  close(options?: CloseOptions): Operation<void>;
}

/**
 * Makes a service of a task function, whose context has `emit` and `caller` besides.
 *
 * @param name a label for people; `register` makes it locatable
 * @throws {SkeinError} `OPTION_INVALID` for a `concurrency` that is no whole number from 1 up
 * @example
 * const add = service("add", (_task, a: number, b: number) => a + b);
 * register("add", add); // elsewhere: yield* locate<typeof add>("add")
 */
export function service<A extends readonly unknown[], B, E = never, M = never>(
  name: string,
  fn: ((task: ServiceContext<M, E>, ...args: A) => B) & ((task: ServiceContext<M, E>, ...args: A) => NoPlainYield<B>),
  options: ServiceOptions = {},
): Service<A, Result<B>, E, M> {
  const made = new LocalService(running.engine ?? defaultEngine(), name, fn, options);
  // A LocalService handles any values; the types are those of `fn`.
  return made as unknown as Service<A, Result<B>, E, M>;
}
