/** What a person agreed to, by cluster and roles, for as long as was chosen; kept in the browser only. */
import { DAY_MS } from "@skein/runtime";
import { readSettings, type Settings } from "./settings.ts";

/** How long a consent stands: this once, 24 hours, or until it is taken back. */
export type Term = "once" | "day" | "always";

export interface Consent {
  readonly settings: Settings;
  /** Milliseconds since 1970; absent: until it is taken back. */
  readonly untilMs?: number;
}

/** What the browser keeps; it throws where the person forbids that. */
export type Keep = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Another role is another consent. */
export interface ConsentKey {
  readonly cluster: string;
  readonly roles: readonly string[];
}

/** What is kept by such a key has this in its name. */
export const consentName = ({ cluster, roles }: ConsentKey): string => `${cluster}.${roles.toSorted().join("+")}`;

const keyOf = (key: ConsentKey): string => `skein.consent.${consentName(key)}`;

export class Consents {
  readonly #keep: Keep;
  readonly #nowMs: () => number;
  readonly #cores: number;

  constructor(keep: Keep, nowMs: () => number, cores: number) {
    this.#keep = keep;
    this.#nowMs = nowMs;
    this.#cores = cores;
  }

  /** A consent that still stands. */
  find(key: ConsentKey): Consent | undefined {
    try {
      const kept: unknown = JSON.parse(this.#keep.getItem(keyOf(key)) ?? "null");
      if (typeof kept !== "object" || kept === null || !("settings" in kept)) return undefined;
      const settings = readSettings(kept.settings, this.#cores);
      const untilMs = "untilMs" in kept ? kept.untilMs : undefined;
      if (untilMs === undefined) return { settings };
      return typeof untilMs === "number" && untilMs > this.#nowMs() ? { settings, untilMs } : undefined;
    } catch {
      return undefined; // nothing may be kept here, or what was kept is none
    }
  }

  give(key: ConsentKey, settings: Settings, term: Term): void {
    if (term === "once") return this.takeBack(key);
    this.#write(key, { settings, ...(term === "day" ? { untilMs: this.#nowMs() + DAY_MS } : {}) });
  }

  /** Other choices under a consent that stands, which it does as long as before. */
  change(key: ConsentKey, settings: Settings): void {
    const before = this.find(key);
    if (before !== undefined) this.#write(key, { ...before, settings });
  }

  takeBack(key: ConsentKey): void {
    try {
      this.#keep.removeItem(keyOf(key));
    } catch {
      // Nothing may be kept, so nothing is.
    }
  }

  #write(key: ConsentKey, consent: Consent): void {
    try {
      this.#keep.setItem(keyOf(key), JSON.stringify(consent));
    } catch {
      // It is asked again next time.
    }
  }
}
