/** Spreads a job's I/O tasks over the tabs that will do for them: how many tabs, and how many tasks each of them takes. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { IO_SPREAD_MS, IO_TABS_LIMIT } from "../defaults.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type LeaseBook } from "./lease.ts";
import { type Run } from "./run.ts";
import { type Want } from "./want.ts";

export interface IoSpreadOptions {
  readonly platform: Platform;
  readonly book: LeaseBook<Run>;
  readonly pumpSoon: () => void;
}

/** How many I/O servers tasks that wait can use: one, or as many as there are tabs for them. */
export const ioSlots = ({ open, tabs }: Want): number => Math.max(1, Math.min(open, tabs.size, IO_TABS_LIMIT));

export class IoSpread {
  readonly #options: IoSpreadOptions;
  /** Whose tasks wait for tabs, and since when. */
  readonly #since = new Map<Want, number>();
  #timer: TimerHandle = undefined;

  constructor(options: IoSpreadOptions) {
    this.#options = options;
  }

  /**
   * Before how many tasks a server takes the next: while other tabs are being made ready its share of them, else any number.
   * `undefined`: the want's tasks are not spread.
   */
  most(want: Want, fits: (server: Endpoint) => boolean): number | undefined {
    const { tabs, late, open } = want;
    if (want.kind !== "io" || tabs.size < 2) return undefined;
    const ready = this.#options.book.ioReady({ fits });
    for (const id of ready) late.delete(id);
    const coming = [...tabs].filter((id) => !ready.has(id) && !late.has(id));
    const servers = Math.min(ioSlots(want), ready.size + coming.length);
    // While there is none, nothing is held back from it.
    if (ready.size === 0 || servers <= ready.size) {
      this.#since.delete(want);
      return Infinity;
    }
    const { platform } = this.#options;
    const sinceMs = this.#since.get(want) ?? platform.now();
    if (platform.now() - sinceMs >= IO_SPREAD_MS) {
      for (const id of coming) late.add(id);
      this.#since.delete(want);
      return Infinity;
    }
    this.#since.set(want, sinceMs);
    this.#timer ??= platform.startTimer(IO_SPREAD_MS - (platform.now() - sinceMs), () => {
      this.#timer = undefined;
      for (const one of this.#since.keys()) if (one.queue.size === 0) this.#since.delete(one);
      this.#options.pumpSoon();
    });
    return Math.ceil(open / servers);
  }

  close(): void {
    if (this.#timer !== undefined) this.#options.platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }
}
