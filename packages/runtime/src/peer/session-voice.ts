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

/** Answers that wait for room on a connection's control link: however many are asked for, these few numbers hold them. */
interface Owed {
  /** Beats to answer: the other side counts. */
  alive: number;
  /** The last acknowledgement, which holds the earlier ones. */
  ack: number | undefined;
  stay: boolean;
}

export class SessionVoice {
  readonly #options: SessionVoiceOptions;
  readonly #credits = new CreditMemory();
  readonly #owed = new WeakMap<PeerPath, Owed>();
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
    if (path === undefined || (path.controlBusy && this.#owe(path, message))) return;
    const { codec, selfBytes, remoteBytes } = this.#options;
    const frame = codec.encode(message, HEADER_BYTES);
    writeHeader(frame, FrameKind.control, selfBytes, remoteBytes);
    path.sendControl(frame, () => this.#drained(path));
  }

  /** @returns false for words that are not answers: they go all the same, since this side decides how many there are */
  #owe(path: PeerPath, message: ControlMessage): boolean {
    if (message.type !== "alive" && message.type !== "ack" && message.type !== "stay") return false;
    const owed = this.#owed.get(path) ?? { alive: 0, ack: undefined, stay: false };
    this.#owed.set(path, owed);
    owed.ack = message.ack;
    if (message.type === "alive") owed.alive += 1;
    if (message.type === "stay") owed.stay = true;
    return true;
  }

  #drained(path: PeerPath): void {
    while (!path.controlBusy) {
      const answer = this.#nextOwed(path);
      if (answer === undefined) break;
      this.say(answer, path);
    }
    this.#sayCredits();
  }

  #nextOwed(path: PeerPath): ControlMessage | undefined {
    const owed = this.#owed.get(path);
    if (owed?.ack === undefined) return undefined;
    const { ack } = owed;
    if (owed.alive > 0) {
      owed.alive -= 1;
      return { type: "alive", ack };
    }
    if (owed.stay) {
      owed.stay = false;
      return { type: "stay", ack };
    }
    owed.ack = undefined;
    return { type: "ack", ack };
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
      path.sendControl(frame, () => this.#drained(path));
    }
  };
}
