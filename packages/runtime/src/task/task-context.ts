/** A task's context: the methods that its function uses. The fields are those of {@link TaskCell}. */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Exit } from "../contracts/exit.ts";
import type { Effect, Operation, Stream } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import type { TaskId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import { cancelledError } from "./cancelled.ts";
import { interruptCell, wakeCell } from "./cancel.ts";
import { type Call, TaskCell } from "./cell.ts";
import { useIn } from "./context-use.ts";
import type { Closable, Monitored } from "./context.ts";
import { Deferred, completed } from "./deferred.ts";
import { closedError, endedError } from "./ending.ts";
import type { Engine } from "./engine.ts";
import * as flag from "./flags.ts";
import { stuckReport } from "./inspect.ts";
import { Mailbox, checkLimit } from "./mailbox.ts";
import { asyncGeneratorError, noCallError } from "./not-a-task.ts";
import type { OwnedWait } from "./owned-wait.ts";
import { pause } from "./pause.ts";
import { NextMessage, Receive, ReceiveWait, type ReceiveWaitOptions } from "./receive.ts";
import { Repeatable } from "./repeatable.ts";
import { Suspend, type SuspendOptions, TaskSleep } from "./sleep.ts";
import { stateOf } from "./state-of.ts";
import { StreamOf } from "./stream.ts";
import type { ExitWatcher, LocalTarget } from "./target.ts";
import { callerStack } from "./trace.ts";
import { inheritedLogger } from "./task-logger.ts";
import { LocalRef, type TaskRef } from "./task-ref.ts";
import type { CancelOptions, SpawnOptions, TaskState } from "./types.ts";
import { upgradeCell } from "./upgrade.ts";
import type { Wait, Waitable } from "./wait.ts";
import { CallWatch, EndedWait, ExitWait, Join, type Watchable, watchEnd } from "./watch.ts";

/** What `startTask` takes besides the public options. */
export interface StartOptions extends SpawnOptions {
  /** The id it has elsewhere. */
  readonly id?: TaskId;
  /** What it is, where its context has more than usual; it is not traced then. */
  readonly Cell?: typeof ContextCell;
  /** Read-only properties that its context gets besides the usual ones. */
  readonly extend?: Readonly<Record<string, unknown>>;
  /** The process elsewhere that may cancel, wake and interrupt it. */
  readonly owner?: Endpoint;
}

/** Any task function, as it is called. */
export type AnyFunction = (...args: never[]) => unknown;

// What a generator function is an instance of; comparing is faster than asking by name.
export const GeneratorPrototype: unknown = Object.getPrototypeOf(function* () {});
export const AsyncGeneratorPrototype: unknown = Object.getPrototypeOf(async function* () {});

/** Starts `fn` as a child of `parent`, or at the top. */
export function startTask(
  engine: Engine,
  parent: TaskCell | undefined,
  fn: AnyFunction,
  args: readonly unknown[],
  options: StartOptions | undefined,
): ContextCell {
  if (engine.closed) throw closedError();
  if (options?.mailboxLimit !== undefined) checkLimit("mailboxLimit", options.mailboxLimit);
  if (typeof fn !== "function" || !Array.isArray(args)) throw noCallError(fn);
  const background = options?.background ?? parent?.background === true;
  const prototype: unknown = Object.getPrototypeOf(fn);
  if (prototype === AsyncGeneratorPrototype) throw asyncGeneratorError(fn.name);
  const generator = prototype === GeneratorPrototype;
  const Cell = options?.Cell ?? (engine.trace ? TracedCell : ContextCell);
  const cell = new Cell(
    engine,
    options?.background === true ? undefined : parent,
    options?.name ?? fn,
    (background ? flag.BACKGROUND : 0) | (generator ? 0 : flag.ASYNC | flag.MORE_RECEIVERS),
  );
  if (options !== undefined) cell.applyOptions(options);
  if (!background && !engine.watchesDrain) engine.watchDrain(() => stuckReport(engine));
  // The types of `spawn` have checked that `args` are what `fn` takes after its context.
  const call = fn as (...args: unknown[]) => unknown;
  if (generator) cell.gen = call(cell, ...args) as TaskCell["gen"];
  else cell.slot = { fn: call, args } satisfies Call;
  engine.ready(cell);
  return cell;
}

/**
 * A task as programs see it, from inside and from outside: `TaskContext<M>` is what its function may use of it and
 * `Task<R, M>` what others may. One object for both, because it is what a parked task costs.
 */
export class ContextCell extends TaskCell implements LocalTarget, Waitable<unknown>, Watchable {
  get id(): TaskId {
    const more = this.extra();
    if (more.id === undefined) {
      more.id = this.engine.newTaskId();
      if (!this.ended) this.engine.addTarget(more.id, this);
    }
    return more.id;
  }

  get ref(): TaskRef {
    const more = this.extra();
    more.ref ??= new LocalRef(this.engine, this);
    return more.ref;
  }

  get state(): TaskState {
    return stateOf(this);
  }

  get signal(): AbortSignal {
    const more = this.extra();
    if (more.controller === undefined) {
      more.controller = new AbortController();
      if ((this.flags & (flag.CANCELLED | flag.CANCEL_PENDING)) !== 0) {
        more.controller.abort(cancelledError(this.name, more.reason));
      }
    }
    return more.controller.signal;
  }

  get log(): Logger {
    return inheritedLogger(this);
  }

  get waiting(): number {
    return this.mailbox?.size ?? 0;
  }

  /** The process elsewhere that may cancel it. */
  get owner(): Endpoint | undefined {
    return this.more?.owner;
  }

  get upgradable(): boolean {
    return (this.flags & flag.NOT_UPGRADABLE) === 0;
  }

  set upgradable(upgradable: boolean) {
    if (upgradable) this.flags &= ~flag.NOT_UPGRADABLE;
    else this.flags |= flag.NOT_UPGRADABLE;
  }

  receive(options?: ReceiveWaitOptions): Operation<unknown> {
    return options === undefined ? new Receive(this) : new ReceiveWait(this, options);
  }

  tryReceive(): unknown {
    const { mailbox } = this;
    return mailbox !== undefined && mailbox.size > 0 ? mailbox.shift() : undefined;
  }

  messages(): Stream<unknown> {
    // What NextMessage gives is the step of a stream.
    return new StreamOf(() => new NextMessage(this) as unknown as Operation<IteratorResult<unknown, undefined>>);
  }

  suspend(options?: SuspendOptions): Operation<unknown> {
    return new Suspend(this, options);
  }

  sleep(ms: number): Operation<unknown> {
    return new TaskSleep(this, ms);
  }

  pause(): Operation<void> {
    return pause;
  }

  spawn(fn: AnyFunction, args: readonly unknown[] = [], options?: StartOptions): ContextCell {
    if ((this.flags & flag.ENDED) !== 0) throw endedError(this.name);
    // An async task that goes on has been told of its cancel: what it starts now is for cleaning up.
    if ((this.flags & flag.ASYNC) !== 0) this.flags &= ~flag.TELL_CANCEL;
    return startTask(this.engine, this, fn, args, options);
  }

  use<T extends Closable>(opening: PromiseLike<T> | T): Operation<T> {
    return useIn(this, opening);
  }

  monitor(target: Monitored<unknown>, as: (exit: Exit<unknown>) => unknown): Disposable {
    // It ends with either of the two tasks, whichever ends first.
    let over = false;
    const stop = (): void => {
      over = true;
      this.more?.cleanups?.delete(stop);
      watch[Symbol.dispose]();
    };
    const watch: Disposable = watchEnd(target, (exit) => {
      over = true;
      this.more?.cleanups?.delete(stop);
      let message: unknown;
      try {
        message = as(exit);
      } catch (error) {
        this.interrupt(error);
        return;
      }
      this.sendNotice(message);
    });
    if (this.ended) stop();
    else if (!over) (this.extra().cleanups ??= new Set()).add(stop);
    return { [Symbol.dispose]: stop };
  }

  checkpoint(): void {
    this.engine.poll?.();
    // Its parents have not been told yet, because it has not let them: what ends them ends it.
    for (let above = this.parent; above !== undefined; above = above.parent) {
      if ((above.flags & (flag.CANCEL_PENDING | flag.TELL_CANCEL)) === 0) continue;
      this.cancelNow(above.more?.reason, undefined, true);
      break;
    }
    const { flags } = this;
    if ((flags & flag.CANCEL_PENDING) !== 0) this.flags = (flags & ~flag.CANCEL_PENDING) | flag.CANCELLED;
    else if ((flags & flag.CANCELLED) === 0) return;
    throw cancelledError(this.name, this.more?.reason);
  }

  set(key: unknown, value: unknown): void {
    const more = this.extra();
    (more.locals ??= new Map()).set(key, value);
  }

  get(key: unknown): unknown {
    return findLocal(this, key);
  }

  deliver(message: unknown, options?: WaitOptions): Operation<void> {
    if (this.ended) {
      const refused = new Deferred<void>("deliver", this.engine);
      refused.reject(endedError(this.name));
      return refused;
    }
    if (this.accept(message)) return completed;
    const mailbox = this.openMailbox();
    if (!mailbox.hasRoom) return mailbox.await(message, this.engine, options, this.name);
    mailbox.push(message);
    return completed;
  }

  cancel(reason?: unknown, options?: CancelOptions): Operation<void> {
    this.cancelNow(reason, options?.graceMs);
    return new Repeatable(() => new EndedWait(this));
  }

  wake(value?: unknown): void {
    wakeCell(this, value);
  }

  interrupt(error: unknown): void {
    interruptCell(this, error);
  }

  upgrade(fn: AnyFunction, args: readonly unknown[] = []): Operation<void> {
    return upgradeCell(this, fn, args);
  }

  exit(options?: WaitOptions): Operation<Exit<unknown>> {
    return new ExitWait(this, options);
  }

  onEnd(call: () => void): Disposable {
    if (this.ended) {
      call();
      return { [Symbol.dispose]: () => undefined };
    }
    const more = this.extra();
    const cleanups = (more.cleanups ??= new Set());
    cleanups.add(call);
    return { [Symbol.dispose]: () => cleanups.delete(call) };
  }

  watch(watcher: ExitWatcher): Disposable {
    return new CallWatch(this, (exit) => watcher.exited(exit));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancel("left the block of its await using");
  }

  skeinWatch(call: (exit: Exit<unknown>) => void): Disposable {
    return new CallWatch(this, call);
  }

  skeinWait(): Wait<unknown> {
    return new Join(this);
  }

  [Symbol.iterator](): Iterator<Effect, unknown, unknown> {
    return new Join(this);
  }

  then<A = unknown, B = never>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return new Join(this).then(onValue, onError);
  }

  applyOptions(options: StartOptions): void {
    if (options.mailboxLimit !== undefined) this.extra().mailbox = new Mailbox(options.mailboxLimit);
    if (options.id !== undefined) {
      this.extra().id = options.id;
      this.engine.addTarget(options.id, this);
    }
    if (options.owner !== undefined) this.extra().owner = options.owner;
    for (const [name, value] of Object.entries(options.extend ?? {})) {
      void Object.defineProperty(this, name, { value, enumerable: true });
    }
  }
}

