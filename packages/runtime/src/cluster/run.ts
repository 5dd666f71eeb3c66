/** One task of a job, at the client: its place in the queue or at a server, its attempts, and how it ended. */
import { type Endpoint, type Location, sameEndpoint } from "../contracts/endpoint.ts";
import { type Exit } from "../contracts/exit.ts";
import { type Effect, type Operation } from "../contracts/operation.ts";
import { type WaitOptions } from "../contracts/wait.ts";
import { CANCEL_GRACE_MS } from "../defaults.ts";
import { errorFrom } from "../errors.ts";
import { type CodeDigest, type TaskId } from "../ids.ts";
import { CallBuffer } from "../message/call-buffer.ts";
import { serviceTable } from "../message/service-table.ts";
import { type TimerHandle } from "../platform.ts";
import { cancelledError } from "../task/cancelled.ts";
import { completed, Deferred } from "../task/deferred.ts";
import { type Engine } from "../task/engine.ts";
import { RemoteRef } from "../task/remote-ref.ts";
import { type ExitWatcher, type LocalTarget } from "../task/target.ts";
import { failed, LocalRef, monitorFor, type TaskRef, unknownError } from "../task/task-ref.ts";
import { type CancelOptions } from "../task/types.ts";
import { type Wait, type Waitable } from "../task/wait.ts";
import { type Watchable } from "../task/watch.ts";
import { type FunctionTimes, type InFlight, type Lease } from "./lease.ts";
import { type RunSpan } from "./tracing.ts";
import { type Want } from "./want.ts";
import { type RemoteTask, type RunOptions } from "./remote-task.ts";
import { RunMail } from "./run-mail.ts";
import { RunStream } from "./run-stream.ts";

/** What is run: a function exported by a bundle. */
export interface RunWhat {
  readonly code: CodeDigest;
  readonly fn: string;
  readonly plain: boolean;
  readonly times: FunctionTimes;
  /** Of a live function: resolves when it is bundled; then, and of others, `undefined`. Before that `code` throws. */
  readonly bundled?: Promise<void> | undefined;
}

/** What a run asks of its job. */
export interface RunOwner {
  readonly engine: Engine;
  cancelRun(run: Run, reason: unknown, graceMs: number | undefined): void;
}

const NO_ARGS: readonly unknown[] = [];

/** Implements `RemoteTask<R, M>`; its types were checked where it was started. */
export class Run implements RemoteTask<unknown>, LocalTarget, InFlight, Watchable, Waitable<unknown> {
  readonly id: TaskId;
  readonly what: RunWhat;
  /** What it emits, when it is streamed. */
  buffer: CallBuffer | undefined = undefined;
  args: readonly unknown[];
  readonly options: RunOptions;
  readonly kind: "cpu" | "io";
  state: "queued" | "sent" | "ended" = "queued";
  attempt = 1;
  retriesLeft: number;
  cancelling = false;
  cancelReason: unknown = undefined;
  /** Its server is taken out of service: it is cancelled there, and may run elsewhere. */
  evicted = false;
  /** Its result, where a tab gives it, is judged by the job's trust: it may run more than once for that. */
  judged = false;
  /** A tab has given a result, and another place is asked. */
  doubted = false;
  /** Ends of servers in which nothing else ran. */
  readonly kills: Error[] = [];
  /** How many servers ended in which others ran, too. */
  suspected = 0;
  /** Until when an I/O task of which that is thought runs with nothing beside it, by the host's monotonic clock. */
  aloneUntilMs = 0;
  /** Stops the timers and listeners of its options. */
  limits: (() => void) | undefined = undefined;
  killTimer: TimerHandle = undefined;
  /** The grace it was told to stop within. */
  stopGraceMs: number = CANCEL_GRACE_MS;
  /** Since when it waits for a server of the node that it names. */
  queuedMs = 0;
  /** About how many bytes its arguments take on the way. */
  argsBytes = 0;
  // In flight.
  serial = 0;
  estimateMs: number | undefined = undefined;
  started = false;
  running = false;
  startedMs = 0;
  lease: Lease<Run> | undefined = undefined;
  /** Where its client makes traces. */
  span: RunSpan | undefined = undefined;
  /** Where it may run; its job sets it when it takes the run. */
  want: Want | undefined = undefined;
  readonly #owner: RunOwner;
  #exit: Exit<unknown> | undefined;
  #join: Deferred<unknown> | undefined;
  #ends: Deferred<Exit<unknown>> | undefined;
  #watchers: Set<ExitWatcher> | undefined;
  #mail: RunMail | undefined;
  #streaming: Disposable | undefined;
  #ref: TaskRef | undefined;
  #remote: RemoteRef | undefined;

