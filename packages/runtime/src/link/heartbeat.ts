/** Decides from silence whether a peer is suspected or lost. Pure: give it the clock's reading. */
import { HEARTBEAT_MS, LOST_AFTER_MS, SUSPECTED_AFTER_MS } from "../defaults.ts";

export type Liveness = "alive" | "suspected" | "lost";

export class Heartbeat {
  /** How often to beat and check, in milliseconds. */
  readonly intervalMs: number = HEARTBEAT_MS;
  #heardMs: number;
  #checkedMs: number;
  #state: Liveness = "alive";

  constructor(nowMs: number) {
    this.#heardMs = nowMs;
    this.#checkedMs = nowMs;
  }

  /** Any byte from the peer counts. */
  heard(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  check(nowMs: number): { readonly state: Liveness; readonly changed: boolean } {
    // A check that comes much too late means that we were asleep or blocked, not that the peer was silent:
    // what it sent meanwhile may still wait to be read, so it gets one more round.
    const lateMs = nowMs - this.#checkedMs - this.intervalMs;
    if (lateMs > this.intervalMs) this.#heardMs = Math.max(this.#heardMs, nowMs - this.intervalMs);
    this.#checkedMs = nowMs;
    const silentMs = nowMs - this.#heardMs;
    const state = silentMs >= LOST_AFTER_MS ? "lost" : silentMs >= SUSPECTED_AFTER_MS ? "suspected" : "alive";
    const changed = state !== this.#state;
    this.#state = state;
    return { state, changed };
  }
}
