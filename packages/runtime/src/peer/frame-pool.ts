/**
 * Buffers of bulk frames, used again once the other side has them: making and collecting fresh ones was seen to cost
 * a fifth of what sending a file takes.
 */

/** Buffers kept: about what is under way at a time. */
const POOL_LIMIT = 64;

export class FramePool {
  readonly #bytes: number;
  readonly #own = new WeakSet<Uint8Array>();
  readonly #free: Uint8Array[] = [];

  /** @param bytes the one size it keeps */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take(bytes: number): Uint8Array {
    if (bytes !== this.#bytes) return new Uint8Array(bytes);
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const fresh = new Uint8Array(bytes);
    this.#own.add(fresh);
    return fresh;
  }

  /** Nobody reads `frame` any more. Others than its own are left alone: somebody else may have them too. */
  give(frame: Uint8Array): void {
    if (this.#own.has(frame) && this.#free.length < POOL_LIMIT) this.#free.push(frame);
  }
}
