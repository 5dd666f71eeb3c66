/** What one process keeps about another it talks to: the batch under way, and the credit it gives. */
import type { Endpoint } from "../contracts/endpoint.ts";
import { Batcher, FIRST_CREDIT_BYTES, type BatcherOptions } from "../link/batcher.ts";
import type { Carrier } from "../link/carrier.ts";
import { FrameKind, HEADER_BYTES, setCredit, setEpochs, writeHeader } from "../wire/frames.ts";

export interface ConversationOptions extends Omit<BatcherOptions, "credit" | "otherEpoch"> {
  readonly with: Endpoint;
}

/** A request of another that is being answered; its signal is made only for who asks for it. */
export class Asking {
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  withdraw(reason: unknown): void {
    this.#controller?.abort(reason);
  }
}

export class Conversation {
  readonly endpoint: Endpoint;
  readonly carrier: Carrier;
  readonly batcher: Batcher;
  readonly epoch: number;
  /** Which conversation of the other with us this is; 0 while nothing came. */
  otherEpoch = 0;
  /** Roles of the other, as its last frame brought them. */
  roles = 0;
  /** Requests of the other that we are still answering, by their numbers. */
  readonly answering: Map<number, Asking> = new Map<number, Asking>();
  readonly #options: ConversationOptions;
  #consumedBytes = 0;
  #announcedBytes: number = FIRST_CREDIT_BYTES;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.endpoint = options.with;
    this.carrier = options.carrier;
    this.epoch = options.epoch;
    this.batcher = new Batcher({
      ...options,
      otherEpoch: () => this.otherEpoch,
      credit: () => this.#announce(),
    });
  }

  /** A frame from the other was handled: it may send as much more, which is said now if it can't wait for an answer. */
  consumed(bytes: number): void {
    this.#consumedBytes += bytes;
    const owed = this.#consumedBytes + FIRST_CREDIT_BYTES - this.#announcedBytes;
    if (owed < FIRST_CREDIT_BYTES / 2) return;
    if (this.carrier.state !== "open") {
      if (this.carrier.state !== "closed") this.carrier.whenOpen(() => this.consumed(0));
      return;
    }
    const frame = new Uint8Array(HEADER_BYTES);
    writeHeader(frame, FrameKind.credit, this.#options.from, this.#options.to);
    setEpochs(frame, this.epoch, this.otherEpoch);
    setCredit(frame, this.#announce());
    this.carrier.send(frame);
  }

  /** Nobody waits any more for what we are still answering. */
  end(reason: unknown): void {
    for (const asking of this.answering.values()) asking.withdraw(reason);
    this.answering.clear();
  }

  #announce(): number {
    this.#announcedBytes = this.#consumedBytes + FIRST_CREDIT_BYTES;
    return this.#announcedBytes;
  }
}
