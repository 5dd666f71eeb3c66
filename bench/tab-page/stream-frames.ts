/** Frames with a u32 length over a bare libp2p stream, in Node and in browsers. */
import type { Stream } from "@libp2p/interface";

export class StreamFrames {
  readonly #stream: Stream;
  readonly #onFrame: (frame: Uint8Array) => void;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: Stream, onFrame: (frame: Uint8Array) => void) {
    this.#stream = stream;
    this.#onFrame = onFrame;
    stream.addEventListener("message", ({ data }) => {
      for (const part of data instanceof Uint8Array ? [data] : data) this.#push(part);
    });
  }

  /** @returns false when the caller should wait for `drained` before sending more */
  send(frame: Uint8Array): boolean {
    const bytes = new Uint8Array(4 + frame.byteLength);
    new DataView(bytes.buffer).setUint32(0, frame.byteLength);
    bytes.set(frame, 4);
    return this.#stream.send(bytes);
  }

  async drained(): Promise<void> {
    if (this.#stream.writableNeedsDrain) {
      await new Promise((resolve) => this.#stream.addEventListener("drain", resolve, { once: true }));
    }
  }

  #push(part: Uint8Array): void {
    let bytes = part;
    if (this.#rest.byteLength > 0) {
      bytes = new Uint8Array(this.#rest.byteLength + part.byteLength);
      bytes.set(this.#rest);
      bytes.set(part, this.#rest.byteLength);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (bytes.byteLength - at >= 4) {
      const size = view.getUint32(at);
      if (bytes.byteLength - at - 4 < size) break;
      this.#onFrame(bytes.subarray(at + 4, at + 4 + size));
      at += 4 + size;
    }
    this.#rest = bytes.subarray(at);
  }
}