  constructor(owner: RunOwner, id: TaskId, what: RunWhat, args: readonly unknown[], options: RunOptions) {
    this.#owner = owner;
    this.id = id;
    this.what = what;
    this.args = args;
    this.options = options;
    this.kind = options.kind ?? "cpu";
    this.retriesLeft = options.retries ?? 0;
  }

  get name(): string {
    return this.what.fn;
  }

  /** Whether it may be started again. What a stream has given would come twice. */
  get mayRunAgain(): boolean {
    return (this.doubted || this.retriesLeft > 0) && this.buffer?.hasGiven !== true;
  }

  get beside(): boolean {
    return this.want?.beside === true;
  }

  get engine(): Engine {
    return this.#owner.engine;
  }

  get ref(): TaskRef {
    if (this.#ref === undefined) {
      const { engine } = this;
      if (this.#exit === undefined) engine.addTarget(this.id, this);
      this.#ref = new LocalRef(engine, undefined, this.id);
    }
    return this.#ref;
  }

  get location(): Location | undefined {
    const { lease } = this;
    return lease === undefined ? undefined : this.engine.router?.locationOf(lease.server);
  }

  /** What it emits is kept for a reader from now on; called before it is sent. */
  stream(): RunStream {
    this.buffer = new CallBuffer(this.engine);
    this.#streaming = this.engine.part(serviceTable).streams(this.id, {
      buffer: this.buffer,
      // Only its present attempt is believed.
      isFrom: (endpoint) => this.lease !== undefined && sameEndpoint(this.lease.server, endpoint),
    });
    // Its signal may have been aborted before it began.
    if (this.#exit !== undefined) this.#endStream(this.#exit);
    return new RunStream(this, this.buffer);
  }

  /** Somebody waits for its end, or watches it. */
  get observed(): boolean {
    return this.#join !== undefined || this.#ends !== undefined || (this.#watchers?.size ?? 0) > 0;
  }

  /** How it ended, when it has. */
  get ended(): Exit<unknown> | undefined {
    return this.#exit;
  }

