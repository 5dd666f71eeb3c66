/** Errors that come from a worker thread of this process: plain data made there without any of our code. */
import { errorFromWire } from "./error-codec.ts";

/** An error as the small program in a thread writes it. */
export interface ThreadError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly skein?: { readonly code: string; readonly hint: string };
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
  readonly cause?: ThreadCause;
}

/** An error among the causes, or any other value. */
export type ThreadCause = { readonly error: ThreadError } | { readonly value: unknown };

/** The error as itself: built-in classes and ours come back as such, others as a `RemoteError` with their name. */
export function errorFromThread(error: ThreadError): Error {
  const { cause, ...rest } = error;
  if (cause === undefined) return errorFromWire(rest);
  return errorFromWire({ ...rest, cause: "error" in cause ? errorFromThread(cause.error) : cause.value });
}
