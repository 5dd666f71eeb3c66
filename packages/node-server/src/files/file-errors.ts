/** The system's errors about files, as ours. */
import { isSkeinError, SkeinError } from "@skein/runtime";

export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));

/** Does something with files. @throws {SkeinError} `FILE_FAILED` with the system's reason */
export async function system<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw isSkeinError(cause) ? cause : failed(what, cause);
  }
}

function failed(what: string, cause: unknown): SkeinError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new SkeinError("FILE_FAILED", `could not ${what}: ${code}`, {
    hint: code === "ENOSPC" ? "the disk is full: make room there" : "check path, rights and disk",
    // Without the system's paths: it may go to another peer.
    cause: new Error(code),
  });
}
