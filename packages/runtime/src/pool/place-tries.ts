/** Starts of workers that came to nothing: when another one is tried, at each place. */
import { POOL_HOST_AGAIN_MOST_MS, POOL_HOST_AGAIN_MS, POOL_START_TRIES } from "../defaults.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import type { PoolPlace } from "./place.ts";

export class PlaceTries {
  readonly #platform: Platform;
  /** Told when a place that was away is to be tried again. */
  readonly #again: () => void;
  /** In a row, by place. */
  readonly #failures = new Map<PoolPlace, number>();
  /** Places that are away: when they are tried again, and after how long the next time. */
  readonly #later = new Map<PoolPlace, { timer: TimerHandle; nextMs: number }>();

  constructor(platform: Platform, again: () => void) {
    this.#platform = platform;
    this.#again = again;
  }

  failed(place: PoolPlace): void {
    this.#failures.set(place, (this.#failures.get(place) ?? 0) + 1);
  }

  /** It would fail again. */
  failedForGood(place: PoolPlace): void {
    this.#failures.set(place, Infinity);
  }

  /** A worker is set up there. */
  thrives(place: PoolPlace): void {
    this.#failures.delete(place);
    this.#platform.stopTimer(this.#later.get(place)?.timer);
    this.#later.delete(place);
  }

  /** Whether a worker that is missing there is started now; where the place may be away, it is later. */
  isDue(place: PoolPlace): boolean {
    const failures = this.#failures.get(place) ?? 0;
    if (failures < POOL_START_TRIES * Math.max(1, place.size)) return true;
    if (place.distant === true && Number.isFinite(failures)) this.#tryLater(place);
    return false;
  }

  /** All are tried once more. */
  forget(): void {
    this.#failures.clear();
  }

  close(): void {
    for (const { timer } of this.#later.values()) this.#platform.stopTimer(timer);
    this.#later.clear();
  }

  #tryLater(place: PoolPlace): void {
    const { timer, nextMs } = this.#later.get(place) ?? { timer: undefined, nextMs: POOL_HOST_AGAIN_MS };
    if (timer !== undefined) return;
    const later = {
      nextMs: Math.min(POOL_HOST_AGAIN_MOST_MS, nextMs * 2),
      timer: this.#platform.startTimer(nextMs, () => {
        later.timer = undefined;
        this.#failures.delete(place);
        this.#again();
      }),
    };
    this.#later.set(place, later);
  }
}
