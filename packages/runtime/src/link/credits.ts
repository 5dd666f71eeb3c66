/**
 * How much another process may send before it was taken here: a window that grows with the rate at which things are
 * taken and the round trip to there, so that a long way doesn't make it wait. Pure: the clock's readings are given.
 */
import { LINK_CREDIT_BYTES } from "../defaults.ts";

/** The window holds so many times what one round trip takes: rates vary. */
const ROUND_TRIPS = 2;

export class ReceiveWindow {
  readonly #mostBytes: () => number;
  #windowBytes: number = LINK_CREDIT_BYTES;
  #takenBytes = 0;
  #announcedBytes: number = LINK_CREDIT_BYTES;
  #rttMs = Infinity;
  /** When the last word went, and what had been taken by then. */
  #wordMs = -Infinity;
  #wordBytes = 0;
  #askedMs = -Infinity;
  #asking = false;

  /** @param mostBytes how far it may grow, on the way in use */
  constructor(mostBytes: () => number) {
    this.#mostBytes = mostBytes;
  }

  /** Bytes that may be under way. */
  get bytes(): number {
    return this.#windowBytes;
  }

  /**
   * So much was taken. What goes back anyway carries the credit, but only words of their own make the window grow.
   *
   * @returns whether one should go now
   */
  take(bytes: number): boolean {
    this.#takenBytes += bytes;
    return this.#takenBytes - this.#wordBytes >= this.#windowBytes / 2;
  }

  /** What to tell with whatever goes there: bytes it may have sent in all. */
  announce(): number {
    this.#announcedBytes = Math.max(this.#announcedBytes, this.#takenBytes + this.#windowBytes);
    return this.#announcedBytes;
  }

  /** A word of its own is about to go: the window grows, if the way needs it. */
  grow(nowMs: number): void {
    const passedMs = nowMs - this.#wordMs;
    const bytes = this.#takenBytes - this.#wordBytes;
    this.#wordMs = nowMs;
    this.#wordBytes = this.#takenBytes;
    if (this.#rttMs === Infinity || passedMs === Infinity) return;
    const needed = (ROUND_TRIPS * this.#rttMs * bytes) / Math.max(passedMs, 1);
    const grown = Math.min(needed, 2 * this.#windowBytes, this.#mostBytes());
    if (grown > this.#windowBytes) this.#windowBytes = Math.floor(grown);
  }

  /** Whether the round trip should be measured with the word that goes now. One at a time, so that answers fit. */
  ask(nowMs: number): boolean {
    if (nowMs - this.#askedMs < (this.#asking ? ANSWER_LOST_MS : ASK_AGAIN_MS)) return false;
    this.#askedMs = nowMs;
    this.#asking = true;
    return true;
  }

  /** The answer came. The shortest way seen counts: the others stood in line. */
  answered(nowMs: number): void {
    if (!this.#asking) return;
    this.#asking = false;
    this.#rttMs = Math.min(this.#rttMs, nowMs - this.#askedMs);
  }
}

/** The round trip is measured at most so often. */
const ASK_AGAIN_MS = 1000;
/** An answer that hasn't come by then is lost, with the connection that was to carry it. */
const ANSWER_LOST_MS = 60_000;
