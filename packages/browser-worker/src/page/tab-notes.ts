/** What the next load of this page in the same browser tab has to know. */
import { MINUTE_MS } from "@skein/runtime";
import { type ConsentKey, consentName, type Keep } from "./consent.ts";
import { readSettings, type Settings } from "./settings.ts";

/** For how long the page may take to load itself. */
const RELOAD_MS: number = MINUTE_MS;

/** In the browser tab's own storage; where nothing may be kept, no consent is either, and the next load asks. */
export class TabNotes {
  readonly #keep: Keep;
  readonly #nowMs: () => number;
  readonly #cores: number;

  constructor(keep: Keep, nowMs: () => number, cores: number) {
    this.#keep = keep;
    this.#nowMs = nowMs;
    this.#cores = cores;
  }

  /** The page loads itself: what was agreed to for this once goes on after it. */
  carry(key: ConsentKey, settings: Settings): void {
    try {
      this.#keep.setItem(carriedName(key), JSON.stringify({ settings, untilMs: this.#nowMs() + RELOAD_MS }));
    } catch {
      // The next load asks.
    }
  }

  /** What was carried over just now; only once. */
  carried(key: ConsentKey): Settings | undefined {
    try {
      const kept: unknown = JSON.parse(this.#keep.getItem(carriedName(key)) ?? "null");
      this.#keep.removeItem(carriedName(key));
      if (typeof kept !== "object" || kept === null || !("settings" in kept) || !("untilMs" in kept)) return undefined;
      const { settings, untilMs } = kept;
      return typeof untilMs === "number" && untilMs > this.#nowMs() ? readSettings(settings, this.#cores) : undefined;
    } catch {
      return undefined;
    }
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

const carriedName = (key: ConsentKey): string => `skein.once.${consentName(key)}`;
const pausedName = (key: ConsentKey): string => `skein.paused.${consentName(key)}`;
