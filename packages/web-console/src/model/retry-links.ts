/** Which rectangle came after which: the end of an attempt that failed, and the start of the next one. */

export const RETRY_LINK_LIMIT = 4096;

export class RetryLinks {
  readonly #fromServers: Int32Array = new Int32Array(RETRY_LINK_LIMIT);
  readonly #toServers: Int32Array = new Int32Array(RETRY_LINK_LIMIT);
  readonly #fromTimes: Float64Array = new Float64Array(RETRY_LINK_LIMIT);
  readonly #toTimes: Float64Array = new Float64Array(RETRY_LINK_LIMIT);
  #count = 0;

  /** Servers by their numbers in the model, times in milliseconds since 1970. */
  add(fromServer: number, fromMs: number, toServer: number, toMs: number): void {
    const at = this.#count % RETRY_LINK_LIMIT;
    this.#fromServers[at] = fromServer;
    this.#fromTimes[at] = fromMs;
    this.#toServers[at] = toServer;
    this.#toTimes[at] = toMs;
    this.#count += 1;
  }

  /** Those that overlap the time from `startMs` to `endMs`, newest first. */
  each(
    startMs: number,
    endMs: number,
    draw: (fromServer: number, fromMs: number, toServer: number, toMs: number) => void,
  ): void {
    for (let number = this.#count - 1; number >= Math.max(0, this.#count - RETRY_LINK_LIMIT); number -= 1) {
      const at = number % RETRY_LINK_LIMIT;
      const fromMs = this.#fromTimes[at] ?? 0;
      const toMs = this.#toTimes[at] ?? 0;
      if (toMs < startMs || fromMs > endMs) continue;
      draw(this.#fromServers[at] ?? 0, fromMs, this.#toServers[at] ?? 0, toMs);
    }
  }
}
