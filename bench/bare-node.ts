/** A libp2p host with nothing of ours on it, and frames on its streams: what ours is measured against. */
import { noise } from "@chainsafe/libp2p-noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { createLibp2p, type Libp2p } from "libp2p";
import type { Stream } from "@libp2p/interface";

export const ECHO_PROTOCOL = "/bench/echo/1";
export const STREAM_PROTOCOL = "/bench/stream/1";

export const bareNode = (listen: boolean): Promise<Libp2p> =>
  createLibp2p({
    addresses: { listen: listen ? ["/ip4/127.0.0.1/tcp/0"] : [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionMonitor: { enabled: false },
  });

/** Frames with a u32 length; sent one by one, or gathered until the current callback ends. */
export class BareFrames {
  readonly #stream: Stream;
  readonly #onFrame: (frame: Uint8Array) => void;
  #rest: Buffer = Buffer.alloc(0);
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #scheduled = false;

  constructor(stream: Stream, onFrame: (frame: Uint8Array) => void) {
    this.#stream = stream;
    this.#onFrame = onFrame;
    stream.addEventListener("message", ({ data }) => {
      for (const part of data instanceof Uint8Array ? [data] : data) this.#push(part);
    });
  }

  /** One `send` of the stream a frame. */
  send(frame: Uint8Array): boolean {
    return this.#stream.send(withLength(frame));
  }

  /** One `send` of the stream for all frames of this callback, or for 60 kB of them. */
  sendBatched(frame: Uint8Array): void {
    this.#queue.push(withLength(frame));
    this.#queuedBytes += frame.byteLength + 4;
    if (this.#queuedBytes > 60_000) this.flush();
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
    this.full = !this.#stream.send(bytes);
  }

  full = false;
  async drained(): Promise<void> {
    await this.#stream.onDrain();
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
