/** One stream of a session that carries bulk: its frames are numbered and kept, so that none is lost with a connection. */
import type { Link } from "../contracts/link.ts";
import { errorFrom } from "../errors.ts";
import { SessionCore } from "../link/session.ts";
import {
  FrameKind,
  HEADER_BYTES,
  checkFrame,
  frameAck,
  frameKind,
  frameSeq,
  invalidFrame,
  payloadOf,
  setAck,
  writeHeader,
} from "../wire/frames.ts";
import { checkBulk, isLast } from "./bulk-words.ts";
import type { Traffic } from "./traffic.ts";

export interface BulkLaneOptions {
  /** Which of its opener's streams this is. */
  readonly index: number;
  readonly traffic: Traffic;
  readonly selfBytes: Uint8Array;
  readonly remoteBytes: Uint8Array;
  readonly onFrame: (frame: Uint8Array) => void;
  /** The other side has this frame of ours, and its bytes are nobody's any more. */
  readonly onArrived: (frame: Uint8Array) => void;
  /** It takes frames again. */
  readonly onOpen: () => void;
  /** The link is gone, or broke the rules of the wire (then with the error). */
  readonly onGone: (error: Error | undefined) => void;
}

export class BulkLane {
  readonly #options: BulkLaneOptions;
  readonly #core = new SessionCore();
  #link: Link | undefined;
  /** Whether the other side has said what it has, so that what follows can be sent. */
  #ready = false;
  #draining = false;
  /** Number of the last frame that ended a transfer. */
  #lastEnd = 0;
  /** Frames that the other side has not said to have, where what leaves is a copy of them. */
  #underWay: Uint8Array[] = [];

  constructor(options: BulkLaneOptions) {
    this.#options = options;
  }

  get linked(): boolean {
    return this.#link !== undefined;
  }

  /** Whether it is better to wait before more is sent. */
  get busy(): boolean {
    return !this.#ready || this.#draining || this.#core.full;
  }

  /** Whether the other side has all of each transfer that was sent to its end. */
  get settled(): boolean {
    return this.#core.acknowledged >= this.#lastEnd;
  }

  /** Always taken: what can't leave now is kept and goes when the stream is there. */
  send(frame: Uint8Array): void {
    this.#core.stamp(frame);
    if (isLast(frame)) this.#lastEnd = this.#core.sent;
    this.#underWay.push(frame);
    if (this.#ready) this.#pump();
  }

  /**
   * The stream, new or in place of one that is gone. Each side says what it has; then goes what the other has not.
   * `first` is the other's first word, where it came already.
   */
  attach(link: Link, first?: Uint8Array): void {
    const before = this.#link;
    this.#link = link;
    this.#ready = false;
    this.#draining = false;
    before?.abort(new Error("another stream took its place"));
    void link.closed.then((error) => this.#gone(link, error));
    this.#say(link, 1);
    if (first !== undefined) this.#guard(link, first);
    link.receive((frame) => {
      if (this.#link === link) this.#guard(link, frame);
    });
  }

  /** Stops, without a word: the session is over. */
  close(): void {
    const link = this.#link;
    this.#link = undefined;
    this.#ready = false;
    link?.close();
  }

  #guard(link: Link, frame: Uint8Array): void {
    try {
      checkFrame(frame);
      this.#take(link, frame);
    } catch (error) {
      this.#link = undefined;
      this.#ready = false;
      link.abort(errorFrom(error));
      this.#options.onGone(errorFrom(error));
    }
  }

  #take(link: Link, frame: Uint8Array): void {
    this.#options.traffic.in(frame.byteLength);
    const kind = frameKind(frame);
    if (kind === FrameKind.bulk) {
      checkBulk(frame);
      const isNew = this.#core.accept(frame);
      if (isNew) this.#options.onFrame(frame);
      // Of a transfer that is over nothing else would say that it has come.
      if (this.#core.ackDue || isLast(frame)) this.#say(link, 0);
    } else if (kind !== FrameKind.control) throw invalidFrame(`a frame of kind ${kind} among bulk`);
    else if (payloadOf(frame).byteLength === 0) this.#core.acknowledge(frameAck(frame));
    else if (!this.#ready) {
      this.#core.acknowledge(frameAck(frame));
      this.#core.rewind();
      this.#ready = true;
      this.#pump();
    }
    this.#arrived(link, frameAck(frame));
    if (!this.busy) this.#options.onOpen();
  }

  #arrived(link: Link, seq: number): void {
    let count = 0;
    for (const frame of this.#underWay) {
      if (frameSeq(frame) > seq) break;
      count += 1;
      if (ENCRYPTED.has(link.transport)) this.#options.onArrived(frame);
    }
    if (count > 0) this.#underWay.splice(0, count);
  }

  /** The first word on a stream (a byte: which one it is), or an acknowledgement (nothing but its header). */
  #say(link: Link, bytes: 0 | 1): void {
    const { selfBytes, remoteBytes, index, traffic } = this.#options;
    const frame = new Uint8Array(HEADER_BYTES + bytes);
    writeHeader(frame, FrameKind.control, selfBytes, remoteBytes);
    if (bytes === 1) frame[HEADER_BYTES] = index;
    setAck(frame, this.#core.takeAck());
    traffic.out(frame.byteLength);
    link.send(frame);
  }

  #pump(): void {
    const link = this.#link;
    if (link === undefined) return;
    while (!this.#draining) {
      const frame = this.#core.next();
      if (frame === undefined) return;
      this.#options.traffic.out(frame.byteLength);
      if (!link.send(frame)) this.#awaitDrain(link);
    }
  }

  #awaitDrain(link: Link): void {
    this.#draining = true;
    const drained = (): void => {
      if (this.#link !== link) return;
      this.#draining = false;
      this.#pump();
      if (!this.busy) this.#options.onOpen();
    };
    void link.drained().then(drained);
  }

  #gone(link: Link, error: Error | undefined): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#ready = false;
    this.#options.onGone(error);
  }
}

/** What leaves on these is another buffer; in memory the receiver holds the frame itself. */
const ENCRYPTED: ReadonlySet<string> = new Set(["tcp", "ws", "wss", "webrtc"]);

/** Which of its opener's streams a link says it is, by its first frame. @throws {SkeinError} `WIRE_INVALID` */
export function laneOf(frame: Uint8Array, lanes: number): number {
  checkFrame(frame);
  const index = frame[HEADER_BYTES] ?? lanes;
  if (frameKind(frame) !== FrameKind.control || frame.byteLength !== HEADER_BYTES + 1 || index >= lanes) {
    throw invalidFrame("a stream of bulk doesn't say which it is");
  }
  return index;
}
