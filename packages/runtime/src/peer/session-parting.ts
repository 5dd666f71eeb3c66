/**
 * Ends a session that neither side uses without losing anything: whoever asks sends nothing more until the other has
 * answered, and the other ends it only when all has arrived both ways and nothing of its own waits.
 */
import type { Platform, TimerHandle } from "../platform.ts";

/** How long to send nothing while the other side doesn't answer. */
const ANSWER_TIMEOUT_MS = 5000;

export interface SessionPartingOptions {
  readonly platform: Pick<Platform, "startTimer" | "stopTimer">;
  /** Whether all that was sent has arrived, and nothing waits to be sent. */
  readonly isSettled: () => boolean;
  /** Whether anything here wants the session. */
  readonly mayPart: () => boolean;
  readonly say: (word: "part" | "stay") => void;
  /** Ends the session as idle. */
  readonly end: () => void;
  /** What waited while nothing was sent may go. */
  readonly released: () => void;
}

export class SessionParting {
  readonly #options: SessionPartingOptions;
  #timer: TimerHandle = undefined;
  #held = false;

  constructor(options: SessionPartingOptions) {
    this.#options = options;
  }

  /** Whether nothing may be sent now. */
  get held(): boolean {
    return this.#held;
  }

  /** Asks the other side to end the session. */
  ask(): void {
    const { platform, isSettled, mayPart, say } = this.#options;
    if (this.#held || !isSettled() || !mayPart()) return;
    this.#held = true;
    this.#timer = platform.startTimer(ANSWER_TIMEOUT_MS, () => this.#release());
    say("part");
  }

  heard(word: "part" | "stay"): void {
    const { isSettled, mayPart, say, end } = this.#options;
    if (word === "stay") return this.#release();
    // When both ask, each is held and neither would answer: then both go on.
    if (this.#held || !isSettled() || !mayPart()) say("stay");
    else end();
  }

  close(): void {
    this.#options.platform.stopTimer(this.#timer);
    this.#held = false;
  }

  #release(): void {
    if (!this.#held) return;
    this.close();
    this.#options.released();
  }
}
