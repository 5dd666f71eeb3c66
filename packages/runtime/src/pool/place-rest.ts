/** Places whose workers are shared with others: left to these once a pool has had nothing to do there for a while. */
import { POOL_REST_MS } from "../defaults.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import type { PoolPlace } from "./place.ts";

/** How often it is looked whether they are used. */
const LOOK_MS: number = POOL_REST_MS / 4;

export interface PlaceRestEvents {
  /** Whether its workers have something to do, or had since then. */
  isUsed(place: PoolPlace, sinceMs: number): boolean;
  /** It is left. */
  rests(place: PoolPlace): void;
}

export class PlaceRest {
  readonly #platform: Platform;
  readonly #shared: readonly PoolPlace[];
  readonly #events: PlaceRestEvents;
  /** Those that were left, until there is something to do. */
  readonly #resting = new Set<PoolPlace>();
  /** Since when the others have had nothing to do. */
  readonly #idleMs = new Map<PoolPlace, number>();
  #watch: TimerHandle = undefined;

  constructor(platform: Platform, places: readonly PoolPlace[], events: PlaceRestEvents) {
    this.#platform = platform;
    this.#shared = places.filter(({ shared }) => shared !== undefined);
    this.#events = events;
  }

  get isAny(): boolean {
    return this.#resting.size > 0;
  }

  has(place: PoolPlace): boolean {
    return this.#resting.has(place);
  }

  /** There is something to do. */
  end(): void {
    this.#resting.clear();
  }

  /** Workers are started: it is looked whether they are used. */
  watch(): void {
    if (this.#shared.some((place) => !this.has(place))) this.#watch ??= this.#platform.startTimer(LOOK_MS, this.#look);
  }

  close(): void {
    if (this.#watch !== undefined) this.#platform.stopTimer(this.#watch);
    this.#watch = undefined;
  }

  readonly #look = (): void => {
    this.#watch = undefined;
    const nowMs = this.#platform.now();
    for (const place of this.#shared) {
      if (this.has(place)) continue;
      const sinceMs = this.#idleMs.get(place) ?? nowMs;
      const isUsed = this.#events.isUsed(place, sinceMs);
      if (!isUsed && nowMs - sinceMs < POOL_REST_MS) {
        this.#idleMs.set(place, sinceMs);
        continue;
      }
      this.#idleMs.delete(place);
      if (isUsed) continue;
      this.#resting.add(place);
      this.#events.rests(place);
    }
    this.watch();
  };
}
