/** One call through a pool: the handle that `run` gives, and its way through queue, worker and end. */
import type { Exit } from "../contracts/exit.ts";
import type { Effect, Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import { newTaskId, type TaskId } from "../ids.ts";
import { cancelledError } from "../task/cancelled.ts";
import { checkHome } from "../task/check-home.ts";
import { completed } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import type { Failure } from "../task/failures.ts";
import { limitsFrom, type Limits } from "../task/limits.ts";
import type { ExitWatcher, LocalTarget } from "../task/target.ts";
import { failed, LocalRef, type TaskRef } from "../task/task-ref.ts";
import type { CancelOptions, Task, TaskState } from "../task/types.ts";
import { Wait } from "../task/wait.ts";
import type { PoolFunction, Portion } from "./portion.ts";

// Where a call is.
const QUEUED = 0;
const SENT = 1;
const DONE = 2;
const FAILED = 3;

/** What a call asks of the pool that runs it. */
export interface CallHome {
  readonly engine: Engine;
  /** A call that was added has ended. */
  ended(): void;
  /** Nobody waits for it any more: it is not begun, or what computes it is ended after `graceMs`. */
  withdraw(call: PoolCall<unknown>, graceMs?: number): void;
}

/** Plain fields: there may be a million of them. */
export class PoolCall<R> implements Task<R>, LocalTarget, Failure {
  readonly fn: PoolFunction;
  readonly args: readonly unknown[];
  retriesLeft: number;
  /** With whom it went to a worker, and as which of them. */
  portion: Portion | undefined = undefined;
  at = 0;
  /** The pool has it in its queue, or a worker has it. */
  added = false;
  /** It is told of before the next begins: it may have to be ended. */
  readonly exact: boolean;
  private readonly pool: CallHome;
  private phase: typeof QUEUED | typeof SENT | typeof DONE | typeof FAILED = QUEUED;
  private value: unknown = undefined;
  private waits: AnyWait | AnyWait[] | undefined = undefined;
  private observed = false;
  private taskId: TaskId | undefined = undefined;
  private atEnd: (() => void) | undefined = undefined;

  constructor(pool: CallHome, fn: PoolFunction, args: readonly unknown[], retries: number, exact: boolean) {
    this.pool = pool;
    this.fn = fn;
    this.args = args;
    this.retriesLeft = retries;
    this.exact = exact;
  }

  get id(): TaskId {
    const { platform } = this.pool.engine;
    return (this.taskId ??= newTaskId((count) => platform.randomBytes(count)));
  }

  get name(): string {
    return this.fn.name;
  }

  get state(): TaskState {
    return this.phase === QUEUED ? "ready" : this.phase === SENT ? "running" : "ended";
  }

  /** A plain function has no mailbox: what is sent to it is dropped. */
  get ref(): TaskRef {
    return new LocalRef(this.engine, this);
  }

  get ended(): boolean {
    return this.phase >= DONE;
  }

  readonly send = (): void => undefined;

  readonly deliver = (): Operation<void> => failed(this.engine, noMailbox(this.name));

  exit(options?: WaitOptions): Operation<Exit<R>> {
    return new ExitWait(this, limitsFrom(options));
  }

  cancel(reason?: unknown, options?: CancelOptions): Operation<void> {
    if (this.phase >= DONE) return completed;
    this.pool.withdraw(this, options?.graceMs);
    this.observed = true;
    this.settle(FAILED, new Cancelled(cancelledError(this.name, reason), reason));
    return completed;
  }

  wake(): void {}

  /** It runs elsewhere and waits for nothing of ours: that ends it. */
  interrupt(error: unknown): void {
    if (this.phase >= DONE) return;
    this.pool.withdraw(this);
    this.reject(errorFrom(error));
  }

  watch(watcher: ExitWatcher): Disposable {
    let wanted = true;
    const tell = (): void => {
      if (wanted) watcher.exited(this.exitNow());
    };
    this.observed = true;
    if (this.ended) tell();
    else this.onEnd(tell);
    return { [Symbol.dispose]: () => (wanted = false) };
  }

  /** Has `call` called at its end: what belongs to it, a timer or a signal, goes then. */
  onEnd(call: () => void): Disposable {
    const before = this.atEnd;
    let wanted = true;
    this.atEnd = () => {
      before?.();
      if (wanted) call();
    };
    return { [Symbol.dispose]: () => (wanted = false) };
  }

  upgrade(): Operation<void> {
    return failed(this.engine, notUpgradable(this.name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancel();
  }

  /** A worker has it. */
  sent(): void {
    if (this.phase === QUEUED) this.phase = SENT;
  }

  /** It is in the queue again. */
  again(): void {
    if (this.phase === SENT) this.phase = QUEUED;
  }

  resolve(value: unknown): void {
    this.settle(DONE, value);
  }

  reject(error: Error): void {
    if (this.phase >= DONE) return;
    this.settle(FAILED, error);
    if (!this.observed) this.pool.engine.addFailure(this);
  }

  judge(): void {
    if (!this.observed) this.pool.engine.platform.reportUnhandled(this.value);
  }

  skeinWait(): Wait<R> {
    this.observed = true;
    return new CallWait(this);
  }

  [Symbol.iterator](): Iterator<Effect, R, unknown> {
    return this.skeinWait()[Symbol.iterator]();
  }

  then<A = R, B = never>(
    onValue?: ((value: R) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.skeinWait().then(onValue, onError);
  }

  get engine(): Engine {
    return this.pool.engine;
  }

  /** For its waits: how it ended, or they are told. */
  join(wait: AnyWait): boolean {
    this.observed = true;
    if (this.phase >= DONE) return true;
    const { waits } = this;
    if (waits === undefined) this.waits = wait;
    else if (Array.isArray(waits)) waits.push(wait);
    else this.waits = [waits, wait];
    return false;
  }

  leave(wait: AnyWait): void {
    const { waits } = this;
    if (waits === wait) this.waits = undefined;
    else if (Array.isArray(waits)) this.waits = waits.filter((one) => one !== wait);
  }

  /** Ends `wait` as it has ended. */
  tell(wait: AnyWait): void {
    if (this.phase === DONE) wait.settle(this.value);
    else wait.fail(this.value instanceof Cancelled ? this.value.error : this.value);
  }

  exitNow(): Exit<R> {
    const { value } = this;
    // `resolve` is given what the function returned.
    if (this.phase === DONE) return { type: "returned", value: value as R };
    if (value instanceof Cancelled) return { type: "cancelled", reason: value.reason };
    const error = errorFrom(value);
    return isSkeinError(error, "SERVER_LOST") ? { type: "lost", error } : { type: "failed", error };
  }

  private settle(phase: typeof DONE | typeof FAILED, value: unknown): void {
    if (this.phase >= DONE) return;
    this.phase = phase;
    this.value = value;
    if (this.added) this.pool.ended();
    this.atEnd?.();
    this.atEnd = undefined;
    const { waits } = this;
    this.waits = undefined;
    if (waits === undefined) return;
    if (Array.isArray(waits)) for (const wait of waits) this.tell(wait);
    else this.tell(waits);
  }
}

/** What a call tells of its end. */
interface AnyWait {
  settle(value: unknown): void;
  fail(error: unknown): void;
}

/** It ended by a cancel, for this reason. */
class Cancelled {
  readonly error: Error;
  readonly reason: unknown;

  constructor(error: Error, reason: unknown) {
    this.error = error;
    this.reason = reason;
  }
}

/** Waits for a call, and gives its value or something else that is known when it has ended. */
class CallWait<R, T = R> extends Wait<T> {
  protected readonly call: PoolCall<R>;

  constructor(call: PoolCall<R>, limits?: Limits) {
    super(limits);
    this.call = call;
  }

  protected begin(engine: Engine): boolean {
    checkHome(this.call.engine, engine, () => this.describe());
    if (!this.call.join(this)) return false;
    this.call.tell(this);
    return true;
  }

  protected abandon(): void {
    this.call.leave(this);
  }

  override home(): Engine {
    return this.call.engine;
  }

  describe(): string {
    return `the pool's call of ${this.call.name}`;
  }
}

/** Waits for its end, whichever. */
class ExitWait<R> extends CallWait<R, Exit<R>> {
  override settle(): void {
    super.settle(this.call.exitNow());
  }

  override fail(error: unknown): void {
    // A limit of this wait, or the end of the call.
    if (this.call.ended) super.settle(this.call.exitNow());
    else super.fail(error);
  }
}

const noMailbox = (name: string): SkeinError =>
  new SkeinError("TASK_UNKNOWN", `${name} runs in a pool and has no mailbox`, {
    hint: "a pool runs plain functions; run a task by a job to talk with it",
  });

const notUpgradable = (name: string): SkeinError =>
  new SkeinError("UPGRADE_REFUSED", `${name} runs in a pool and can't be upgraded`, {
    hint: "a pool runs plain functions; run a task by a job to upgrade it",
  });