function findLocal(from: TaskCell, key: unknown): unknown {
  for (let cell: TaskCell | undefined = from; cell !== undefined; cell = cell.parent) {
    const locals = cell.more?.locals;
    if (locals?.has(key) === true) return locals.get(key);
  }
  return undefined;
}

/** A task with `trace: true`. A class of its own, so that others pay nothing for it. */
class TracedCell extends ContextCell {
  constructor(...given: ConstructorParameters<typeof TaskCell>) {
    super(...given);
    const nowMs = this.engine.platform.now();
    this.extra().trace = { spawnedBy: callerStack(), createdMs: nowMs, sinceMs: nowMs, switches: 0, cpuMs: 0 };
  }

  override step(): void {
    const { platform } = this.engine;
    const startMs = platform.now();
    super.step();
    const { trace } = this.extra();
    if (trace === undefined) return;
    trace.sinceMs = platform.now();
    trace.cpuMs += trace.sinceMs - startMs;
    trace.switches += 1;
  }

  /** An async task has begun a wait. What it computes after its first one is not seen. */
  override addOwned(wait: OwnedWait<unknown>): void {
    super.addOwned(wait);
    const { trace } = this.extra();
    if (trace !== undefined) trace.sinceMs = this.engine.platform.now();
  }

  override removeOwned(wait: OwnedWait<unknown>): void {
    super.removeOwned(wait);
    const { trace } = this.extra();
    if (trace === undefined) return;
    trace.sinceMs = this.engine.platform.now();
    trace.switches += 1;
  }
}
