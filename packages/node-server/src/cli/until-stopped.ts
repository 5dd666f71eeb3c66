/** Waits until somebody wants the process to end; a second signal ends it at once. */
import { EXIT } from "./exit-codes.ts";

export interface StopOptions {
  /** Also stop when standard input ends: whoever started us is gone. */
  readonly stdin?: boolean;
}

/** How we were stopped; its exit code is 130 for Ctrl-C, 0 for the others. */
export type StopReason = "SIGINT" | "SIGTERM" | "SIGHUP" | "stdin";

export const stopCode = (reason: StopReason): number => (reason === "SIGINT" ? EXIT.interrupted : EXIT.done);

/** Closing may take this long after a signal; then the process ends with what is left of it. */
export const STOP_GRACE_MS = 1500;

/** Listens from its call on, so that a signal that comes early is not lost. */
export function untilStopped(options: StopOptions = {}): Promise<StopReason> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (reason: StopReason): void => {
      if (stopping) {
        if (reason !== "stdin") process.exit(EXIT.interrupted); // asked twice: the guardian ends the servers
        return;
      }
      stopping = true;
      resolve(reason);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal));
    if (options.stdin !== true) return;
    process.stdin.on("end", () => stop("stdin")).on("error", () => stop("stdin"));
    process.stdin.resume();
  });
}

/** Closes within the grace, else ends the process: its exit takes everything below it along. */
export async function closeInTime(close: () => PromiseLike<unknown>, code: number): Promise<void> {
  const late = setTimeout(() => process.exit(code), STOP_GRACE_MS).unref();
  try {
    await close();
  } finally {
    clearTimeout(late);
  }
}
