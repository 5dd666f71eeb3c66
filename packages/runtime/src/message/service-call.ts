/** One call of a service, as who called it sees it. */
import type { Endpoint, Location } from "../contracts/endpoint.ts";
import type { Exit } from "../contracts/exit.ts";
import type { Effect, Operation } from "../contracts/operation.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { isSkeinError } from "../errors.ts";
import type { TaskId } from "../ids.ts";
import { cancelledError } from "../task/cancelled.ts";
import { Deferred, completed } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { RemoteRef } from "../task/remote-ref.ts";
import { runIn } from "../task/run-in.ts";
import { LocalRef, monitorFor, type TaskRef } from "../task/task-ref.ts";
import type { CancelOptions } from "../task/types.ts";
import type { Wait, Waitable } from "../task/wait.ts";
import type { Watchable } from "../task/watch.ts";
import { CallBuffer } from "./call-buffer.ts";
import type { RemoteTask } from "./remote-task.ts";

/** Implements `RemoteTask<R, M>`; its types were checked where it was started. */
export class ServiceCall implements RemoteTask<unknown>, Watchable, Waitable<unknown> {
  readonly engine: Engine;
  readonly id: TaskId;
  readonly name: string;
  readonly attempt = 1;
  /** What it emits, when it is streamed. */
  readonly buffer: CallBuffer | undefined;
  #ref: LocalRef | RemoteRef;
  #exit: Exit<unknown> | undefined;
  #watchers: Set<(exit: Exit<unknown>) => void> | undefined;
  #joined: Deferred<unknown> | undefined;

  /** @param at where it runs, when that is another process */
  constructor(engine: Engine, id: TaskId, name: string, streams: boolean, at: Endpoint | undefined) {
    this.engine = engine;
    this.id = id;
    this.name = name;
    this.buffer = streams ? new CallBuffer(engine) : undefined;
    this.#ref = at === undefined ? new LocalRef(engine, undefined, id) : new CallRef(this, at);
  }

  get ref(): TaskRef {
    return this.#ref;
  }

  /** The task of this process that runs it. */
  runsAs(ref: LocalRef): void {
    this.#ref = ref;
  }

  get location(): Location | undefined {
    return this.#ref.location;
  }

  readonly send = (message: unknown): void => this.#ref.send(message);

  readonly deliver = (message: unknown, options?: WaitOptions): Operation<void> => this.#ref.deliver(message, options);

  wake(value?: unknown): void {
    this.#ref.wake(value);
  }

  interrupt(error: unknown): void {
    this.#ref.interrupt(error);
  }

  cancel(reason?: unknown, options?: CancelOptions): Operation<void> {
    if (this.#exit !== undefined) return completed;
    // When it can't be told, the call ends by itself: its process is lost, or it has ended meanwhile.
    runIn(this.engine, this.#ref.cancel(reason, options), nothing, nothing);
    const done = new Deferred<void>(`the end of call ${this.name}`, this.engine).ignore();
    this.skeinWatch(() => done.resolve());
    return done;
  }

  exit(options?: WaitOptions): Operation<Exit<never>> {
    const ended = new Deferred<Exit<never>>(`the end of call ${this.name}`, this.engine).ignore();
    // The value is of the type that the service's says: its function made it.
    const watch = this.skeinWatch((exit) => ended.resolve(exit as Exit<never>));
    return ended.limit(this.engine, options, () => watch[Symbol.dispose]());
  }

  monitor<N>(watcher: TaskRef<N>, as: (exit: Exit<unknown>) => N): Disposable {
    return monitorFor(this, watcher, as);
  }

  skeinWatch(call: (exit: Exit<unknown>) => void): Disposable {
    if (this.#exit !== undefined) {
      call(this.#exit);
      return { [Symbol.dispose]: nothing };
    }
    // Each watch by itself, also of the same function.
    const watcher = (exit: Exit<unknown>): void => call(exit);
    const watchers = (this.#watchers ??= new Set());
    watchers.add(watcher);
    return { [Symbol.dispose]: () => void watchers.delete(watcher) };
  }

  skeinWait(): Wait<unknown> {
    return this.#join().skeinWait();
  }

  [Symbol.iterator](): Iterator<Effect, unknown, unknown> {
    return this.#join()[Symbol.iterator]();
  }

  then<A = unknown, B = never>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.#join().then(onValue, onError);
  }

  /** It has ended; the first end counts. */
  end(exit: Exit<unknown>): void {
    if (this.#exit !== undefined) return;
    this.#exit = exit;
    this.buffer?.finish(exit.type === "returned" ? undefined : this.#errorOf(exit));
    const watchers = this.#watchers ?? [];
    this.#watchers = undefined;
    for (const tell of watchers) tell(exit);
    if (this.#joined !== undefined) this.#settle(this.#joined, exit);
  }

  #join(): Deferred<unknown> {
    if (this.#joined === undefined) {
      this.#joined = new Deferred<unknown>(`call ${this.name}`, this.engine).ignore();
      if (this.#exit !== undefined) this.#settle(this.#joined, this.#exit);
    }
    return this.#joined;
  }

  #settle(joined: Deferred<unknown>, exit: Exit<unknown>): void {
    if (exit.type === "returned") joined.resolve(exit.value);
    else joined.reject(this.#errorOf(exit));
  }

  #errorOf(exit: Exclude<Exit<unknown>, { readonly type: "returned" }>): Error {
    return exit.type === "cancelled" ? cancelledError(this.name, exit.reason) : exit.error;
  }
}

/** The reference of a call elsewhere, which knows how the call ended also when its process no longer does. */
class CallRef extends RemoteRef {
  readonly #call: ServiceCall;

  constructor(call: ServiceCall, at: Endpoint) {
    super(call.engine, call.id, at, call.name);
    this.#call = call;
  }

  override exit(options?: WaitOptions): Operation<Exit<unknown>> {
    return this.#call.exit(options);
  }

  override skeinWatch(call: (exit: Exit<unknown>) => void): Disposable {
    return this.#call.skeinWatch(call);
  }
}

/** How a call ended whose answer is `error`. */
export function exitOfError(error: Error): Exit<unknown> {
  return LOST.some((code) => isSkeinError(error, code)) ? { type: "lost", error } : { type: "failed", error };
}

const LOST = ["PEER_LOST", "SERVER_LOST", "DELIVERY_UNKNOWN"] as const;

const nothing = (): void => {};
