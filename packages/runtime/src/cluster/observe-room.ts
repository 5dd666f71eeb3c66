/** What fits into one word of how a place stands: a number of entries, and short texts. */
import { cut } from "../cut-text.ts";
import { OBSERVED_TEXT_LIMIT } from "../defaults.ts";

/** Counts entries, and those that found no room. */
export class Room {
  #left: number;
  readonly #of: Room | undefined;
  #more = 0;

  constructor(entries: number, of?: Room) {
    this.#left = entries;
    this.#of = of;
  }

  /** Whether there is room for one more entry: then it is taken. */
  take(): boolean {
    if (this.#left > 0 && (this.#of === undefined || this.#of.takeQuietly())) {
      this.#left -= 1;
      return true;
    }
    this.#more += 1;
    return false;
  }

  /** For the entries of one entry: what is left out of them is counted there. */
  part(entries: number = this.#left): Room {
    return new Room(entries, this);
  }

  /** How many entries were left out, where there were any. */
  more(): { readonly more?: number } {
    return this.#more === 0 ? {} : { more: this.#more };
  }

  takeQuietly(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }
}

export const cutText = (text: string): string => cut(text, OBSERVED_TEXT_LIMIT);
