/** Typed errors: a stable `code` to branch on, a `hint` that says what to do, the original as `cause`. */
export type ErrorCode =
  | "TASK_CANCELLED"
  | "TASK_FAILED"
  | "TASK_LOST"
  | "TASK_UNKNOWN"
  | "TIMEOUT"
  | "MAILBOX_FULL"
  | "OPERATION_REUSED"
  | "DELIVERY_UNKNOWN"
  | "NOT_SERIALIZABLE"
  | "MESSAGE_TOO_LARGE"
  | "FUNCTION_NOT_SELF_CONTAINED"
  | "CODE_NOT_BUNDLABLE"
  | "CODE_UNKNOWN"
  | "CODE_MISMATCH"
  | "NAME_TAKEN"
  | "NAME_UNKNOWN"
  | "NO_CLUSTER"
  | "NO_PLACE"
  | "PEER_UNREACHABLE"
  | "PEER_LOST"
  | "NOT_A_MEMBER"
  | "ROLE_FORBIDS"
  | "INVITE_EXPIRED"
  | "INVITE_USED"
  | "WIRE_INVALID"
  | "LINK_OVERLOADED"
  | "SERVER_LOST"
  | "SERVER_OUT_OF_MEMORY"
  | "SETUP_FAILED"
  | "ISOLATION_FORBIDS"
  | "ABILITY_NOT_GRANTED"
  | "ABILITY_UNAVAILABLE"
  | "FILE_EXISTS"
  | "FILE_TOO_LARGE"
  | "PATH_FORBIDDEN"
  | "JOB_CLOSED"
  | "JOB_QUARANTINED"
  | "HOST_UNREACHABLE"
  | "CONNECTION_FAILED"
  | "CONNECTION_LOST"
  | "FILE_FAILED"
  | "PROGRAM_FAILED"
  | "CHANNEL_CYCLE"
  | "CHANNEL_CLOSED"
  | "SERVICE_CLOSED"
  | "RESTART_LIMIT"
  | "UPGRADE_REFUSED"
  | "RUNTIME_WRONG"
  | "RUNTIME_CLOSED"
  | "OPTION_INVALID"
  | "SECRET_WEAK"
  | "REMOTE_ERROR";

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
