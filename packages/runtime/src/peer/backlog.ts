/** Frames on their way through a host, in order, while the next link is busy; counted by who sent them. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import type { PeerId } from "../ids.ts";
import type { Carrier } from "../link/carrier.ts";
import { BULK_READERS_AT_ONCE, BULK_VALUES_AT_ONCE, BULK_WINDOW_BYTES, LINK_CREDIT_MOST_BYTES } from "../defaults.ts";
import { MIB } from "../units.ts";
import { toServer } from "../wire/frames.ts";

/** Bytes of one endpoint held for another: its credit, the frame that may go past it (larger values go by bulk), and what needs no credit. */
export const SOURCE_LIMIT_BYTES: number = LINK_CREDIT_MOST_BYTES + 2 * MIB;
/** The same of bulk: what its receiver may have asked for. */
export const BULK_SOURCE_LIMIT_BYTES: number =
  (BULK_VALUES_AT_ONCE + BULK_READERS_AT_ONCE) * BULK_WINDOW_BYTES + 8 * MIB;
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
  readonly #sourceLimitBytes: number;
  #whenEmpty: (() => void)[] = [];

  constructor(carrier: Carrier, self: PeerId, sourceLimitBytes: number = SOURCE_LIMIT_BYTES) {
    this.#sourceLimitBytes = sourceLimitBytes;
    this.#carrier = carrier;
    this.#self = self;
  }

  get empty(): boolean {
    return this.#frames.length === 0;
  }

  /** Calls back once nothing is held any more. */
  whenEmpty(callback: () => void): void {
    if (this.empty) callback();
    else this.#whenEmpty.push(callback);
  }

  /** `from` is absent for words of the host itself. @returns whose limit is reached, when the frame was dropped */
  send(frame: Uint8Array, from?: Endpoint): Overflow | undefined {
    if (this.#frames.length === 0 && this.#carrier.state === "open") {
      this.#carrier.send(frame);
      return undefined;
    }
    if (this.#carrier.state === "closed") return undefined;
    const size = frame.byteLength;
    if (this.#held(pairKey(frame, from)) + size > this.#sourceLimitBytes) return "endpoint";
    const foreign = from !== undefined && from.peer !== this.#self;
    if (foreign && this.#held(from.peer) + size > FORWARD_LIMIT_BYTES) return "peer";
    this.#count(frame, from, size);
    this.#frames.push({ frame, from });
    if (this.#frames.length === 1) this.#carrier.whenOpen(() => this.#flush());
    return undefined;
  }

  #held(key: string): number {
    return this.#bytes.get(key) ?? 0;
  }

  #count(frame: Uint8Array, from: Endpoint | undefined, size: number): void {
    const keys = from === undefined ? [""] : [pairKey(frame, from), from.peer];
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
        this.#count(held.frame, held.from, -held.frame.byteLength);
        this.#carrier.send(held.frame);
      }
      sent += 1;
    }
    this.#frames.splice(0, sent);
    if (this.#frames.length > 0) this.#carrier.whenOpen(() => this.#flush());
    else {
      const waiting = this.#whenEmpty;
      this.#whenEmpty = [];
      for (const callback of waiting) this.whenEmpty(callback);
    }
  }
}

/** The same carrier for what may wait: it takes nothing while a backlog goes before it. */
export class BehindBacklog implements Carrier {
  readonly #carrier: Carrier;
  readonly #backlog: Backlog;

  constructor(carrier: Carrier, backlog: Backlog) {
    this.#carrier = carrier;
    this.#backlog = backlog;
  }

  get state(): Carrier["state"] {
    const { state } = this.#carrier;
    return state === "open" && !this.#backlog.empty ? "busy" : state;
  }

  send(frame: Uint8Array): void {
    this.#carrier.send(frame);
  }

  whenOpen(callback: () => void): void {
    this.#carrier.whenOpen(() =>
      this.#backlog.whenEmpty(() => {
        if (this.#carrier.state === "open") callback();
        else this.whenOpen(callback);
      }),
    );
  }
}

/** One sender and the one it is for, at the place that all these frames go to. */
const pairKey = (frame: Uint8Array, from: Endpoint | undefined): string =>
  from === undefined ? "" : `${endpointKey(from)} ${toServer(frame)}`;
