/** Who is told the end of a service's calls. */
import type { Exit } from "../contracts/exit.ts";
import type { Engine } from "../task/engine.ts";
import { monitorFor, type TaskRef } from "../task/task-ref.ts";
import type { Watchable } from "../task/watch.ts";

/** A call, as its monitors see it. */
export interface WatchedCall extends Watchable {
  readonly engine: Engine;
  readonly ref: TaskRef;
}

interface Monitor {
  readonly watcher: TaskRef<unknown>;
  readonly as: (exit: Exit<unknown>, task: TaskRef) => unknown;
  /** Its watches of calls that have not ended. */
  readonly watches: Set<Disposable>;
}

export class ServiceMonitors {
  readonly #monitors = new Set<Monitor>();

  /** Tells `watcher` the end of `calls` and of those that begin from now on. */
  add(watcher: TaskRef<unknown>, as: Monitor["as"], calls: Iterable<WatchedCall>): Disposable {
    const monitor: Monitor = { watcher, as, watches: new Set() };
    this.#monitors.add(monitor);
    for (const call of calls) this.#watch(monitor, call);
    return {
      [Symbol.dispose]: () => {
        if (!this.#monitors.delete(monitor)) return;
        for (const watch of monitor.watches) watch[Symbol.dispose]();
        monitor.watches.clear();
      },
    };
  }

  /** A call began. */
  began(call: WatchedCall): void {
    for (const monitor of this.#monitors) this.#watch(monitor, call);
  }

  #watch({ watcher, as, watches }: Monitor, call: WatchedCall): void {
    let watch: Disposable | undefined;
    let over = false;
    watch = monitorFor(call, watcher, (exit) => {
      over = true;
      if (watch !== undefined) watches.delete(watch);
      return as(exit, call.ref);
    });
    if (!over) watches.add(watch);
  }
}
