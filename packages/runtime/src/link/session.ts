/**
 * One side of a session between two peers: numbers frames, acknowledges, drops what came twice, keeps what the other
 * side hasn't acknowledged. Pure: no I/O, no clock.
 */
import { RESEND_BUFFER_BYTES } from "../defaults.ts";
import { KIB } from "../units.ts";
import {
  FrameFlag,
  FrameKind,
  frameAck,
  frameFlags,
  frameKind,
  frameSeq,
  invalidFrame,
  setAck,
  setSeq,
} from "../wire/frames.ts";

/** Bytes taken without an acknowledgement going back by itself; answers carry it before that in most traffic. */
export const ACK_AFTER_BYTES: number = 256 * KIB;

/** Stands for a frame that was acknowledged and let go. */
const NO_FRAME: Uint8Array = new Uint8Array(0);

export class SessionCore {
  #sent = 0;
  #acknowledged = 0;
  /** Unacknowledged frames; the first has the number `#acknowledged + 1`. */
  #kept: Uint8Array[] = [];
  #keptFrom = 0;
  #keptBytes = 0;
  #received = 0;
  #unacknowledgedBytes = 0;
  /** Number of the last frame given out by {@link SessionCore.next} since the last {@link SessionCore.rewind}. */
  #passed = 0;

  /** Whether frames were numbered that {@link SessionCore.next} has not given out. */
  get behind(): boolean {
    return this.#passed < this.#sent;
  }

  /** Number of the last frame that arrived in order. */
  get received(): number {
    return this.#received;
  }

  /** Number of the last frame that was numbered. */
  get sent(): number {
    return this.#sent;
  }

  /** Number of the last frame that the other side has said to have. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Whether the other side has everything. */
  get settled(): boolean {
    return this.#acknowledged === this.#sent;
  }

  /** Whether messages are among the frames that the other side has not said to have; answers don't count. */
  get owes(): boolean {
    for (let index = this.#keptFrom; index < this.#kept.length; index += 1) {
      const frame = this.#kept[index];
      if (frame === undefined || frameKind(frame) !== FrameKind.messages) continue;
      if ((frameFlags(frame) & FrameFlag.answers) === 0) return true;
    }
    return false;
  }

  /** Whether the resend buffer is full: wait for acknowledgements before sending more. */
  get full(): boolean {
    return this.#keptBytes >= RESEND_BUFFER_BYTES;
  }

  /** Whether enough has come that an acknowledgement should go by itself. */
  get ackDue(): boolean {
    return this.#unacknowledgedBytes >= ACK_AFTER_BYTES;
  }

  /** Numbers a frame and keeps it until it is acknowledged. {@link SessionCore.next} gives it out in its turn. */
  stamp(frame: Uint8Array): void {
    this.#sent += 1;
    setSeq(frame, this.#sent);
    this.#kept.push(frame);
    this.#keptBytes += frame.byteLength;
  }

  /** The next frame for the connection in use, with the acknowledgement of what came; `undefined` when it has all. */
  next(): Uint8Array | undefined {
    const frame = this.behind ? this.#kept[this.#keptFrom + this.#passed - this.#acknowledged] : undefined;
    if (frame === undefined) return undefined;
    this.#passed += 1;
    this.#unacknowledgedBytes = 0;
    setAck(frame, this.#received);
    return frame;
  }

  /** Another connection is in use: whatever is not acknowledged is given out again. */
  rewind(): void {
    this.#passed = this.#acknowledged;
  }

  /** The acknowledgement to send by itself. */
  takeAck(): number {
    this.#unacknowledgedBytes = 0;
    return this.#received;
  }

  /**
   * Takes a frame's number and acknowledgement.
   *
   * @returns false when the frame came before and must be dropped
   * @throws {SkeinError} `WIRE_INVALID` when frames are missing, or what was never sent is acknowledged
   */
  accept(frame: Uint8Array): boolean {
    this.acknowledge(frameAck(frame));
    const seq = frameSeq(frame);
    if (seq <= this.#received) return false;
    if (seq !== this.#received + 1) throw invalidFrame(`frame ${seq} came after ${this.#received}`);
    this.#received = seq;
    this.#unacknowledgedBytes += frame.byteLength;
    return true;
  }

  /** Frees what the other side has up to `seq`. @throws {SkeinError} `WIRE_INVALID` */
  acknowledge(seq: number): void {
    if (seq > this.#sent) throw invalidFrame(`frame ${seq} was acknowledged and never sent`);
    while (this.#acknowledged < seq) {
      this.#acknowledged += 1;
      this.#keptBytes -= this.#kept[this.#keptFrom]?.byteLength ?? 0;
      this.#kept[this.#keptFrom] = NO_FRAME;
      this.#keptFrom += 1;
    }
    if (this.#passed < this.#acknowledged) this.#passed = this.#acknowledged;
    if (this.#keptFrom === this.#kept.length) {
      this.#kept.length = 0;
      this.#keptFrom = 0;
    } else if (this.#keptFrom > 1024 && this.#keptFrom * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#keptFrom);
      this.#keptFrom = 0;
    }
  }
}
