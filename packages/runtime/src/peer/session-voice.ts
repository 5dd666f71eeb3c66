/** What a session says on the control links of its connections: heartbeats, acknowledgements, credits, goodbyes. */
import type { Platform } from "../platform.ts";
import type { Codec } from "../wire/codec.ts";
import { FrameKind, HEADER_BYTES, writeHeader } from "../wire/frames.ts";
import type { ControlMessage } from "../wire/messages.ts";
import { CreditMemory } from "./credit-memory.ts";
import type { PeerPath } from "./peer-path.ts";

export interface SessionVoiceOptions {
  readonly platform: Platform;
  readonly codec: Codec;
  /** This peer's and the other's endpoint, as in headers. */
  readonly selfBytes: Uint8Array;
  readonly remoteBytes: Uint8Array;
}

export class SessionVoice {
  readonly #options: SessionVoiceOptions;
  readonly #credits = new CreditMemory();
  /** The connection in use. */
  #path: PeerPath | undefined;
  #rttMs: number | undefined;

  constructor(options: SessionVoiceOptions) {
    this.#options = options;
  }

  /** Round trip of the last heartbeat that was measured, in milliseconds. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  /** Speaks by this connection from now on, beginning with the credits that may not have arrived. */
  use(path: PeerPath | undefined): void {
    this.#path = path;
    this.#credits.rewind();
    this.#sayCredits();
  }

  say(message: ControlMessage, path: PeerPath | undefined = this.#path): void {
    if (path === undefined) return;
    const { codec, selfBytes, remoteBytes } = this.#options;
    const frame = codec.encode(message, HEADER_BYTES);
    writeHeader(frame, FrameKind.control, selfBytes, remoteBytes);
    path.sendControl(frame, this.#sayCredits);
  }

  /** @returns false when too many conversations wait for theirs to be said */
  credit(frame: Uint8Array): boolean {
    const fits = this.#credits.add(frame);
    this.#sayCredits();
    return fits;
  }

  /** Asks whether the peer is there. */
  beat(path: PeerPath, ack: number): void {
    if (path.beat() && path === this.#path) this.#credits.beat();
    this.say({ type: "beat", ack }, path);
  }

  /** A beat was answered. */
  answered(path: PeerPath): void {
    if (!path.answered() || path !== this.#path) return;
    this.#rttMs = this.#options.platform.now() - path.beatMs;
    this.#credits.answered();
  }

  readonly #sayCredits = (): void => {
    const path = this.#path;
    if (path === undefined) return;
    while (!path.controlBusy) {
      const frame = this.#credits.next();
      if (frame === undefined) return;
      path.sendControl(frame, this.#sayCredits);
    }
  };
}
