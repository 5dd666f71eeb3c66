/** A link between two ends of one process: for tests and the simulator. */
import type { Link } from "../contracts/link.ts";
import { LINK_CREDIT_BYTES } from "../defaults.ts";
import type { Platform } from "../platform.ts";
import { Inbox, newSignal } from "./inbox.ts";

/** Two ends that are linked; what one sends, the other receives in a later microtask, in order. */
export function memoryLinks(platform: Pick<Platform, "microtask">): readonly [Link, Link] {
  const left = new MemoryEnd(platform);
  const right = new MemoryEnd(platform);
  left.join(right);
  right.join(left);
  return [left, right];
}

class MemoryEnd implements Link {
  readonly transport = "memory";
  readonly #platform: Pick<Platform, "microtask">;
  readonly #inbox = new Inbox((error) => this.abort(error));
  readonly #closed = newSignal<Error | undefined>();
  readonly closed: Promise<Error | undefined> = this.#closed.promise;
  #other: MemoryEnd | undefined;
  #open = true;
  /** Sent and not yet taken by the other end. */
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #moving = false;
  #drained = newSignal<void>();

  constructor(platform: Pick<Platform, "microtask">) {
    this.#platform = platform;
  }

  join(other: MemoryEnd): void {
    this.#other = other;
  }

  send(frame: Uint8Array): boolean {
    if (!this.#open) return true;
    this.#queue.push(frame);
    this.#queuedBytes += frame.byteLength;
    this.#move();
    return this.#queuedBytes < LINK_CREDIT_BYTES;
  }

  async drained(): Promise<void> {
    if (this.#open && this.#queuedBytes >= LINK_CREDIT_BYTES) await this.#drained.promise;
  }

  receive(onFrame: (frame: Uint8Array) => void): void {
    this.#inbox.receive(onFrame);
  }

  pause(): void {
    this.#inbox.pause();
  }

  resume(): void {
    this.#inbox.resume();
    this.#other?.move();
  }

  close(): void {
    if (!this.#open) return;
    // The other end gets what was sent before, then the end.
    const other = this.#other;
    this.#platform.microtask(() => other?.end(undefined));
    this.end(undefined);
  }

  abort(error: Error): void {
    if (!this.#open) return;
    const other = this.#other;
    this.#queue = [];
    this.end(error);
    this.#platform.microtask(() => other?.end(error));
  }

  /** For the other end. */
  move(): void {
    this.#move();
  }

  end(error: Error | undefined): void {
    if (!this.#open) return;
    this.#open = false;
    this.#drained.resolve();
    this.#closed.resolve(error);
  }

  #move(): void {
    if (this.#moving || this.#queue.length === 0) return;
    this.#moving = true;
    this.#platform.microtask(() => {
      this.#moving = false;
      const other = this.#other;
      if (other === undefined || other.#inbox.paused) return;
      const frames = this.#queue;
      this.#queue = [];
      const wasFull = this.#queuedBytes >= LINK_CREDIT_BYTES;
      this.#queuedBytes = 0;
      for (const frame of frames) if (other.#open) other.#inbox.push(frame);
      if (wasFull) {
        const drained = this.#drained;
        this.#drained = newSignal<void>();
        drained.resolve();
      }
    });
  }
}
