/** Tells servers which ends of tasks have come: until then they keep them. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { EVENT_BATCH_MS } from "../defaults.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type InFlight, type LeaseBook } from "./lease.ts";

export class HeardEnds {
  readonly #platform: Platform;
  readonly #book: LeaseBook<InFlight>;
  readonly #tell: (server: Endpoint, name: string, words: unknown) => void;
  #timer: TimerHandle = undefined;

  constructor(
    platform: Platform,
    book: LeaseBook<InFlight>,
    tell: (server: Endpoint, name: string, words: unknown) => void,
  ) {
    this.#platform = platform;
    this.#book = book;
    this.#tell = tell;
  }

  /** Soon; where the next task goes there before, that says so. */
  soon(): void {
    this.#timer ??= this.#platform.startTimer(EVENT_BATCH_MS, this.#now);
  }

  close(): void {
    if (this.#timer !== undefined) this.#platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }

  readonly #now = (): void => {
    this.#timer = undefined;
    for (const lease of this.#book.leases.values()) {
      if (lease.heard.length === 0 || lease.standing === "checking") continue;
      this.#tell(lease.server, "server.heard", { lease: lease.id, serials: lease.heard.splice(0) });
    }
  };
}
