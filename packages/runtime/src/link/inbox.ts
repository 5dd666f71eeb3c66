/** Frames that arrived before somebody takes them, or while a link is paused: the shared part of every link. */
import { SkeinError } from "../errors.ts";
import { MIB } from "../units.ts";

/** Bytes a link holds for a receiver that isn't there yet or has paused; past that the link is aborted. */
export const LINK_INBOX_LIMIT_BYTES: number = 32 * MIB;

export class Inbox {
  #take: ((frame: Uint8Array) => void) | undefined;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #paused = false;
  readonly #onOverflow: (error: SkeinError) => void;

  constructor(onOverflow: (error: SkeinError) => void) {
    this.#onOverflow = onOverflow;
  }

  get paused(): boolean {
    return this.#paused;
  }

  receive(take: (frame: Uint8Array) => void): void {
    this.#take = take;
    this.#release();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#release();
  }

  push(frame: Uint8Array): void {
    if (this.#take !== undefined && !this.#paused && this.#held.length === 0) {
      this.#take(frame);
      return;
    }
    this.#held.push(frame);
    this.#heldBytes += frame.byteLength;
    if (this.#heldBytes <= LINK_INBOX_LIMIT_BYTES) return;
    this.clear();
    this.#onOverflow(
      new SkeinError("LINK_OVERLOADED", "a link's receiver took nothing while frames kept coming", {
        hint: "the process is blocked or paused; see what it computes",
      }),
    );
  }

  clear(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  #release(): void {
    while (this.#take !== undefined && !this.#paused) {
      const frame = this.#held.shift();
      if (frame === undefined) return;
      this.#heldBytes -= frame.byteLength;
      this.#take(frame);
    }
  }
}

/** A promise to resolve from outside, for `closed` and `drained`. */
export interface Signal<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function newSignal<T>(): Signal<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
