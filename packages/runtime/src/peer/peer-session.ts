/** A session with one peer over two links of a connection: control (heartbeats, credits) and messages. */
import { SkeinError, errorFrom } from "../errors.ts";
import type { Link } from "../contracts/link.ts";
import type { PeerId } from "../ids.ts";
import type { Carrier } from "../link/carrier.ts";
import { Heartbeat, type Liveness } from "../link/heartbeat.ts";
import { SessionCore } from "../link/session.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import type { Codec } from "../wire/codec.ts";
import {
  FROM_OFFSET,
  FrameKind,
  HEADER_BYTES,
  checkFrame,
  frameKind,
  invalidFrame,
  payloadOf,
  writeHeader,
} from "../wire/frames.ts";
import type { ControlMessage } from "../wire/messages.ts";
import { parseControl } from "../wire/schema.ts";

export interface PeerSessionOptions {
  readonly platform: Platform;
  readonly codec: Codec;
  readonly remote: PeerId;
  /** This peer's and the other's endpoint, as in headers. */
  readonly selfBytes: Uint8Array;
  readonly remoteBytes: Uint8Array;
  readonly control: Link;
  readonly messages: Link;
  /** Takes a frame of messages; throwing ends the session. */
  readonly onFrame: (frame: Uint8Array) => void;
  readonly onLiveness: (state: Liveness) => void;
  /** Ended: by us (undefined), by the other side, or because it is lost. */
  readonly onEnd: (error: SkeinError | undefined) => void;
}

export class PeerSession implements Carrier {
  readonly #options: PeerSessionOptions;
  readonly #core = new SessionCore();
  readonly #heartbeat: Heartbeat;
  #timer: TimerHandle = undefined;
  #state: "open" | "busy" | "closed" = "open";
  #waiting: (() => void)[] = [];
  #controlBusy = false;
  /** By conversation, the credit to tell once the control link takes it. */
  readonly #credits = new Map<string, Uint8Array>();

