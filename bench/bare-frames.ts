/** Frames with a u32 length over a bare link: sent one by one, or gathered until the current callback ends. */
import type { BareLink } from "./bare-links.ts";

/** A batch is sent when it has grown to this. */
const BATCH_BYTES = 60_000;

export class BareFrames {
  readonly #link: BareLink;
  readonly #onFrame: (frame: Uint8Array) => void;
  #rest: Buffer = Buffer.alloc(0);
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #scheduled = false;
  /** Whether the sender should wait. */
  full = false;

  constructor(link: BareLink, onFrame: (frame: Uint8Array) => void) {
    this.#link = link;
    this.#onFrame = onFrame;
    link.onData((bytes) => this.#push(bytes));
  }

  /** One `send` a frame. */
  send(frame: Uint8Array): void {
    this.full = !this.#link.send(withLength(frame));
  }

  /** One `send` for all frames of this callback, or for 60 kB of them. */
  sendBatched(frame: Uint8Array): void {
    this.#queue.push(withLength(frame));
    this.#queuedBytes += frame.byteLength + 4;
    if (this.#queuedBytes > BATCH_BYTES) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
  }

  flush(): void {
    if (this.#queue.length === 0) return;
    const bytes = Buffer.concat(this.#queue, this.#queuedBytes);
    this.#queue = [];
    this.#queuedBytes = 0;
    this.full = !this.#link.send(bytes);
  }

  async drained(): Promise<void> {
    await this.#link.drained();
    this.full = false;
  }

  #push(part: Uint8Array): void {
    const bytes = this.#rest.byteLength === 0 ? part : Buffer.concat([this.#rest, part]);
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (view.byteLength - at >= 4) {
      const size = view.readUInt32BE(at);
      if (view.byteLength - at - 4 < size) break;
      this.#onFrame(view.subarray(at + 4, at + 4 + size));
      at += 4 + size;
    }
    this.#rest = view.subarray(at);
  }
}

function withLength(frame: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(4 + frame.byteLength);
  bytes.writeUInt32BE(frame.byteLength);
  bytes.set(frame, 4);
  return bytes;
}
