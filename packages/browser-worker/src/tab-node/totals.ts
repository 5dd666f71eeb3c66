/** Adds up what the servers of a tab have done, those that are gone too: a job's I/O server goes with its job. */

/** Of one server, or of all. */
export interface Done {
  readonly done: number;
  readonly failed: number;
  readonly busyMs: number;
}

const NOTHING: Done = { done: 0, failed: 0, busyMs: 0 };

/** What of a server's standing says how long it has worked. */
export interface Worked {
  readonly kind: "cpu" | "io";
  readonly busyMs: number;
  readonly running: number;
  /** By the wall clock. */
  readonly sinceMs?: number;
}

/** How long a server has computed, with what runs now; tasks of an I/O server mostly wait. */
export const workedMs = ({ kind, busyMs, running, sinceMs = Infinity }: Worked, nowMs: number): number =>
  kind === "io" ? 0 : busyMs + (running > 0 ? Math.max(0, nowMs - sinceMs) : 0);

export class Totals<K> {
  #gone: Done = NOTHING;
  #last: ReadonlyMap<K, Done> = new Map();

  /** Takes how the servers stand, now and then; what one did after that and before it went is not counted. */
  take(servers: ReadonlyMap<K, Done>): Done {
    for (const [server, before] of this.#last) {
      const now = servers.get(server);
      if (now === undefined || now.done < before.done || now.failed < before.failed)
        this.#gone = sum(this.#gone, before);
    }
    this.#last = servers;
    return [...servers.values()].reduce(sum, this.#gone);
  }
}

const sum = (a: Done, b: Done): Done => ({
  done: a.done + b.done,
  failed: a.failed + b.failed,
  busyMs: a.busyMs + b.busyMs,
});
