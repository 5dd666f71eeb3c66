/**
 * What a session sends: frames are numbered, kept until the other side has them, and given to the connection in use as
 * far as it takes them.
 */
import { SessionCore } from "../link/session.ts";
import type { PeerPath } from "./peer-path.ts";

export class SessionOutbox {
  readonly core: SessionCore = new SessionCore();
  readonly #isHeld: () => boolean;
  #path: PeerPath | undefined;
  #state: "open" | "busy" | "closed" = "busy";
  #waiting: (() => void)[] = [];
  #pumping = false;

  /** `isHeld`: whether nothing may be sent now, although there is room. */
  constructor(isHeld: () => boolean) {
    this.#isHeld = isHeld;
  }

  get state(): "open" | "busy" | "closed" {
    return this.#state;
  }

  /** Whether the other side has all that was sent, and nothing waits to be. */
  get settled(): boolean {
    return this.#state === "closed" || (this.core.settled && this.#waiting.length === 0);
  }

  send(frame: Uint8Array): void {
    this.core.stamp(frame);
    this.pump();
  }

  whenOpen(callback: () => void): void {
    if (this.#state === "open") callback();
    else if (this.#state === "busy") this.#waiting.push(callback);
  }

  /** Has the next {@link SessionOutbox.pump} send by this connection, beginning with what is not acknowledged. */
  use(path: PeerPath | undefined): void {
    this.#path = path;
    if (path !== undefined) this.core.rewind();
  }

  /** Takes nothing more before the next {@link SessionOutbox.pump}. */
  block(): void {
    if (this.#state === "open") this.#state = "busy";
  }

  /** Something was acknowledged, which may make room. */
  acknowledged(): void {
    if (this.#state === "busy") this.pump();
  }

  /** Sends what is numbered, as far as the connection takes it, and tells whether more may come. */
  pump(): void {
    const path = this.#path;
    if (this.#pumping || this.#state === "closed") return;
    this.#pumping = true;
    if (path !== undefined) {
      while (!path.busy) {
        const frame = this.core.next();
        if (frame === undefined) break;
        path.send(frame, this.#onDrained);
      }
    }
    this.#pumping = false;
    const open = path !== undefined && !path.busy && !this.core.behind && !this.core.full && !this.#isHeld();
    if (!open) this.#state = "busy";
    else if (this.#state === "busy") this.#open();
  }

  /** @returns who waited to send */
  close(): readonly (() => void)[] {
    this.#state = "closed";
    this.#path = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  readonly #onDrained = (): void => this.pump();

  #open(): void {
    this.#state = "open";
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) this.whenOpen(callback);
  }
}
