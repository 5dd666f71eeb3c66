/**
 * The credits a session has said on its control link, until the other side has surely got them. They are not numbered as
 * frames are: one that goes down with a connection is said again on the next, or its conversation would wait for ever.
 */
import { FROM_OFFSET, HEADER_BYTES } from "../wire/frames.ts";

/** Conversations whose credit is remembered; one more ends the session. */
export const CREDITS_LIMIT = 20_000;

export class CreditMemory {
  /** Of each conversation the latest word, which holds the earlier ones. */
  #recent = new Map<string, Uint8Array>();
  /** Said before the last beat that has not been answered. */
  #before = new Map<string, Uint8Array>();
  #unsaid = new Set<string>();
  #beating = false;

  /** @returns false when there are too many */
  add(frame: Uint8Array): boolean {
    const key = String.fromCharCode(...frame.subarray(FROM_OFFSET, HEADER_BYTES));
    this.#before.delete(key);
    this.#recent.delete(key);
    this.#recent.set(key, frame);
    this.#unsaid.delete(key);
    this.#unsaid.add(key);
    return this.#recent.size + this.#before.size <= CREDITS_LIMIT;
  }

  /** The next one to say; `undefined` when all are said. */
  next(): Uint8Array | undefined {
    for (const key of this.#unsaid) {
      this.#unsaid.delete(key);
      const frame = this.#recent.get(key) ?? this.#before.get(key);
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  /** A beat leaves on the connection in use: its answer will prove that what was said before it arrived. */
  beat(): void {
    if (this.#beating || this.#unsaid.size > 0) return;
    this.#beating = true;
    this.#before = this.#recent;
    this.#recent = new Map();
  }

  /** The beat was answered, on the connection in use. */
  answered(): void {
    if (!this.#beating) return;
    this.#beating = false;
    this.#before = new Map();
  }

  /** Another connection is in use: all that is not known to have arrived is said again. */
  rewind(): void {
    this.#beating = false;
    const all = [...this.#before, ...this.#recent];
    this.#recent = new Map(all);
    this.#before = new Map();
    this.#unsaid = new Set(this.#recent.keys());
  }
}
