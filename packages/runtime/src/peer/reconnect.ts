/** When to dial again a peer that should be connected. Pure. */
import { RECONNECT_FIRST_MS, RECONNECT_MOST_MS } from "../defaults.ts";

/**
 * The pause before attempt `attempt` (from 0), in milliseconds: it doubles up to a bound, for ever, with jitter so that
 * a thousand peers don't all come back at once.
 */
export function reconnectDelayMs(attempt: number, random: () => number): number {
  const whole = Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(attempt, 20), RECONNECT_MOST_MS);
  return whole * (0.5 + random() / 2);
}
