/** Makes rates of totals that places tell now and then: how much a second since the last time. */

/** Places tell what has changed each second: after so long without news it stands still. */
const STILL_AFTER_MS = 3500;
/** So many totals are kept; the ones that were asked for longest ago go first. */
const RATE_LIMIT = 20_000;

interface Kept {
  readonly timeMs: number;
  readonly total: number;
  readonly perSecond: number | undefined;
  /** By the reader's clock. */
  readonly heardMs: number;
}

export class Rates {
  readonly #kept = new Map<string, Kept>();

  /**
   * What `total`, told at `timeMs` by its place's clock, grew by a second; undefined before the second time. `nowMs`: the
   * reader's clock.
   */
  take(key: string, timeMs: number, total: number, nowMs: number): number | undefined {
    const before = this.#kept.get(key);
    if (before?.timeMs === timeMs) return nowMs - before.heardMs > STILL_AFTER_MS ? 0 : before.perSecond;
    const perSecond =
      before === undefined || timeMs < before.timeMs || total < before.total
        ? undefined
        : ((total - before.total) * 1000) / (timeMs - before.timeMs);
    this.#kept.delete(key);
    this.#kept.set(key, { timeMs, total, perSecond, heardMs: nowMs });
    if (this.#kept.size > RATE_LIMIT) {
      const oldest = this.#kept.keys().next();
      if (oldest.done !== true) this.#kept.delete(oldest.value);
    }
    return perSecond;
  }
}