  constructor(options: PeerSessionOptions) {
    this.#options = options;
    const { platform, control, messages } = options;
    this.#heartbeat = new Heartbeat(platform.now());
    this.#beat();
    for (const link of [control, messages]) {
      void link.closed.then((error) => this.#end(lostError(options.remote, error)));
    }
    control.receive((frame) => this.#guard(frame, () => this.#control(frame)));
    messages.receive((frame) => this.#guard(frame, () => this.#message(frame)));
    control.resume();
    messages.resume();
  }

  get state(): "open" | "busy" | "closed" {
    return this.#state;
  }

  send(frame: Uint8Array): void {
    if (this.#state === "closed") return;
    if (frameKind(frame) === FrameKind.credit) {
      this.#sendCredit(frame);
      return;
    }
    this.#core.stamp(frame);
    const more = this.#options.messages.send(frame);
    if (!more) this.#pauseUntilDrained();
    else if (this.#core.full) this.#state = "busy";
  }

  /** While the control link is busy only the latest word of each conversation is kept: it holds the earlier ones. */
  #sendCredit(frame: Uint8Array): void {
    if (!this.#controlBusy) {
      if (!this.#options.control.send(frame)) this.#awaitControl();
      return;
    }
    const key = String.fromCharCode(...frame.subarray(FROM_OFFSET, HEADER_BYTES));
    this.#credits.delete(key);
    if (this.#credits.size < CREDITS_LIMIT) this.#credits.set(key, frame);
  }

  #awaitControl(): void {
    this.#controlBusy = true;
    const drained = (): void => {
      this.#controlBusy = false;
      const credits = [...this.#credits.values()];
      this.#credits.clear();
      if (this.#state !== "closed") for (const frame of credits) this.#sendCredit(frame);
    };
    void this.#options.control.drained().then(drained);
  }

  whenOpen(callback: () => void): void {
    if (this.#state === "open") callback();
    else if (this.#state === "busy") this.#waiting.push(callback);
  }

  /** Says goodbye and ends. Twice does nothing. */
  close(reason: string): void {
    if (this.#state === "closed") return;
    this.#say({ type: "bye", reason: reason.slice(0, 200) });
    this.#options.messages.close();
    this.#options.control.close();
    this.#end(undefined);
  }

  abort(error: SkeinError): void {
    this.#end(error);
  }

  #guard(frame: Uint8Array, run: () => void): void {
    if (this.#state === "closed") return;
    this.#heartbeat.heard(this.#options.platform.now());
    try {
      checkFrame(frame);
      run();
    } catch (error) {
      // A peer that breaks the rules of the wire is let go, not argued with.
      this.#end(errorFrom(error));
    }
  }

  #message(frame: Uint8Array): void {
    const kind = frameKind(frame);
    if (!MESSAGE_KINDS.has(kind)) throw invalidFrame(`a frame of kind ${kind} among messages`);
    const isNew = this.#core.accept(frame);
    this.#wake();
    if (isNew) this.#options.onFrame(frame);
    if (this.#core.ackDue) this.#say({ type: "ack", ack: this.#core.takeAck() });
  }

  #control(frame: Uint8Array): void {
    const kind = frameKind(frame);
    if (kind === FrameKind.credit && frame.byteLength === HEADER_BYTES) {
      this.#options.onFrame(frame);
      return;
    }
    if (kind !== FrameKind.control) throw invalidFrame(`a frame of kind ${kind} among control frames`);
    const message = parseControl(this.#options.codec.decode(payloadOf(frame)));
    if (message.type === "bye") {
      this.#end(
        new SkeinError("PEER_LOST", `peer ${this.#options.remote} left: ${message.reason}`, {
          hint: "it closed on purpose; connect again when it is back",
        }),
      );
      return;
    }
    this.#core.acknowledge(message.ack);
    this.#wake();
    if (message.type === "beat") this.#say({ type: "alive", ack: this.#core.takeAck() });
  }

  /** Acknowledgements made room in the resend buffer. */
  #wake(): void {
    if (this.#state === "busy" && !this.#core.full && !this.#draining) this.#open();
  }

  #draining = false;
  #pauseUntilDrained(): void {
    this.#state = "busy";
    if (this.#draining) return;
    this.#draining = true;
    const drained = (): void => {
      this.#draining = false;
      this.#wake();
    };
    void this.#options.messages.drained().then(drained);
  }

  #open(): void {
    this.#state = "open";
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) {
      if (this.#state === "open") callback();
      else this.whenOpen(callback);
    }
  }

  #beat(): void {
    this.#timer = this.#options.platform.startTimer(this.#heartbeat.intervalMs, () => {
      const { state, changed } = this.#heartbeat.check(this.#options.platform.now());
      if (state === "lost") {
        this.#end(
          new SkeinError("PEER_LOST", `nothing was heard of peer ${this.#options.remote} for too long`, {
            hint: "its machine or the network is gone, or the process is blocked",
          }),
        );
        return;
      }
      if (changed) this.#options.onLiveness(state);
      this.#say({ type: "beat", ack: this.#core.takeAck() });
      this.#beat();
    });
  }

  #say(message: ControlMessage): void {
    const frame = this.#options.codec.encode(message, HEADER_BYTES);
    writeHeader(frame, FrameKind.control, this.#options.selfBytes, this.#options.remoteBytes);
    this.#options.control.send(frame);
  }

  #end(error: Error | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#options.platform.stopTimer(this.#timer);
    this.#waiting = [];
    const reason = error === undefined || error instanceof SkeinError ? error : lostError(this.#options.remote, error);
    const { control, messages } = this.#options;
    if (reason !== undefined) {
      control.abort(reason);
      messages.abort(reason);
    }
    this.#options.onEnd(reason);
  }
}

/** Conversations whose credit waits for the control link. */
const CREDITS_LIMIT = 10_000;
const MESSAGE_KINDS: ReadonlySet<number> = new Set([
  FrameKind.messages,
  FrameKind.procedures,
  FrameKind.lost,
  FrameKind.ended,
]);

const lostError = (remote: PeerId, cause: Error | undefined): SkeinError =>
  new SkeinError("PEER_LOST", `the connection to peer ${remote} is gone`, {
    hint: "see peer.events for when it is back",
    ...(cause === undefined ? {} : { cause }),
  });
