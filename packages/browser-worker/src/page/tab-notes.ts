/** What the next load of this page in the same browser tab has to know. */
import { type ConsentKey, consentName, type Keep } from "./consent.ts";

/** In the browser tab's own storage; where nothing may be kept, no consent is either, and the next load asks. */
export class TabNotes {
  readonly #keep: Keep;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  /** Whether its owner has paused it here: then it joins again paused. */
  isPaused(key: ConsentKey): boolean {
    try {
      return this.#keep.getItem(pausedName(key)) !== null;
    } catch {
      return false;
    }
  }

  setPaused(key: ConsentKey, on: boolean): void {
    try {
      if (on) this.#keep.setItem(pausedName(key), "yes");
      else this.#keep.removeItem(pausedName(key));
    } catch {
      // The next load asks.
    }
  }
}

const pausedName = (key: ConsentKey): string => `skein.paused.${consentName(key)}`;
