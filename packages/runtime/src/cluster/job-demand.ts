/** Tells the scheduler how many servers a job could use, by want: more at once, less after a while. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { DEMAND_SETTLE_MS } from "../defaults.ts";
import { type JobId } from "../ids.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type JobRuns } from "./job-runs.ts";
import { type JobWants } from "./job-wants.ts";
import { ioSlots } from "./io-spread.ts";
import { type Want } from "./want.ts";
import { type WantDemand } from "./scheduler-events.ts";

export interface JobDemandOptions {
  readonly platform: Platform;
  readonly job: JobId;
  readonly runs: JobRuns;
  readonly wants: JobWants;
  /** A note to the scheduler. */
  readonly notify: (name: string, words: unknown) => void;
}

/** Up to this demand every increase is told at once; above it, when it has doubled or after a while. */
const FEW_SLOTS = 64;

export class JobDemand {
  readonly #options: JobDemandOptions;
  #timer: TimerHandle = undefined;
  #closed = false;

  constructor(options: JobDemandOptions) {
    this.#options = options;
  }

  /** Something has changed at the servers or in the queue: the next tasks often follow on the last. */
  changed(): void {
    const { wants } = this.#options;
    const changed: WantDemand[] = [];
    let later = false;
    for (const want of wants.all) {
      const { told } = want;
      const slots = this.#slots(want);
      want.peak = Math.max(want.peak, slots);
      const muchMore = slots > told && (told < FEW_SLOTS || slots >= told * 2);
      // Where its tasks may run has changed: also when they are over, the scheduler would give more of what it had then.
      if (muchMore || (told > 0 && !want.placed)) changed.push(wants.demand(want, slots));
      else if (slots !== told) later = true;
    }
    this.#tell(changed);
    if (later) this.#lookLater();
  }

  /** A scheduler was found, again: it knows nothing of the demand, nor what leases that it takes over are for. */
  found(): void {
    const { wants, runs, notify, job } = this.#options;
    wants.forget();
    this.changed();
    for (const { id: lease, want } of runs.book.leases.values()) {
      if (want > 1) notify("scheduler.job.moved", { job, lease, want });
    }
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== undefined) this.#options.platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }

  readonly #onSettle = (): void => {
    this.#timer = undefined;
    const { wants, runs } = this.#options;
    const changed: WantDemand[] = [];
    let again = false;
    for (const want of wants.all) {
      const slots = this.#slots(want);
      if (want.peak !== want.told) changed.push(wants.demand(want, want.peak));
      want.peak = slots;
      if (slots !== want.told) again = true;
    }
    this.#tell(changed);
    wants.tidy((want) => runs.book.servesIo(want.n));
    if (again) this.#lookLater();
  };

  #lookLater(): void {
    if (!this.#closed) this.#timer ??= this.#options.platform.startTimer(DEMAND_SETTLE_MS, this.#onSettle);
  }

  /** CPU servers that the want could use; I/O servers one, or several tabs'. What it has it keeps, as long as nobody else needs it. */
  #slots(want: Want): number {
    const { kind, open, told, beside } = want;
    const { runs, wants } = this.#options;
    if (runs.paused || open === 0) return 0;
    if (kind === "io") return ioSlots(want);
    // Servers that are paused are held, and of no use.
    if (!beside) return open + runs.book.heldFor(want.n);
    const wanted = { n: want.n, node: want.node, fits: (server: Endpoint) => wants.fits(want, server) };
    return told > 0 || !runs.book.holds(wanted) ? 1 : 0;
  }

  #tell(changed: readonly WantDemand[]): void {
    const { notify, job } = this.#options;
    if (!this.#closed && changed.length > 0) notify("scheduler.job.demand", { job, wants: changed });
  }
}
