/** Why a pool has no worker: what its calls fail with then. */
import { type ErrorCode, isSkeinError, SkeinError } from "../errors.ts";

/** Errors that say themselves why there is no worker. */
const TELLING: readonly ErrorCode[] = ["HOST_UNREACHABLE", "SETUP_FAILED", "JOB_CLOSED", "NO_PLACE"];

export function startFailed(cause: Error | undefined): SkeinError {
  if (isSkeinError(cause) && TELLING.includes(cause.code)) return cause;
  return new SkeinError("SETUP_FAILED", `no worker of the pool could be set up: ${cause?.message ?? "it has none"}`, {
    hint: "mend what the cause says; the next call tries again",
    cause,
  });
}

export const notInitialized = (name: string, ms: number): SkeinError =>
  new SkeinError("SETUP_FAILED", `the pool's initializer ${name} did not end within ${ms} ms`, {
    hint: "see what it waits for, or give it more time with initializerTimeoutMs",
  });

export const noPlace = (): SkeinError =>
  new SkeinError("SETUP_FAILED", "the pool has no workers: none are to be started", {
    hint: "give it servers, hosts or a job, or grow() it",
  });

export const notInTime = (name: string, ms: number): SkeinError =>
  new SkeinError("SETUP_FAILED", `a worker of the pool (${name}) did not answer within ${ms} ms`, {
    hint: "see what its machine does, or give more time with connectTimeoutMs",
  });
