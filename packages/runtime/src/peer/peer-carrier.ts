/** The carrier towards one peer, whether it is connected now or must be dialled. */
import type { BulkCarrier, Carrier } from "../link/carrier.ts";
import type { PeerSession } from "./peer-session.ts";

export class PeerCarrier implements Carrier {
  readonly #dial: () => void;
  #session: PeerSession | undefined;
  #closed = false;
  #waiting: (() => void)[] = [];
  /** The way for bulk beside its messages. */
  bulk: BulkCarrier | undefined;

  /** `dial` is called when something waits to be sent and there is no session; calling it often is harmless. */
  constructor(dial: () => void) {
    this.#dial = dial;
  }

  get session(): PeerSession | undefined {
    return this.#session;
  }

  /** Whether something waits for a session. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether the other side has all that was sent, and nothing waits to be. */
  get settled(): boolean {
    return !this.waits && this.#session?.settled !== false && this.bulk?.settled !== false;
  }

  /** Whether messages or large values are on their way that the other side may not have. */
  get owes(): boolean {
    return this.#session?.owes === true || this.bulk?.settled === false;
  }

  get state(): Carrier["state"] {
    if (this.#closed) return "closed";
    return this.#session === undefined ? "opening" : this.#session.state;
  }

  send(frame: Uint8Array): void {
    this.#session?.send(frame);
  }

  whenOpen(callback: () => void): void {
    if (this.#closed) return;
    if (this.#session !== undefined) {
      this.#session.whenOpen(callback);
      return;
    }
    this.#waiting.push(callback);
    this.#dial();
  }

  connected(session: PeerSession): void {
    this.#session = session;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) session.whenOpen(callback);
  }

  /** The session was idle and is over: who waits gets the next one. */
  parted(waiting: readonly (() => void)[]): void {
    this.#session = undefined;
    for (const callback of waiting) this.whenOpen(callback);
  }

  /** The session is over; what waits fails with its conversation. */
  disconnected(): void {
    this.#session = undefined;
    this.#waiting = [];
  }

  close(): void {
    this.#closed = true;
    this.disconnected();
  }
}
