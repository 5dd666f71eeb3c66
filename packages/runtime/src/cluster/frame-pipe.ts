/** A link whose frames are messages of tasks: what a pool and its worker at a job's server say to each other. */
import { type Link } from "../contracts/link.ts";
import { Deque } from "../deque.ts";
import { errorFrom, isSkeinError } from "../errors.ts";
import { FrameSplitter } from "../link/frame-splitter.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { MIB } from "../units.ts";
import { LENGTH_BYTES } from "../wire/frames.ts";

/** A frame may be a little larger than a message: it goes in pieces of this size at most. */
const PIECE_BYTES: number = 8 * MIB;

/** The other end: a task, or a run of one. */
export type PipeEnd = Pick<TaskRef<Uint8Array>, "send" | "deliver">;

export class FramePipe implements Link {
  readonly transport = "messages";
  readonly closed: Promise<Error | undefined>;
  readonly #to: PipeEnd;
  readonly #close: (error: Error | undefined) => void;
  readonly #splitter = new FrameSplitter((frame) => this.#hear(frame), LENGTH_BYTES);
  /** What waits for room at the other end. */
  readonly #waiting = new Deque<Uint8Array>();
  /** What came before it was read. */
  readonly #early: Uint8Array[] = [];
  #onFrame: ((frame: Uint8Array) => void) | undefined;
  #isOpen = true;
  /** Why it was ended. */
  #error: Error | undefined;

  constructor(to: PipeEnd) {
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.#to = to;
    this.closed = promise;
    this.#close = resolve;
  }

  send(frame: Uint8Array): boolean {
    for (let at = 0; at < frame.byteLength && this.#isOpen; at += PIECE_BYTES) {
      this.#sendPiece(frame.byteLength <= PIECE_BYTES ? frame : frame.slice(at, at + PIECE_BYTES));
    }
    return true;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  receive(onFrame: (frame: Uint8Array) => void): void {
    this.#onFrame = onFrame;
    // As from any link: not before this has returned.
    void this.#giveEarly(onFrame);
  }

  /** A message came from the other end. @throws {SkeinError} `WIRE_INVALID`, and what the pipe has ended by */
  take(piece: Uint8Array): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#isOpen) this.#splitter.push(piece);
  }

  /** Who reads takes all that comes. */
  pause(): void {}

  resume(): void {}

  close(): void {
    this.#end(undefined);
  }

  abort(error: Error): void {
    this.#end(error);
  }

  async #giveEarly(onFrame: (frame: Uint8Array) => void): Promise<void> {
    await Promise.resolve();
    try {
      for (const frame of this.#early.splice(0)) onFrame(frame);
    } catch (error) {
      this.#end(errorFrom(error));
    }
  }

  #hear(frame: Uint8Array): void {
    if (this.#onFrame === undefined || this.#early.length > 0) this.#early.push(frame);
    else this.#onFrame(frame);
  }

  #sendPiece(piece: Uint8Array): void {
    if (this.#waiting.size > 0) {
      this.#waiting.push(piece);
      return;
    }
    try {
      this.#to.send(piece);
    } catch (error) {
      if (!isSkeinError(error, "MAILBOX_FULL")) return this.#end(errorFrom(error));
      this.#waiting.push(piece);
      void this.#drain();
    }
  }

  /** The way there is full: each piece waits until the other end has it. */
  async #drain(): Promise<void> {
    try {
      for (let piece = this.#waiting.peek(); piece !== undefined; piece = this.#waiting.peek()) {
        await this.#to.deliver(piece);
        void this.#waiting.shift();
      }
    } catch (error) {
      this.#end(errorFrom(error));
    }
  }

  #end(error: Error | undefined): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#error = error;
    this.#waiting.keep(() => false);
    this.#close(error);
  }
}
