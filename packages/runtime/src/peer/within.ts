/** A wait for others that is bounded, and that the process stays for. */
import type { Platform } from "../platform.ts";

/** Waits for `promise`, but no longer than `timeoutMs`; the process stays for it. */
export async function within(
  platform: Pick<Platform, "keepAlive" | "startTimer" | "stopTimer">,
  timeoutMs: number,
  promise: Promise<unknown>,
): Promise<void> {
  platform.keepAlive(true);
  const over = Promise.withResolvers<void>();
  const timer = platform.startTimer(timeoutMs, over.resolve);
  try {
    await Promise.race([promise, over.promise]);
  } finally {
    platform.stopTimer(timer);
    platform.keepAlive(false);
  }
}
