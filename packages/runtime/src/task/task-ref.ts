/** The address of a task: it can be sent anywhere, and does the same near and far. */
import type { Location } from "../contracts/endpoint.ts";
import type { Exit } from "../contracts/exit.ts";
import type { Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import type { TaskId } from "../ids.ts";
import { Deferred } from "./deferred.ts";
import type { Engine } from "./engine.ts";
import { runIn } from "./run-in.ts";
import type { CodeSource, LocalTarget } from "./target.ts";
import type { ArgumentList, CancelOptions } from "./types.ts";
import type { Watchable } from "./watch.ts";
import { showAs } from "./show.ts";

/**
 * The address of a task. Whoever has it may send to the task and monitor it; `cancel`, `wake`, `interrupt` and
 * `upgrade` belong to its spawner, the owner of its job, and operators.
 *
 * @typeParam M the messages it receives: a reference for more kinds stands for one for fewer
 */
export interface TaskRef<M = never> {
  readonly id: TaskId;
  /** The task's name, for people; empty when it isn't known here. */
  readonly name: string;
  /** Where its process is; `undefined` while this runtime belongs to no peer. */
  readonly location: Location | undefined;
  /**
   * Sends at most once and never waits; what goes to an ended task is dropped.
   * @throws {SkeinError} `MAILBOX_FULL`; `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE`, `PEER_LOST` when it is elsewhere
   */
  readonly send: (message: M) => void;
  /**
   * Waits until the message is in the task's mailbox.
   * @throws {SkeinError} `TASK_UNKNOWN` when it has ended, `TIMEOUT`, `DELIVERY_UNKNOWN`, `PEER_LOST`
   */
  readonly deliver: (message: M, options?: WaitOptions) => Operation<void>;
  /** Waits for its end, however it ends. @throws {SkeinError} `TASK_UNKNOWN` when it ended before, `TIMEOUT` */
  exit(options?: WaitOptions): Operation<Exit<unknown>>;
  /** Has its end sent to `watcher`, as the message that `as` makes of it. */
  monitor<N>(watcher: TaskRef<N>, as: (exit: Exit<unknown>) => N): Disposable;
  /** @throws {SkeinError} `ROLE_FORBIDS` when it isn't the caller's to cancel */
  cancel(reason?: unknown, options?: CancelOptions): Operation<void>;
  wake(value?: unknown): void;
  interrupt(error: unknown): void;
  /** @throws {SkeinError} `UPGRADE_REFUSED`, `TASK_UNKNOWN` */
  upgrade<A extends readonly unknown[]>(
    fn: (task: never, ...args: A) => unknown,
    ...args: ArgumentList<A>
  ): Operation<void>;
  /**
   * Gives it the function of a service of its process: so a task elsewhere gets new code, since functions don't cross.
   * @throws {SkeinError} `UPGRADE_REFUSED`, `TASK_UNKNOWN`, `ROLE_FORBIDS`, `PEER_LOST`
   */
  upgrade(service: CodeSource, args?: readonly unknown[]): Operation<void>;
}

/** What a task has besides, when its code is at hand. */
export interface UpgradableTarget extends LocalTarget {
  upgrade(fn: (...args: never[]) => unknown, args: readonly unknown[]): Operation<void>;
}

/** A reference to a task of this runtime, or to what stands for one here. */
export class LocalRef implements Watchable {
  readonly engine: Engine;
  readonly #id: TaskId | undefined;
  readonly #target: (LocalTarget & { readonly id?: TaskId }) | undefined;

  constructor(engine: Engine, target: (LocalTarget & { readonly id?: TaskId }) | undefined, id?: TaskId) {
    this.engine = engine;
    this.#target = target;
    this.#id = id;
  }

  get id(): TaskId {
    const id = this.#id ?? this.#target?.id;
    if (id === undefined) throw unknownError("without an id");
    return id;
  }

  get name(): string {
    return this.#find()?.name ?? "";
  }

  get location(): Location | undefined {
    const { router } = this.engine;
    return router?.locationOf(router.self);
  }

  send(message: unknown): void {
    const target = this.#find();
    if (target === undefined) this.engine.droppedMessages += 1;
    else target.send(message);
  }

  deliver(message: unknown, options?: WaitOptions): Operation<void> {
    return this.#find()?.deliver(message, options) ?? failed(this.engine, unknownError(this.id));
  }

  exit(options?: WaitOptions): Operation<Exit<unknown>> {
    return this.#find()?.exit(options) ?? failed(this.engine, unknownError(this.id));
  }

  monitor<N>(watcher: TaskRef<N>, as: (exit: Exit<unknown>) => N): Disposable {
    return monitorFor(this, watcher, as);
  }

  cancel(reason?: unknown, options?: CancelOptions): Operation<void> {
    return this.#find()?.cancel(reason, options) ?? failed(this.engine, unknownError(this.id));
  }

  wake(value?: unknown): void {
    this.#find()?.wake(value);
  }

  interrupt(error: unknown): void {
    this.#find()?.interrupt(error);
  }

  upgrade(code: ((...args: never[]) => unknown) | CodeSource, args: readonly unknown[] = []): Operation<void> {
    const target = this.#find();
    if (target === undefined) return failed(this.engine, unknownError(this.id));
    const fn = typeof code === "function" ? code : code.skeinCode;
    if (fn === undefined || !canUpgrade(target)) return failed(this.engine, refusedUpgrade(this.name));
    return target.upgrade(fn, args);
  }

  /** Calls back when the task has ended, without that being a watch. */
  onEnd(call: () => void): Disposable {
    const target = this.#find();
    if (target?.onEnd !== undefined) return target.onEnd(call);
    return this.skeinWatch(call);
  }

  /** What stands for it here, if anything does. */
  get target(): LocalTarget | undefined {
    return this.#find();
  }

  /** For exit notices: they are never dropped for want of room. */
  sendNotice(message: unknown): void {
    const target = this.#find();
    if (target?.sendNotice === undefined) target?.send(message);
    else target.sendNotice(message);
  }

  skeinWatch(call: (exit: Exit<unknown>) => void): Disposable {
    const target = this.#find();
    if (target !== undefined) return target.watch({ exited: call });
    call({ type: "lost", error: unknownError(this.id) });
    return { [Symbol.dispose]: () => undefined };
  }

  #find(): LocalTarget | undefined {
    if (this.#target !== undefined) return this.#target;
    return this.#id === undefined ? undefined : this.engine.target(this.#id);
  }
}

showAs("TaskRef", LocalRef);

/** Sends the end of `target` to `watcher`; shared by near and far references. */
export function monitorFor<N>(
  target: Watchable & { readonly engine: Engine },
  watcher: TaskRef<N>,
  as: (exit: Exit<unknown>) => N,
): Disposable {
  const { engine } = target;
  return target.skeinWatch((exit) => {
    let message: N;
    try {
      message = as(exit);
    } catch (error) {
      // Who gave `as` is not here any more.
      engine.platform.reportUnhandled(error);
      return;
    }
    if (watcher instanceof LocalRef) watcher.sendNotice(message);
    else deliverNotice(engine, watcher, message);
  });
}

function deliverNotice<N>(engine: Engine, watcher: TaskRef<N>, message: N): void {
  // A request is not dropped for want of credit; when the watcher is lost, nobody is left to tell.
  runIn(engine, watcher.deliver(message), ignore, ignore);
}

export function failed<T>(engine: Engine, error: Error): Operation<T> {
  const refused = new Deferred<T>("an operation", engine);
  refused.reject(error);
  return refused;
}

export function unknownError(what: string): SkeinError {
  return new SkeinError("TASK_UNKNOWN", `no task ${what} here: it has ended, or never was`, {
    hint: "monitor the task to learn of its end, or locate its successor by name",
  });
}

export function refusedUpgrade(name: string): SkeinError {
  return new SkeinError("UPGRADE_REFUSED", `task ${name} can't be given new code from here`, {
    hint: "functions don't cross: upgrade it where it runs, or name a service of its process",
  });
}

const ignore = (): void => {};

export function canUpgrade(target: LocalTarget): target is UpgradableTarget {
  return "upgrade" in target && typeof target.upgrade === "function";
}
