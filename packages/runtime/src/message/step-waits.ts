/** Those who wait for the next value of a stream's buffer, first come first served. */
import type { NextValue, Step } from "./next-value.ts";

export const END: Step = { done: true, value: undefined };

export class StepWaits {
  readonly #waits = new Set<NextValue>();

  get size(): number {
    return this.#waits.size;
  }

  add(wait: NextValue): void {
    this.#waits.add(wait);
  }

  forget(wait: NextValue): void {
    this.#waits.delete(wait);
  }

  /** Gives a value to who has waited longest. @returns false when nobody waits */
  give(value: unknown): boolean {
    for (const wait of this.#waits) {
      this.#waits.delete(wait);
      wait.settle({ done: false, value });
      return true;
    }
    return false;
  }

  /** Nothing more comes: everybody gets the end, or the error. */
  end(error: Error | undefined): void {
    const waits = [...this.#waits];
    this.#waits.clear();
    for (const wait of waits) {
      if (error === undefined) wait.settle(END);
      else wait.fail(error);
    }
  }
}
