/** One direction of a connection: what is sent arrives whole and in order, late, or not until a partition is healed. */
import type { Kernel } from "./kernel.ts";
import type { SimProcess } from "./sim-process.ts";

/** How one direction between two places is at this moment. */
export interface WireState {
  /** Nothing gets through; the sender goes on trying. */
  readonly blocked: () => boolean;
  /** Milliseconds that the next burst is on its way; drawn anew for each. */
  readonly latencyMs: () => number;
}

/** What is on its way together. */
interface Burst {
  readonly sentMs: number;
  readonly items: (() => void)[];
  what: string;
  onItsWay: boolean;
}

/** Longest text of one burst in the trace. */
const WHAT_LENGTH = 120;

export class Wire {
  readonly from: SimProcess;
  readonly to: SimProcess;
  readonly #kernel: Kernel;
  readonly #state: WireState;
  /** Sent and not arrived, oldest first. */
  readonly #bursts: Burst[] = [];
  #last: Burst | undefined;
  #arrivesMs = 0;
  #cut = false;
  #ended = false;
  #heldUntilMs = 0;

  constructor(kernel: Kernel, from: SimProcess, to: SimProcess, state: WireState) {
    this.#kernel = kernel;
    this.from = from;
    this.to = to;
    this.#state = state;
  }

  /** Has `arrive` called at the other side, after all that was sent before. */
  send(what: string, arrive: () => void): void {
    if (this.#cut || this.#ended) return;
    const { nowMs } = this.#kernel;
    const last = this.#last;
    if (last !== undefined && last.sentMs === nowMs) {
      last.items.push(arrive);
      if (last.what.length < WHAT_LENGTH) last.what += ` ${what}`;
      return;
    }
    const burst: Burst = { sentMs: nowMs, items: [arrive], what: `${this.from.name}> ${what}`, onItsWay: false };
    this.#last = burst;
    this.#bursts.push(burst);
    // What follows in this turn goes with it.
    if (!this.#state.blocked()) this.#start(burst, this.from.usedMs);
  }

  /** The partition is over: what could not leave is sent again. */
  unblocked(retryMs: number): void {
    if (this.#state.blocked()) return;
    for (const burst of this.#bursts) if (!burst.onItsWay) this.#start(burst, retryMs);
  }

  /** Takes nothing more; what is on its way arrives, `delayMs` late. */
  end(delayMs: number): void {
    this.#ended = true;
    this.#heldUntilMs = this.#kernel.nowMs + delayMs;
    this.#last = undefined;
  }

  /** Takes nothing more; of what is on its way the first part arrives, `share` of it. */
  endAfter(share: number): void {
    this.#ended = true;
    this.#last = undefined;
    let left = Math.round(share * this.#bursts.reduce((sum, { items }) => sum + items.length, 0));
    for (const { items } of this.#bursts) {
      items.length = Math.min(items.length, left);
      left -= items.length;
    }
  }

  /** Nothing arrives any more. */
  cut(): void {
    this.#cut = true;
    this.#bursts.length = 0;
    this.#last = undefined;
  }

  #start(burst: Burst, delayMs: number): void {
    burst.onItsWay = true;
    const { nowMs } = this.#kernel;
    this.#arrivesMs = Math.max(this.#arrivesMs, nowMs + delayMs + this.#state.latencyMs());
    const arrive = (): void => this.#arrive(burst);
    // The text is complete when the burst arrives.
    this.#kernel.at(this.to, this.#arrivesMs - nowMs, () => burst.what, arrive);
  }

  #arrive(burst: Burst): void {
    if (this.#cut) return;
    const leftMs = this.#heldUntilMs - this.#kernel.nowMs;
    if (leftMs > 0) {
      this.#kernel.at(
        this.to,
        leftMs,
        () => burst.what,
        () => this.#arrive(burst),
      );
      return;
    }
    if (this.#state.blocked()) {
      // It was on its way when the partition began.
      burst.onItsWay = false;
      return;
    }
    // A burst that was held up keeps those behind it from arriving first.
    if (this.#bursts[0] !== burst) {
      burst.onItsWay = false;
      return;
    }
    this.#bursts.shift();
    if (this.#last === burst) this.#last = undefined;
    for (const item of burst.items) if (!this.#cut) item();
    const next = this.#bursts[0];
    if (next !== undefined && !next.onItsWay && !this.#state.blocked()) this.#start(next, 0);
  }
}
