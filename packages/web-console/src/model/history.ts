/** What happened in each of the last seconds, in a typed array: rates and their lines are read from it. */

/** Seconds kept: five minutes. */
export const HISTORY_SECONDS = 300;

export class SecondHistory {
  readonly #values: Float64Array = new Float64Array(HISTORY_SECONDS);
  /** The newest second written, since 1970; -1 before the first. */
  #last = -1;

  /** Adds `count` to the second of `timeMs`. Times before the kept seconds are left out. */
  add(timeMs: number, count: number): void {
    const second = Math.floor(timeMs / 1000);
    this.#advance(second);
    const at = second % HISTORY_SECONDS;
    if (second > this.#last - HISTORY_SECONDS) this.#values[at] = (this.#values[at] ?? 0) + count;
  }

  /** Adds the milliseconds from `startMs` to `endMs` to the seconds they lie in; of long spans only the kept end. */
  addSpan(startMs: number, endMs: number): void {
    for (let fromMs = Math.max(startMs, endMs - HISTORY_SECONDS * 1000); fromMs < endMs;) {
      const toMs = Math.min(endMs, (Math.floor(fromMs / 1000) + 1) * 1000);
      this.add(fromMs, toMs - fromMs);
      fromMs = toMs;
    }
  }

  /** Sum of the `seconds` whole ones before the second of `nowMs`, as a rate per second. */
  ratePerSecond(nowMs: number, seconds: number): number {
    const end = Math.floor(nowMs / 1000);
    let sum = 0;
    for (let second = end - seconds; second < end; second += 1) sum += this.at(second);
    return sum / seconds;
  }

  /** What that second (since 1970) has. */
  at(second: number): number {
    if (second > this.#last || second <= this.#last - HISTORY_SECONDS) return 0;
    return this.#values[second % HISTORY_SECONDS] ?? 0;
  }

  #advance(second: number): void {
    if (second <= this.#last) return;
    const from = Math.max(this.#last + 1, second - HISTORY_SECONDS + 1);
    for (let empty = from; empty <= second; empty += 1) this.#values[empty % HISTORY_SECONDS] = 0;
    this.#last = second;
  }
}
