/** One connection of a session: its two links, control (heartbeats, credits, acknowledgements) and messages. */
import { type SkeinError, errorFrom } from "../errors.ts";
import type { Link } from "../contracts/link.ts";
import { GOODBYE_MS } from "../defaults.ts";
import { LATE_MS } from "../link/heartbeat.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import { checkFrame } from "../wire/frames.ts";
import type { NetworkConnection } from "./network.ts";
import type { Traffic } from "./traffic.ts";

/** A connection on which both sides have joined. */
export interface PathLinks {
  readonly connection: NetworkConnection;
  readonly control: Link;
  readonly messages: Link;
}

export interface PeerPathOptions extends PathLinks {
  readonly id: number;
  readonly platform: Platform;
  readonly traffic: Traffic;
  /** Throwing ends the session. */
  readonly onControl: (frame: Uint8Array) => void;
  readonly onMessage: (frame: Uint8Array) => void;
  /** Something came; before it is looked at. */
  readonly onHeard: () => void;
  /** A frame that breaks the rules of the wire. */
  readonly onBroken: (error: Error) => void;
  /** Whether there is no better one. */
  readonly isInUse: () => boolean;
  /** Whether the other side, too, surely has the one that takes its place. */
  readonly isReplaced: () => boolean;
  /** The connection, or one of its links, is gone. `sinceMs`: nobody closed it, but nothing came since it was asked then. */
  readonly onDropped: (sinceMs?: number) => void;
}

export class PeerPath {
  readonly id: number;
  readonly connection: NetworkConnection;
  /** When something came last, in milliseconds. */
  heardMs: number;
  /** When the beat left that was answered last, or is measured now. */
  beatMs = 0;
  /** Whether something came on it. */
  heard = false;
  readonly #options: PeerPathOptions;
  #open = true;
  /** Its session is over, and the other side has been told: it hangs up. */
  #leaving = false;
  /** Nothing has come since it was asked whether the other side is there. */
  #silent = false;
  /** Beats said and answered; and how many will have been answered when the one measured is, if any is. */
  #beats = 0;
  #answers = 0;
  #measured = 0;
  #closing: TimerHandle = undefined;
  /** Links wait for room; called back once each. */
  #messagesBusy = false;
  #controlBusy = false;

