/** A link over a libp2p stream. */
import type { Stream } from "@libp2p/interface";
import { Inbox, type Signal, newSignal } from "../link/inbox.ts";
import { FrameSplitter } from "../link/frame-splitter.ts";
import { soleFrame } from "../link/spent-frames.ts";
import { errorFrom } from "../errors.ts";
import { RESEND_BUFFER_BYTES } from "../defaults.ts";
import { tuneDataChannel } from "./libp2p-data-channel.ts";
import { coalesceWindowUpdates, widenWindow } from "./libp2p-yamux.ts";
import { JOIN_PROTOCOL, type LimitedLink } from "./network.ts";

/** Larger than any pause of ours: heartbeats tell whether a peer is there, not traffic on a stream. */
const NEVER_INACTIVE_MS = 0x7fff_ffff;

/** What comes on these has a buffer made for it: by decryption, or of packets put together. */
const FRESH: ReadonlySet<string> = new Set(["tcp", "ws", "wss", "webrtc"]);

export class Libp2pLink implements LimitedLink {
  readonly transport: string;
  readonly #stream: Stream;
  readonly #inbox = new Inbox((error) => this.abort(error));
  readonly #splitter = new FrameSplitter((frame) => {
    if (FRESH.has(this.transport)) soleFrame(frame);
    this.#inbox.push(frame);
  });
  readonly #closed = newSignal<Error | undefined>();
  readonly closed: Promise<Error | undefined> = this.#closed.promise;
  #open = true;
  #drained: Signal<void> | undefined;

  constructor(stream: Stream, transport: string) {
    this.#stream = stream;
    this.transport = transport;
    stream.inactivityTimeout = NEVER_INACTIVE_MS;
    // Before a peer has joined, it gets no more than libp2p's own 256 KiB.
    if (stream.protocol !== JOIN_PROTOCOL) widenWindow(stream, RESEND_BUFFER_BYTES);
    coalesceWindowUpdates(stream);
    tuneDataChannel(stream);
    stream.addEventListener("message", ({ data }) => {
      // Not `for await`: iterating a stream was seen to queue without bound.
      if (data instanceof Uint8Array) this.#push(data);
      else for (const part of data) this.#push(part);
    });
    stream.addEventListener("drain", () => this.#release());
    stream.addEventListener("remoteCloseWrite", () => this.close());
    stream.addEventListener("close", ({ error }) => this.#end(error));
    if (stream.status !== "open") this.#end(new Error(`the stream is ${stream.status}`));
  }

  setFrameLimit(bytes: number): void {
    this.#splitter.limitBytes = bytes;
  }

  send(frame: Uint8Array): boolean {
    if (!this.#open) return true;
    try {
      return this.#stream.send(frame);
    } catch (error) {
      this.abort(errorFrom(error));
      return true;
    }
  }

  /** Not the stream's own `onDrain`: after the first time its promise stays resolved. */
  async drained(): Promise<void> {
    while (this.#open && this.#stream.writableNeedsDrain) {
      this.#drained ??= newSignal<void>();
      await this.#drained.promise;
    }
  }

  receive(onFrame: (frame: Uint8Array) => void): void {
    this.#inbox.receive(onFrame);
  }

  pause(): void {
    this.#inbox.pause();
    if (this.#open) this.#stream.pause();
  }

  resume(): void {
    this.#inbox.resume();
    if (this.#open) this.#stream.resume();
  }

  close(): void {
    if (!this.#open) return;
    this.#end(undefined);
    this.#stream.close().catch((error: unknown) => this.#stream.abort(errorFrom(error)));
  }

  abort(error: Error): void {
    if (!this.#open) return;
    this.#end(error);
    this.#inbox.clear();
    this.#stream.abort(error);
  }

  #push(chunk: Uint8Array): void {
    if (!this.#open) return;
    try {
      this.#splitter.push(chunk);
    } catch (error) {
      this.abort(errorFrom(error));
    }
  }

  #release(): void {
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.resolve();
  }

  #end(error: Error | undefined): void {
    this.#open = false;
    this.#release();
    this.#closed.resolve(error);
  }
}
