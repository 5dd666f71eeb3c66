/** A data channel as browsers have it, over werift's. */
import type { RTCDataChannel as WeriftChannel } from "werift";
import { EventSource } from "./event-source.ts";

type Handler = ((event: Event) => void) | null;

export class RTCDataChannel extends EventSource {
  binaryType = "arraybuffer";
  onopen: Handler = null;
  onclose: Handler = null;
  onclosing: Handler = null;
  onmessage: Handler = null;
  onerror: Handler = null;
  onbufferedamountlow: Handler = null;
  readonly #channel: WeriftChannel;

  constructor(channel: WeriftChannel) {
    super();
    this.#channel = channel;
    channel.stateChanged.subscribe((state) => {
      if (state === "open") this.tell("open");
      else if (state === "closed") this.tell("close");
    });
    channel.onMessage.subscribe((message) => {
      this.tell("message", { data: typeof message === "string" ? message : wholeBuffer(message) });
    });
    channel.bufferedAmountLow.subscribe(() => this.tell("bufferedamountlow"));
    channel.error.subscribe((error) => this.tell("error", { error }));
  }

  get id(): number | null {
    return this.#channel.id ?? null;
  }

  get label(): string {
    return this.#channel.label;
  }

  get protocol(): string {
    return this.#channel.protocol;
  }

  get ordered(): boolean {
    return this.#channel.ordered;
  }

  get readyState(): string {
    return this.#channel.readyState;
  }

  get bufferedAmount(): number {
    return this.#channel.bufferedAmount;
  }

  get bufferedAmountLowThreshold(): number {
    return this.#channel.bufferedAmountLowThreshold;
  }

  set bufferedAmountLowThreshold(bytes: number) {
    this.#channel.bufferedAmountLowThreshold = bytes;
  }

  /** Copies: the caller may use its buffer again, and werift sends it later. */
  send(data: string | ArrayBuffer | Uint8Array): void {
    if (this.readyState !== "open") throw new DOMException("the data channel is not open", "InvalidStateError");
    if (typeof data === "string") this.#channel.send(data);
    else this.#channel.send(Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data));
  }

  close(): void {
    this.#channel.close();
  }
}

/** libp2p takes nothing but an `ArrayBuffer`, and all of it. */
function wholeBuffer({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  // werift's buffers are Node's, which share no memory between threads.
  const whole = buffer as ArrayBuffer;
  if (byteOffset === 0 && byteLength === whole.byteLength) return whole;
  return whole.slice(byteOffset, byteOffset + byteLength);
}
