/**
 * One side of a session between two peers: numbers frames, acknowledges, drops what came twice, keeps what the other
 * side hasn't acknowledged. Pure: no I/O, no clock.
 */
import { RESEND_BUFFER_BYTES } from "../defaults.ts";
import { KIB } from "../units.ts";
import { frameAck, frameSeq, invalidFrame, setAck, setSeq } from "../wire/frames.ts";

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

  /** Number of the last frame that arrived in order. */
  get received(): number {
    return this.#received;
  }

  /** Whether the resend buffer is full: wait for acknowledgements before sending more. */
  get full(): boolean {
    return this.#keptBytes >= RESEND_BUFFER_BYTES;
  }

  /** Whether enough has come that an acknowledgement should go by itself. */
  get ackDue(): boolean {
    return this.#unacknowledgedBytes >= ACK_AFTER_BYTES;
  }

  /** Whether anything has come that hasn't been acknowledged. */
  get ackOwed(): boolean {
    return this.#unacknowledgedBytes > 0;
  }

  /** Numbers a frame, acknowledges with it, and keeps it until it is acknowledged. */
  stamp(frame: Uint8Array): void {
    this.#sent += 1;
    setSeq(frame, this.#sent);
    setAck(frame, this.#received);
    this.#unacknowledgedBytes = 0;
    this.#kept.push(frame);
    this.#keptBytes += frame.byteLength;
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
    if (this.#keptFrom === this.#kept.length) {
      this.#kept.length = 0;
      this.#keptFrom = 0;
    } else if (this.#keptFrom > 1024 && this.#keptFrom * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#keptFrom);
      this.#keptFrom = 0;
    }
  }

  /** What to send again on a new connection, when the other side has frames up to `seq`. */
  resendAfter(seq: number): readonly Uint8Array[] {
    this.acknowledge(seq);
    const frames = this.#kept.slice(this.#keptFrom);
    for (const frame of frames) setAck(frame, this.#received);
    return frames;
  }
}
