/** What a server counts of its tasks, and which function it runs since when: what its node is told of it. */
import { type Platform } from "../platform.ts";
import { type Entry, lastRunning } from "./server-entry.ts";
import { type ServerReport } from "./words.ts";

export class ServerCounts {
  readonly #platform: Platform;
  readonly #entries: ReadonlyMap<number, Entry>;
  #running = 0;
  #done = 0;
  #failed = 0;
  #busyMs = 0;
  /** The task that began last, while it runs. */
  #last: Entry | undefined;
  /** Since when something runs, by the host's monotonic clock. */
  #sinceMs = 0;

  /** `entries`: its tasks that have not ended. */
  constructor(platform: Platform, entries: ReadonlyMap<number, Entry>) {
    this.#platform = platform;
    this.#entries = entries;
  }

  get running(): number {
    return this.#running;
  }

  began(entry: Entry): void {
    if (this.#running === 0) this.#sinceMs = entry.startedMs;
    this.#running += 1;
    this.#last = entry;
  }

  ended(entry: Entry): void {
    this.#running -= 1;
    if (this.#last === entry) this.#last = undefined;
  }

  /** One that ran has ended. */
  ran(tookMs: number, returned: boolean): void {
    this.#busyMs += tookMs;
    if (returned) this.#done += 1;
    else this.#failed += 1;
  }

  /** `next`: the function that is next in a burst. Between two tasks of a burst the next one counts as running. */
  report(next: string | undefined): ServerReport {
    const words = { done: this.#done, failed: this.#failed, busyMs: this.#busyMs };
    const isBetween = this.#running === 0 && next !== undefined;
    const fn = isBetween ? next : this.#lastRunning()?.run.fn;
    if (fn === undefined) return { ...words, running: 0 };
    const ranMs = isBetween ? 0 : this.#platform.now() - this.#sinceMs;
    return { ...words, running: Math.max(1, this.#running), fn, sinceMs: this.#platform.wallMs() - ranMs };
  }

  /** Of those that run, the one that began last, or came last. */
  #lastRunning(): Entry | undefined {
    if (this.#running > 0) this.#last ??= lastRunning(this.#entries.values());
    return this.#last;
  }
}
