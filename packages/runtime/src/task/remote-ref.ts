/** References to tasks of other processes, and the watches of their ends. */
import { type Endpoint, type Location, endpointKey } from "../contracts/endpoint.ts";
import type { Exit } from "../contracts/exit.ts";
import type { Effect, Operation } from "../contracts/operation.ts";
import type { Router } from "../contracts/router.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError, errorFrom, isSkeinError } from "../errors.ts";
import type { TaskId } from "../ids.ts";
import type { Engine } from "./engine.ts";
import { exitFrom } from "./exit-from.ts";
import { opIn } from "./op.ts";
import { runIn } from "./run-in.ts";
import { remoteRooms } from "./remote-rooms.ts";
import type { CodeSource } from "./target.ts";
import { type TaskRef, failed, monitorFor, refusedUpgrade } from "./task-ref.ts";
import type { CancelOptions } from "./types.ts";
import type { Watchable } from "./watch.ts";
import { showAs } from "./show.ts";

/** A reference to a task of another process. */
export class RemoteRef implements Watchable {
  readonly engine: Engine;
  readonly id: TaskId;
  readonly endpoint: Endpoint;
  readonly name: string;

  constructor(engine: Engine, id: TaskId, endpoint: Endpoint, name: string) {
    this.engine = engine;
    this.id = id;
    this.endpoint = endpoint;
    this.name = name;
  }

  get location(): Location | undefined {
    return this.engine.router?.locationOf(this.endpoint);
  }

  send(value: unknown): void {
    this.engine.part(remoteRooms).check(this.id, this.endpoint);
    routerOf(this.engine, this.endpoint).post(this.endpoint, { type: "task.send", task: this.id, value });
  }

  deliver(value: unknown, options?: WaitOptions): Operation<void> {
    return this.#request({ type: "task.deliver", task: this.id, value }, options);
  }

  exit(options?: WaitOptions): Operation<Exit<unknown>> {
    return opIn(this.engine, exitOf, [this, options]);
  }

  monitor<N>(watcher: TaskRef<N>, as: (exit: Exit<unknown>) => N): Disposable {
    return monitorFor(this, watcher, as);
  }

  cancel(reason?: unknown, options?: CancelOptions): Operation<void> {
    const graceMs = options?.graceMs;
    return this.#request({ type: "task.cancel", task: this.id, reason, ...(graceMs === undefined ? {} : { graceMs }) });
  }

  wake(value?: unknown): void {
    routerOf(this.engine, this.endpoint).post(this.endpoint, { type: "task.wake", task: this.id, value });
  }

  interrupt(error: unknown): void {
    routerOf(this.engine, this.endpoint).post(this.endpoint, { type: "task.interrupt", task: this.id, error });
  }

  upgrade(code: ((...args: never[]) => unknown) | CodeSource, args: readonly unknown[] = []): Operation<void> {
    if (typeof code === "function") return failed(this.engine, refusedUpgrade(this.name || this.id));
    return this.#request({ type: "task.upgrade", task: this.id, service: code, args });
  }

  /** Calls back once it has ended or is lost, without that being a watch: its failure stays its own side's to handle. */
  onEnd(call: () => void): Disposable {
    return this.engine.part(remoteWatches).add(this, call, true);
  }

  skeinWatch(call: (exit: Exit<unknown>) => void): Disposable {
    return this.engine.part(remoteWatches).add(this, call, false);
  }

  #request(request: Parameters<Router["request"]>[1], options?: WaitOptions): Operation<void> {
    try {
      // These requests are answered with nothing.
      return routerOf(this.engine, this.endpoint).request(this.endpoint, request, options) as Operation<void>;
    } catch (error) {
      return failed(this.engine, errorFrom(error));
    }
  }
}

showAs("TaskRef", RemoteRef);

function* exitOf(ref: RemoteRef, options: WaitOptions | undefined): Generator<Effect, Exit<unknown>, unknown> {
  const router = routerOf(ref.engine, ref.endpoint);
  try {
    return exitFrom(yield* router.request(ref.endpoint, { type: "task.exit", task: ref.id }, options));
  } catch (error) {
    const lost = ["PEER_LOST", "SERVER_LOST", "DELIVERY_UNKNOWN"] as const;
    if (isSkeinError(error) && lost.some((code) => code === error.code)) return { type: "lost", error };
    throw error;
  }
}

interface RemoteWatch {
  readonly endpoint: Endpoint;
  readonly call: (exit: Exit<unknown>) => void;
}

/** Who here waits for the ends of tasks elsewhere, by the number that the other side sends back. */
export class RemoteWatches {
  readonly #engine: Engine;
  readonly #watches = new Map<number, RemoteWatch>();
  #last = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  add(ref: RemoteRef, call: (exit: Exit<unknown>) => void, ends: boolean): Disposable {
    const { endpoint, id } = ref;
    this.#last += 1;
    const monitor = this.#last;
    this.#watches.set(monitor, { endpoint, call });
    let asked: Operation<unknown>;
    try {
      asked = routerOf(this.#engine, endpoint).request(endpoint, {
        type: "task.monitor",
        task: id,
        monitor,
        ...(ends ? { ends } : {}),
      });
    } catch (error) {
      asked = failed(this.#engine, errorFrom(error));
    }
    runIn(
      this.#engine,
      asked,
      () => undefined,
      (error) => this.#end(monitor, { type: "lost", error: errorFrom(error) }),
    );
    return {
      [Symbol.dispose]: () => {
        if (!this.#watches.delete(monitor)) return;
        try {
          this.#engine.router?.post(endpoint, { type: "task.unmonitor", task: id, monitor });
        } catch {
          // The peer is gone, and with it the monitor.
        }
      },
    };
  }

  /** Whether anything here waits for the end of a task there. */
  holds(matches: (endpoint: Endpoint) => boolean): boolean {
    for (const { endpoint } of this.#watches.values()) if (matches(endpoint)) return true;
    return false;
  }

  /** The other side tells the end; only the endpoint that was asked is believed. */
  exited(monitor: number, exit: Exit<unknown>, from: Endpoint): void {
    const watch = this.#watches.get(monitor);
    if (watch !== undefined && endpointKey(watch.endpoint) === endpointKey(from)) this.#end(monitor, exit);
  }

  lost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    for (const [monitor, watch] of this.#watches)
      if (matches(watch.endpoint)) this.#end(monitor, { type: "lost", error });
  }

  #end(monitor: number, exit: Exit<unknown>): void {
    const watch = this.#watches.get(monitor);
    this.#watches.delete(monitor);
    watch?.call(exit);
  }
}

/** The key of an engine's {@link RemoteWatches}. */
export const remoteWatches = (engine: Engine): RemoteWatches => new RemoteWatches(engine);

/** @throws {SkeinError} `PEER_LOST` while the runtime belongs to no peer */
export function routerOf(engine: Engine, endpoint: Endpoint): Router {
  if (engine.router !== undefined) return engine.router;
  throw new SkeinError(
    "PEER_LOST",
    `this runtime belongs to no peer any more, so ${endpointKey(endpoint)} can't be reached`,
    {
      hint: "keep the peer (startPeer, connect) open while its references are used",
    },
  );
}
