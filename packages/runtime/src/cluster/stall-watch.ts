/** Takes back what waits at a server behind a task that takes longer than was thought: another may be free for it. */
import { PIPELINE_STALL_MS } from "../defaults.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type InFlight, type Lease, type LeaseBook } from "./lease.ts";

export class StallWatch {
  readonly #platform: Platform;
  readonly #book: LeaseBook<InFlight>;
  readonly #withdraw: (lease: Lease<InFlight>, serials: readonly number[]) => void;
  #timer: TimerHandle = undefined;
  #closed = false;

  constructor(
    platform: Platform,
    book: LeaseBook<InFlight>,
    withdraw: (lease: Lease<InFlight>, serials: readonly number[]) => void,
  ) {
    this.#platform = platform;
    this.#book = book;
    this.#withdraw = withdraw;
  }

  /** There are tasks at servers. */
  start(): void {
    if (!this.#closed) this.#timer ??= this.#platform.startTimer(PIPELINE_STALL_MS, this.#look);
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== undefined) this.#platform.stopTimer(this.#timer);
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    const nowMs = this.#platform.now();
    let watching = false;
    for (const lease of this.#book.leases.values()) {
      if (lease.kind !== "cpu" || lease.inFlight.size < 2) continue;
      watching = true;
      if (lease.standing !== "ready" || lease.stalled || nowMs - lease.lastNewsMs < PIPELINE_STALL_MS) continue;
      const serials = this.#book.stall(lease);
      if (serials.length > 0) this.#withdraw(lease, serials);
    }
    if (watching) this.start();
  };
}