  readonly send = (message: unknown): void => {
    const remote = this.#direct();
    if (remote !== undefined) remote.send(message);
    else if (this.#exit === undefined) this.#mailbox().add({ type: "send", message });
    else this.engine.droppedMessages += 1;
  };

  readonly deliver = (message: unknown, options?: WaitOptions): Operation<void> => {
    const remote = this.#direct();
    if (remote !== undefined) return remote.deliver(message, options);
    if (this.#exit !== undefined) return failed(this.engine, unknownError(this.id));
    return this.#mailbox().deliver(message, options);
  };

  wake(value?: unknown): void {
    const remote = this.#direct();
    if (remote !== undefined) remote.wake(value);
    else if (this.#exit === undefined) this.#mailbox().add({ type: "wake", value });
  }

  interrupt(error: unknown): void {
    const remote = this.#direct();
    if (remote !== undefined) remote.interrupt(error);
    else if (this.#exit === undefined) this.#mailbox().add({ type: "interrupt", error });
  }

  cancel(reason?: unknown, options?: CancelOptions): Operation<void> {
    if (this.#exit !== undefined) return completed;
    this.#owner.cancelRun(this, reason, options?.graceMs);
    const done = new Deferred<void>(`the end of task ${this.name}`).ignore();
    this.watch({ exited: () => done.resolve() });
    return done;
  }

  exit(options?: WaitOptions): Operation<Exit<never>> {
    this.#ends ??= this.#newDeferred<Exit<unknown>>();
    if (this.#exit !== undefined) this.#ends.resolve(this.#exit);
    // The value is of the type that the caller's stub says; it was made by the function of that type.
    if (options === undefined) return this.#ends as Operation<Exit<never>>;
    const own = this.#newDeferred<Exit<never>>();
    const watch = this.watch({ exited: (exit) => own.resolve(exit as Exit<never>) });
    return own.limit(this.engine, options, () => watch[Symbol.dispose]());
  }

  monitor<N>(watcher: TaskRef<N>, as: (exit: Exit<unknown>) => N): Disposable {
    return monitorFor(this, watcher, as);
  }

  watch(watcher: ExitWatcher): Disposable {
    if (this.#exit !== undefined) {
      watcher.exited(this.#exit);
      return { [Symbol.dispose]: () => undefined };
    }
    this.#watchers ??= new Set();
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers?.delete(watcher) };
  }

  skeinWatch(call: (exit: Exit<unknown>) => void): Disposable {
    return this.watch({ exited: call });
  }

  skeinWait(): Wait<unknown> {
    return this.#joined().skeinWait();
  }

  [Symbol.iterator](): Iterator<Effect, unknown, unknown> {
    return this.#joined()[Symbol.iterator]();
  }

  then<A = unknown, B = never>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.#joined().then(onValue, onError);
  }

  /** It runs at its lease's server now: what was sent to it goes there. */
  runsAt(server: Endpoint): void {
    const { engine } = this;
    this.#remote = undefined;
    if (this.#mail === undefined || this.#mail.isEmpty) return;
    const remote = new RemoteRef(engine, this.id, server, this.name);
    const { attempt } = this;
    void this.#passOn(this.#mail, remote, attempt);
  }

  async #passOn(mail: RunMail, remote: RemoteRef, attempt: number): Promise<void> {
    const still = (): boolean => this.running && this.attempt === attempt;
    await mail.passOn(remote, still);
    // A later attempt may have started while the last piece was under way to the one before.
    if (!still() && this.running && this.lease !== undefined) this.runsAt(this.lease.server);
  }

  /** Its next attempt waits for a server. */
  requeued(): void {
    this.cancelling = false;
    this.evicted = false;
    this.state = "queued";
  }

  /** It is at no server any more: a later attempt begins anew. */
  leaves(): void {
    this.lease = undefined;
    this.started = false;
    this.running = false;
    this.#remote = undefined;
  }

  /** Ends it, once. */
  settle(exit: Exit<unknown>): boolean {
    if (this.#exit !== undefined) return false;
    this.#exit = exit;
    this.state = "ended";
    this.args = NO_ARGS; // they may be large, and its handle is kept
    this.limits?.();
    this.limits = undefined;
    this.#mail?.end(unknownError(this.id));
    this.#mail = undefined;
    this.#endStream(exit);
    if (this.#ref !== undefined) this.engine.removeTarget(this.id, this);
    if (this.#join !== undefined) this.#settleJoin(this.#join);
    this.#ends?.resolve(exit);
    const watchers = this.#watchers;
    this.#watchers = undefined;
    if (watchers !== undefined) for (const watcher of watchers) watcher.exited(exit);
    return true;
  }

  /** It ended otherwise than it should have: who waits for it from now on gets this. */
  correct(exit: Exit<unknown>): void {
    this.#exit = exit;
    this.#join = undefined;
    this.#ends = undefined;
  }

  /** The way to the task while it runs and nothing older waits. */
  #direct(): RemoteRef | undefined {
    const { lease } = this;
    if (!this.running || lease === undefined || this.#exit !== undefined) return undefined;
    if (this.#mail !== undefined && !this.#mail.isEmpty) return undefined;
    this.#remote ??= new RemoteRef(this.engine, this.id, lease.server, this.name);
    return this.#remote;
  }

  #mailbox(): RunMail {
    this.#mail ??= new RunMail(this.engine, this.name);
    return this.#mail;
  }

  #joined(): Deferred<unknown> {
    if (this.#join === undefined) {
      this.#join = this.#newDeferred();
      if (this.#exit !== undefined) this.#settleJoin(this.#join);
    }
    return this.#join;
  }

  #newDeferred<T>(): Deferred<T> {
    return new Deferred<T>(`task ${this.name}`).ignore();
  }

  #settleJoin(join: Deferred<unknown>): void {
    const exit = this.#exit;
    if (exit === undefined) return;
    if (exit.type === "returned") join.resolve(exit.value);
    else join.reject(this.#errorOf(exit));
  }

  #endStream(exit: Exit<unknown>): void {
    this.#streaming?.[Symbol.dispose]();
    this.buffer?.finish(exit.type === "returned" ? undefined : this.#errorOf(exit));
  }

  #errorOf(exit: Exclude<Exit<unknown>, { readonly type: "returned" }>): Error {
    return exit.type === "cancelled" ? cancelledError(this.name, exit.reason) : errorFrom(exit.error);
  }
}
