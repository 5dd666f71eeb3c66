/** The timers of a map: they end with it. */
import type { Engine } from "../task/engine.ts";
import { Timer } from "../task/timers.ts";
import type { MapPortion } from "./map-portion.ts";

/** How often it is looked, at most, whether an item takes too long. */
const LEAST_LOOK_MS = 5;

export class MapTimers {
  readonly #engine: Engine;
  readonly #timers = new Set<Timer>();
  #isOver = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  after(ms: number, act: () => void): void {
    const timer: Timer = new Timer(() => {
      this.#timers.delete(timer);
      act();
    });
    this.#timers.add(timer);
    this.#engine.setTimer(timer, ms);
  }

  /** Looks now and then whether the item that a worker has computes for too long. */
  watch(open: Iterable<MapPortion>, timeoutMs: number): void {
    const { platform } = this.#engine;
    const everyMs = Math.max(LEAST_LOOK_MS, timeoutMs / 4);
    let dueMs = platform.now() + everyMs;
    const look = (): void => {
      const nowMs = platform.now();
      // While this process was busy with something else it heard of no end: that is not the items' time.
      const deafMs = Math.max(0, nowMs - dueMs);
      for (const portion of open) {
        portion.sentMs = Math.min(nowMs, portion.sentMs + deafMs);
        portion.endLate(nowMs, timeoutMs);
      }
      dueMs = nowMs + everyMs;
      if (!this.#isOver) this.after(everyMs, look);
    };
    this.after(everyMs, look);
  }

  stop(): void {
    this.#isOver = true;
    for (const timer of this.#timers) this.#engine.stopTimer(timer);
    this.#timers.clear();
  }
}
