/** A time limit and an AbortSignal on a wait. */
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import { Timer } from "./timers.ts";
import type { Wait } from "./wait.ts";

/** Options that end a wait early; `else` is given instead of a `TIMEOUT` error. */
export interface LimitOptions extends WaitOptions {
  readonly else?: unknown;
}

/** Makes the limits of a wait, or none when the options hold none. */
export function limitsFrom(options: LimitOptions | undefined): Limits | undefined {
  if (options === undefined) return undefined;
  if (options.timeoutMs === undefined) {
    if ("else" in options) throw elseWithoutTimeError();
    if (options.signal === undefined) return undefined;
  }
  if (Number.isNaN(options.timeoutMs)) throw notATimeError();
  return new Limits(options);
}

export class Limits {
  readonly #options: LimitOptions;
  #timer: Timer | undefined;
  #engine: Engine | undefined;
  #wait: Wait<unknown> | undefined;
  #onAbort: (() => void) | undefined;

  constructor(options: LimitOptions) {
    this.#options = options;
  }

  /** Starts to watch `wait`; a limit that is reached already stops it at once. */
  arm(wait: Wait<unknown>, engine: Engine): void {
    const { timeoutMs, signal } = this.#options;
    this.#wait = wait;
    this.#engine = engine;
    if (signal?.aborted === true) {
      wait.stop(() => abortError(signal));
      return;
    }
    if (timeoutMs !== undefined && timeoutMs <= 0) {
      this.timeUp();
      return;
    }
    if (timeoutMs !== undefined) {
      this.#timer = new Timer(() => this.timeUp());
      engine.setTimer(this.#timer, timeoutMs);
    }
    if (signal !== undefined) {
      this.#onAbort = () => wait.stop(() => abortError(signal));
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
  }

  disarm(): void {
    if (this.#timer !== undefined) this.#engine?.stopTimer(this.#timer);
    if (this.#onAbort !== undefined) this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#timer = undefined;
    this.#onAbort = undefined;
  }

  timeUp(): void {
    const wait = this.#wait;
    const options = this.#options;
    if (wait === undefined) return;
    if ("else" in options) {
      wait.stopWith(options.else);
      return;
    }
    const timeoutMs = options.timeoutMs ?? 0;
    const what = wait.describe();
    wait.stop(() => timeoutError(what, timeoutMs));
  }
}

export function timeoutError(what: string, timeoutMs: number): SkeinError {
  return new SkeinError("TIMEOUT", `${what}: not done within ${timeoutMs} ms`, {
    hint: "allow more time with timeoutMs, or handle the timeout",
  });
}

export function notATimeError(): SkeinError {
  return new SkeinError("OPTION_INVALID", "a time to wait is NaN", {
    hint: "give milliseconds; Infinity waits without a limit",
  });
}

function elseWithoutTimeError(): SkeinError {
  return new SkeinError("OPTION_INVALID", "else was given without timeoutMs, so it would wait for ever", {
    hint: "give timeoutMs with else; 0 looks once",
  });
}

/** What an aborted wait throws: the signal's own reason when that is an error. */
export function abortError(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  if (reason instanceof Error) return reason;
  return new SkeinError("TASK_CANCELLED", "the wait was aborted by its signal", {
    hint: "the signal given to the wait was aborted; this is normal while something is cancelled",
    cause: reason,
  });
}
