/** Decides from silence whether a peer is suspected or lost. Pure: give it the clock's reading. */
import { HEARTBEAT_MS, LOST_AFTER_MS, LULL_LOST_AFTER_MS, SUSPECTED_AFTER_MS } from "../defaults.ts";

export type Liveness = "alive" | "suspected" | "lost";

/** Milliseconds. */
export interface HeartbeatTimes {
  /** How often to beat and to check. */
  readonly intervalMs: number;
  readonly suspectedAfterMs: number;
  /** Also how long a session without a connection waits for another one. */
  readonly lostAfterMs: number;
}

/** Beats that fit into the time after which a peer is lost: some may be late, or go down with a connection. */
const BEATS_BEFORE_LOST = 6;

/** The times of a session: those given, the others such that a few beats may be missed. */
export function heartbeatTimes(given: { readonly heartbeatMs?: number; readonly lingerMs?: number }): HeartbeatTimes {
  const lostAfterMs = given.lingerMs ?? LOST_AFTER_MS;
  return {
    intervalMs: Math.min(given.heartbeatMs ?? HEARTBEAT_MS, lostAfterMs / BEATS_BEFORE_LOST),
    suspectedAfterMs: Math.min(SUSPECTED_AFTER_MS, lostAfterMs / 2),
    lostAfterMs,
  };
}

export interface Patience {
  /** The other side has said that it may be silent for long. */
  readonly lull: boolean;
  /** There is a connection. */
  readonly connected: boolean;
}

/** The times that count now: of a page that is hidden, and of one that has lost its connection. */
export function timesFor(
  { times, goneAfterMs = Infinity }: { readonly times: HeartbeatTimes; readonly goneAfterMs?: number },
  { lull, connected }: Patience,
): HeartbeatTimes {
  if (lull) return { ...times, lostAfterMs: Math.max(times.lostAfterMs, LULL_LOST_AFTER_MS) };
  return connected || goneAfterMs >= times.lostAfterMs ? times : { ...times, lostAfterMs: goneAfterMs };
}

/**
 * When a peer counts as heard at last, at a check at `nowMs`. One that comes much too late means that we were asleep or
 * blocked, not that the peer was silent: what it sent meanwhile may still wait to be read, so it gets one more round.
 */
export function heardAtCheck(heardMs: number, checkedMs: number, nowMs: number, times: HeartbeatTimes): number {
  const lateMs = nowMs - checkedMs - times.intervalMs;
  return lateMs > times.intervalMs ? Math.max(heardMs, nowMs - times.intervalMs) : heardMs;
}

/** What silence since `heardMs` means at `nowMs`. */
export function livenessAt(heardMs: number, nowMs: number, times: HeartbeatTimes): Liveness {
  const silentMs = nowMs - heardMs;
  return silentMs >= times.lostAfterMs ? "lost" : silentMs >= times.suspectedAfterMs ? "suspected" : "alive";
}
