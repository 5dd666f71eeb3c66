/** What services of this process and references to services elsewhere have in common. */
import type { Location } from "../contracts/endpoint.ts";
import type { Exit } from "../contracts/exit.ts";
import type { Operation } from "../contracts/operation.ts";
import type { CloseOptions, WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import type { ServiceId } from "../ids.ts";
import { Deferred } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { notATimeError } from "../task/limits.ts";
import { StreamOf } from "../task/stream.ts";
import type { TaskRef } from "../task/task-ref.ts";
import type { CallBuffer } from "./call-buffer.ts";
import { NextValue } from "./next-value.ts";
import type { ServiceCall } from "./service-call.ts";
import { ServiceMonitors, type WatchedCall } from "./service-monitors.ts";
import { showAs } from "../task/show.ts";

/** A call under way. */
export interface OpenCall extends WatchedCall {
  cancel(reason?: unknown): unknown;
}

export abstract class ServiceBase {
  readonly engine: Engine;
  readonly name: string;
  protected readonly monitors: ServiceMonitors = new ServiceMonitors();
  #closed = false;
  /** Told each time a call has ended while somebody waits in {@link ServiceBase.close}. */
  readonly #closing = new Set<() => void>();

  constructor(engine: Engine, name: string) {
    this.engine = engine;
    this.name = name;
  }

  abstract get id(): ServiceId;
  abstract get location(): Location | undefined;
  protected abstract open(args: readonly unknown[], options: WaitOptions, streams: boolean): ServiceCall;
  /** The calls that `monitor` and `close` are about. */
  protected abstract calls(): Iterable<OpenCall>;

  get closed(): boolean {
    return this.#closed;
  }

  call(args?: readonly unknown[], options?: WaitOptions): Operation<unknown> {
    return this.#open(args, options, false);
  }

  start(args?: readonly unknown[], options?: WaitOptions): ServiceCall {
    return this.#open(args, options, false);
  }

  stream(args?: readonly unknown[], options?: WaitOptions): StreamOf<unknown> {
    const call = this.#open(args, options, true);
    // Opened to be streamed, it has one.
    return new CallStream(call, call.buffer as CallBuffer);
  }

  monitor(watcher: TaskRef<unknown>, as: (exit: Exit<unknown>, task: TaskRef) => unknown): Disposable {
    return this.monitors.add(watcher, as, this.calls());
  }

  close({ cancel = false, timeoutMs }: CloseOptions = {}): Operation<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.onClosed();
    }
    if (cancel) for (const call of this.calls()) call.cancel(`service ${this.name} is closed`);
    const done = new Deferred<void>(`the calls of service ${this.name} to end`, this.engine).ignore();
    const look = (): void => {
      for (const call of this.calls()) if (this.isOther(call)) return;
      this.#closing.delete(look);
      done.resolve();
    };
    this.#closing.add(look);
    look();
    return done.limit(this.engine, timeoutMs === undefined ? undefined : { timeoutMs }, () => {
      this.#closing.delete(look);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ cancel: true });
  }

  closedError(): SkeinError {
    return new SkeinError("SERVICE_CLOSED", `service ${this.name || "without a name"} is closed`, {
      hint: "locate it again by its name, or make a new one",
    });
  }

  protected onClosed(): void {}

  /** Whether `close` waits for it: a call that closes its own service does not wait for itself. */
  protected isOther(_call: OpenCall): boolean {
    return true;
  }

  /** A call has ended. */
  protected ended(): void {
    for (const look of this.#closing) look();
  }

  #open(args: readonly unknown[] = [], options: WaitOptions = {}, streams: boolean): ServiceCall {
    if (!Array.isArray(args)) {
      throw new SkeinError("OPTION_INVALID", `the arguments of service ${this.name} are no array`, {
        hint: "call([first, second], options)",
      });
    }
    if (Number.isNaN(options.timeoutMs)) throw notATimeError();
    return this.open(args, options, streams);
  }
}

showAs("Service", ServiceBase);

/** What a call emits, with its result. */
class CallStream extends StreamOf<unknown> {
  readonly result: Operation<unknown>;
  readonly task: ServiceCall;

  constructor(call: ServiceCall, buffer: CallBuffer) {
    super(
      () => new NextValue(buffer),
      () => {
        // In this order: it hears that it is cancelled, then that nobody takes its values.
        void call.cancel("its stream was left");
        buffer.leave();
      },
    );
    this.result = call;
    this.task = call;
  }
}
