/** A link over a wire each way: frames arrive whole and in order, after the wire's latency. */
import { LINK_CREDIT_BYTES } from "../../defaults.ts";
import { Inbox, newSignal } from "../../link/inbox.ts";
import type { LimitedLink } from "../../peer/network.ts";
import { FrameKind, frameKind, frameSeq } from "../../wire/frames.ts";
import type { Wire } from "./wire.ts";

export class SimLink implements LimitedLink {
  readonly transport = "memory";
  readonly #wire: Wire;
  readonly #inbox = new Inbox((error) => this.abort(error));
  readonly #closed = newSignal<Error | undefined>();
  readonly closed: Promise<Error | undefined> = this.#closed.promise;
  #other: SimLink | undefined;
  #open = true;
  #unreadBytes = 0;
  #full = false;
  #limitBytes = Number.POSITIVE_INFINITY;
  #drained = newSignal<void>();

  /** `wire` leads away from this end. */
  constructor(wire: Wire) {
    this.#wire = wire;
  }

  join(other: SimLink): void {
    this.#other = other;
    other.#other = this;
  }

  send(frame: Uint8Array): boolean {
    const other = this.#other;
    if (!this.#open || other === undefined) return true;
    this.#unreadBytes += frame.byteLength;
    // What is sent is what it is now: its sender may number it anew for another connection, the receiver may mark it.
    const sent = frame.slice();
    this.#wire.send(nameOf(frame), () => other.#arrive(sent));
    if (this.#unreadBytes >= LINK_CREDIT_BYTES) this.#full = true;
    return !this.#full;
  }

  async drained(): Promise<void> {
    if (this.#open && this.#full) await this.#drained.promise;
  }

  receive(onFrame: (frame: Uint8Array) => void): void {
    this.#inbox.receive((frame) => {
      const other = this.#other;
      if (other !== undefined) other.#read(frame.byteLength, this.#wire);
      onFrame(frame);
    });
  }

  pause(): void {
    this.#inbox.pause();
  }

  resume(): void {
    this.#inbox.resume();
  }

  setFrameLimit(bytes: number): void {
    this.#limitBytes = bytes;
  }

  close(): void {
    this.#tell("close", undefined);
  }

  abort(error: Error): void {
    this.#tell("abort", error);
  }

  /** The connection is gone, or the other end has ended. */
  end(error: Error | undefined): void {
    if (!this.#open) return;
    this.#open = false;
    this.#drained.resolve();
    this.#closed.resolve(error);
  }

  #tell(what: string, error: Error | undefined): void {
    if (!this.#open) return;
    const other = this.#other;
    const reason = error === undefined ? undefined : new Error("the other side reset the stream");
    this.#wire.send(what, () => other?.end(reason));
    this.end(error);
  }

  #arrive(frame: Uint8Array): void {
    if (!this.#open) return;
    if (frame.byteLength > this.#limitBytes) {
      this.abort(new Error(`a frame of ${frame.byteLength} bytes, where ${this.#limitBytes} are allowed`));
      return;
    }
    this.#inbox.push(frame);
  }

  /** The other end took bytes; word of it comes back over its wire when this end waits for it. */
  #read(bytes: number, back: Wire): void {
    this.#unreadBytes -= bytes;
    if (!this.#full || this.#unreadBytes >= LINK_CREDIT_BYTES / 2) return;
    back.send("window", () => {
      if (this.#unreadBytes >= LINK_CREDIT_BYTES) return;
      this.#full = false;
      const drained = this.#drained;
      this.#drained = newSignal<void>();
      drained.resolve();
    });
  }
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(FrameKind).map(([name, kind]) => [kind, name]));

/** For the trace: what a frame is. Its size is left out: a stack in an error has another one in another engine. */
function nameOf(frame: Uint8Array): string {
  const seq = frameSeq(frame);
  return `${NAMES.get(frameKind(frame)) ?? "frame"}${seq === 0 ? "" : `#${seq}`}`;
}
