/** Frames on their way through a host, in order, while the next link is busy; counted by who sent them. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import type { PeerId } from "../ids.ts";
import type { Carrier } from "../link/carrier.ts";
import { FIRST_CREDIT_BYTES } from "../link/batcher.ts";
import { MIB } from "../units.ts";
import { FRAME_LIMIT_BYTES } from "../wire/frames.ts";

/** Bytes of one endpoint held for one place: its credit, the frame that may go past it, and what needs no credit. */
export const SOURCE_LIMIT_BYTES: number = FIRST_CREDIT_BYTES + FRAME_LIMIT_BYTES + MIB;
/** Bytes of one peer with all its server processes, held for one place. */
export const FORWARD_LIMIT_BYTES: number = 128 * MIB;

/** Whose share is used up; the frame was dropped. */
export type Overflow = "endpoint" | "peer";

interface Held {
  readonly frame: Uint8Array;
  readonly from: Endpoint | undefined;
}

export class Backlog {
  readonly #carrier: Carrier;
  /** Its own server processes are bounded by their number, so the peer of this host has no limit as a whole. */
  readonly #self: PeerId;
  #frames: Held[] = [];
  readonly #bytes = new Map<string, number>();

  constructor(carrier: Carrier, self: PeerId) {
    this.#carrier = carrier;
    this.#self = self;
  }

  /** `from` is absent for words of the host itself. @returns whose limit is reached, when the frame was dropped */
  send(frame: Uint8Array, from?: Endpoint): Overflow | undefined {
    if (this.#frames.length === 0 && this.#carrier.state === "open") {
      this.#carrier.send(frame);
      return undefined;
    }
    if (this.#carrier.state === "closed") return undefined;
    const size = frame.byteLength;
    if (this.#held(from === undefined ? "" : endpointKey(from)) + size > SOURCE_LIMIT_BYTES) return "endpoint";
    const foreign = from !== undefined && from.peer !== this.#self;
    if (foreign && this.#held(from.peer) + size > FORWARD_LIMIT_BYTES) return "peer";
    this.#count(from, size);
    this.#frames.push({ frame, from });
    if (this.#frames.length === 1) this.#carrier.whenOpen(() => this.#flush());
    return undefined;
  }

  #held(key: string): number {
    return this.#bytes.get(key) ?? 0;
  }

  #count(from: Endpoint | undefined, size: number): void {
    const keys = from === undefined ? [""] : [endpointKey(from), from.peer];
    for (const key of keys) {
      const bytes = this.#held(key) + size;
      if (bytes > 0) this.#bytes.set(key, bytes);
      else this.#bytes.delete(key);
    }
  }

  #flush(): void {
    let sent = 0;
    while (sent < this.#frames.length && this.#carrier.state === "open") {
      const held = this.#frames[sent];
      if (held !== undefined) {
        this.#count(held.from, -held.frame.byteLength);
        this.#carrier.send(held.frame);
      }
      sent += 1;
    }
    this.#frames.splice(0, sent);
    if (this.#frames.length > 0) this.#carrier.whenOpen(() => this.#flush());
  }
}
