/** Why a tab takes no new work: its owner said so, it runs on battery, or nobody sees it. */

/** What pauses a tab by itself. Default: nothing. */
export interface PauseWhen {
  /** While the device runs on its battery, where the browser tells that (Chromium). */
  readonly onBattery?: boolean;
  /** While the page is hidden. */
  readonly hidden?: boolean;
}

export type PauseReason = "owner" | "battery" | "hidden";

export class Pauses {
  readonly #hold: (on: boolean) => void;
  readonly #now = new Set<PauseReason>();
  #when: PauseWhen;
  #holding = false;

  /** `hold` is called when it pauses, and when it goes on. */
  constructor(when: PauseWhen, hold: (on: boolean) => void) {
    this.#when = when;
    this.#hold = hold;
  }

  /** What pauses it now. */
  get reasons(): readonly PauseReason[] {
    return [...this.#now].filter((reason) => this.#counts(reason)).toSorted();
  }

  when(when: PauseWhen): void {
    this.#when = { ...this.#when, ...when };
    this.#look();
  }

  set(reason: PauseReason, on: boolean): void {
    if (on) this.#now.add(reason);
    else this.#now.delete(reason);
    this.#look();
  }

  #counts(reason: PauseReason): boolean {
    if (reason === "owner") return true;
    return reason === "battery" ? this.#when.onBattery === true : this.#when.hidden === true;
  }

  #look(): void {
    const holding = this.reasons.length > 0;
    if (holding === this.#holding) return;
    this.#holding = holding;
    this.#hold(holding);
  }
}
