/** The last tasks of a cluster that failed or were lost, for those who begin to look when it has happened. Pure. */
import { LAST_FAILURES_LIMIT, LAST_FAILURES_LIMIT_BYTES } from "../defaults.ts";
import { type ClusterEventBody } from "./events.ts";
import { type Logged } from "./cluster-log.ts";

export class LastFailures {
  readonly #kept: Logged[] = [];
  #bytes = 0;

  /** Oldest first. */
  get values(): readonly Logged[] {
    return this.#kept;
  }

  /** Keeps it, in place of the oldest ones when there are too many. */
  add(logged: Logged): void {
    if (logged.bytes > LAST_FAILURES_LIMIT_BYTES) return;
    this.#kept.push(logged);
    this.#bytes += logged.bytes;
    while (this.#kept.length > LAST_FAILURES_LIMIT || this.#bytes > LAST_FAILURES_LIMIT_BYTES)
      this.#bytes -= this.#kept.shift()?.bytes ?? 0;
  }
}

/** The end of a task that failed or was lost. */
export const isFailure = (event: ClusterEventBody): boolean =>
  event.type === "task.exited" && (event.exit === "failed" || event.exit === "lost");
