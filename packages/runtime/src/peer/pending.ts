/** Requests that wait for their answer, with their deadlines behind one timer. */
import { type Endpoint, sameEndpoint } from "../contracts/endpoint.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import { readU32 } from "../wire/frames.ts";
import type { WireEntry } from "../wire/messages.ts";

export interface Pending {
  readonly to: Endpoint;
  readonly entry: WireEntry;
  /** Whether the request does something there: then nobody knows whether it was done, once it has left. */
  readonly acts: boolean;
  readonly deadlineMs: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Stops listening to the caller's signal. */
  release: (() => void) | undefined;
}

/** Sweeps are at least this far apart when many wait, so that they cost little. */
const SWEEP_MS = 100;
const MANY = 1000;

export class PendingRequests {
  readonly #platform: Pick<Platform, "now" | "startTimer" | "stopTimer">;
  readonly #onDeadline: (id: number, pending: Pending) => void;
  readonly #byId = new Map<number, Pending>();
  /** Begins anywhere: an answer that is late finds no request of the next start under its number. */
  #lastId: number;
  #timer: TimerHandle = undefined;
  #timerMs = Infinity;

  constructor(
    platform: Pick<Platform, "now" | "startTimer" | "stopTimer" | "randomBytes">,
    onDeadline: (id: number, pending: Pending) => void,
  ) {
    this.#platform = platform;
    this.#lastId = readU32(platform.randomBytes(4), 0);
    this.#onDeadline = onDeadline;
  }

  get size(): number {
    return this.#byId.size;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  add(id: number, pending: Pending): void {
    this.#byId.set(id, pending);
    if (pending.deadlineMs < this.#timerMs) this.#arm(pending.deadlineMs);
  }

  /** Takes a request out, when it was sent to `from`. */
  take(id: number, from: Endpoint | undefined): Pending | undefined {
    const pending = this.#byId.get(id);
    if (pending === undefined || (from !== undefined && !sameEndpoint(pending.to, from))) return undefined;
    this.#byId.delete(id);
    pending.release?.();
    return pending;
  }

  /** Whether any waits for an answer from there. */
  has(matches: (endpoint: Endpoint) => boolean): boolean {
    for (const { to } of this.#byId.values()) if (matches(to)) return true;
    return false;
  }

  /** Takes out every request to endpoints that match. */
  takeAll(matches: (endpoint: Endpoint) => boolean): Pending[] {
    const taken: Pending[] = [];
    for (const [id, pending] of this.#byId) {
      if (!matches(pending.to)) continue;
      this.#byId.delete(id);
      pending.release?.();
      taken.push(pending);
    }
    return taken;
  }

  close(): void {
    if (this.#timer !== undefined) this.#platform.stopTimer(this.#timer);
    this.#timer = undefined;
    this.#timerMs = -Infinity;
  }

  #arm(atMs: number): void {
    if (this.#timer !== undefined) this.#platform.stopTimer(this.#timer);
    this.#timerMs = atMs;
    this.#timer = this.#platform.startTimer(Math.max(1, atMs - this.#platform.now()), () => this.#sweep());
  }

  #sweep(): void {
    this.#timer = undefined;
    this.#timerMs = Infinity;
    const nowMs = this.#platform.now();
    let nextMs = Infinity;
    const due: [number, Pending][] = [];
    for (const [id, pending] of this.#byId) {
      if (pending.deadlineMs <= nowMs) due.push([id, pending]);
      else if (pending.deadlineMs < nextMs) nextMs = pending.deadlineMs;
    }
    if (nextMs < Infinity) this.#arm(this.#byId.size > MANY ? Math.max(nextMs, nowMs + SWEEP_MS) : nextMs);
    for (const [id, pending] of due) this.#onDeadline(id, pending);
  }
}