  constructor(options: PeerPathOptions) {
    const { id, platform, connection, control, messages } = options;
    this.#options = options;
    this.id = id;
    this.connection = connection;
    this.heardMs = platform.now();
    for (const { closed } of [control, messages]) void closed.then(() => this.#drop());
    void connection.closed.then(() => this.#drop());
  }

  /** Frames are handed on from now. */
  start(): void {
    const { control, messages, onControl, onMessage } = this.#options;
    control.receive((frame) => {
      // The other side may say goodbye at the same time.
      if (this.#leaving) this.#takeLast(frame, onControl);
      else this.#take(frame, onControl);
    });
    messages.receive((frame) => this.#take(frame, onMessage));
    control.resume();
    messages.resume();
  }

  /** Whether the messages link takes no more for now. */
  get busy(): boolean {
    return this.#messagesBusy;
  }

  get controlBusy(): boolean {
    return this.#controlBusy;
  }

  /** `onDrained` is called once there is room again, when there is none after this. */
  send(frame: Uint8Array, onDrained: () => void): void {
    const { messages, traffic } = this.#options;
    if (!this.#open) return;
    traffic.out(frame.byteLength);
    if (messages.send(frame) || this.#messagesBusy) return;
    this.#messagesBusy = true;
    const drained = (): void => {
      this.#messagesBusy = false;
      if (this.#open) onDrained();
    };
    void messages.drained().then(drained);
  }

  sendControl(frame: Uint8Array, onDrained: () => void): void {
    const { control, traffic } = this.#options;
    if (!this.#open) return;
    traffic.out(frame.byteLength);
    if (control.send(frame) || this.#controlBusy) return;
    this.#controlBusy = true;
    const drained = (): void => {
      this.#controlBusy = false;
      if (this.#open) onDrained();
    };
    void control.drained().then(drained);
  }

  /** A beat leaves. @returns whether its answer will be looked for: one at a time is */
  beat(): boolean {
    this.#beats += 1;
    if (this.#measured !== 0) return false;
    this.#measured = this.#beats;
    this.beatMs = this.#options.platform.now();
    return true;
  }

  /** A beat was answered. @returns whether it is the one looked for: all that was said before it has arrived */
  answered(): boolean {
    this.#answers += 1;
    if (this.#measured === 0 || this.#answers < this.#measured) return false;
    this.#measured = 0;
    return true;
  }

  /**
   * A goodbye was said: the other side ends the connection once it has heard it, so that nothing cuts it off on its way.
   * This side does when it doesn't. No `onDropped` follows.
   */
  leave(): void {
    if (!this.#open) return;
    this.#stop();
    this.#leaving = true;
    const { platform, connection } = this.#options;
    const timer = platform.startTimer(GOODBYE_MS, () => connection.close());
    void connection.closed.then(() => platform.stopTimer(timer));
  }

  /** Ends the connection; what was sent before may still arrive. No `onDropped` follows. */
  #close(): void {
    this.#stop();
    const { platform, messages, control, connection } = this.#options;
    messages.close();
    control.close();
    platform.startTimer(CLOSE_LINGER_MS, () => connection.close());
  }

  /** Ends it at once. No `onDropped` follows. */
  abort(error: SkeinError): void {
    if (!this.#open) return;
    this.#stop();
    const { messages, control, connection } = this.#options;
    control.abort(error);
    messages.abort(error);
    connection.close();
  }

  /** Asks whether the other side is there, and drops it unless something comes on it soon. */
  probe(ask: () => void): void {
    const { platform } = this.#options;
    const dueMs = platform.now() + PROBE_MS;
    this.#silent = true;
    ask();
    platform.startTimer(PROBE_MS, () => {
      if (!this.#silent || !this.#open) return;
      const nowMs = platform.now();
      // We were blocked: the answer may wait to be read.
      if (nowMs - dueMs > LATE_MS) this.probe(ask);
      else this.#drop(nowMs - PROBE_MS);
    });
  }

  /** Both sides have said goodbye. */
  hangUp(): void {
    this.#options.connection.close();
  }

  /** Ends it after a while, as if it had dropped. */
  closeSoon(): void {
    this.#closing ??= this.#options.platform.startTimer(SUPERSEDED_MS, () => {
      this.#closing = undefined;
      if (!this.#open || this.#options.isInUse()) return;
      if (!this.#options.isReplaced()) return this.closeSoon();
      this.#close();
      this.#options.onDropped();
    });
  }

  #take(frame: Uint8Array, take: (frame: Uint8Array) => void): void {
    if (!this.#open) return;
    this.heard = true;
    this.#silent = false;
    this.heardMs = this.#options.platform.now();
    this.#options.traffic.in(frame.byteLength);
    this.#options.onHeard();
    try {
      checkFrame(frame);
      take(frame);
    } catch (error) {
      this.#options.onBroken(errorFrom(error));
    }
  }

  #takeLast(frame: Uint8Array, take: (frame: Uint8Array) => void): void {
    try {
      checkFrame(frame);
      take(frame);
    } catch {
      this.hangUp();
    }
  }

  #drop(sinceMs?: number): void {
    if (!this.#open) return;
    this.#stop();
    // One link that is gone takes the rest with it.
    this.#options.connection.close();
    this.#options.onDropped(sinceMs);
  }

  #stop(): void {
    this.#open = false;
    if (this.#closing !== undefined) this.#options.platform.stopTimer(this.#closing);
  }
}

/** How long the answer to a beat may take where another connection to the same peer has just gone. */
const PROBE_MS = 3000;
/** How long a connection stays that is no longer used, so that what was said on it arrives. */
const CLOSE_LINGER_MS = 100;
/** How long a connection stays that another takes the place of: both sides have joined on that one by then. */
const SUPERSEDED_MS = 1000;
