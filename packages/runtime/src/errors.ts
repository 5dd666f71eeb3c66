/** Typed errors: a stable `code` to branch on, a `hint` that says what to do, the original as `cause`. */
import { type ErrorCode } from "./error-codes.ts";

export { type ErrorCode } from "./error-codes.ts";

/** What every error of ours is given besides its code and message. */
export interface SkeinErrorOptions extends ErrorOptions {
  /** What the reader can do about it, as one sentence. */
  readonly hint: string;
}

/**
 * Base of every error we throw. Branch on `code`; `message` is for people, `hint` says what to do.
 *
 * @example
 * try { await client.openJob(); } catch (error) { if (isSkeinError(error, "NO_PLACE")) … }
 */
export class SkeinError extends Error {
  override readonly name: string = "SkeinError";
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: SkeinErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = options.hint;
  }
}

/** Whether `error` is one of ours, and of this `code` when one is given. Works across realms, unlike `instanceof`. */
export function isSkeinError(error: unknown, code?: ErrorCode): error is SkeinError {
  if (!(error instanceof Error) || !("code" in error) || !("hint" in error)) return false;
  return code === undefined || error.code === code;
}

/** The error itself when it is one, else a `TASK_FAILED` with what was thrown as its cause. */
export function errorFrom(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new SkeinError("TASK_FAILED", `something other than an error was thrown: ${String(thrown)}`, {
    hint: "throw an Error, so that it carries a stack",
    cause: thrown,
  });
}
