/** Decides from silence whether a peer is suspected or lost. Pure: give it the clock's reading. */
import { DIAL_TIMEOUT_MS, HEARTBEAT_MS, LOST_AFTER_MS, LULL_LOST_AFTER_MS, SUSPECTED_AFTER_MS } from "../defaults.ts";

export type Liveness = "alive" | "suspected" | "lost";

/** Milliseconds. */
export interface HeartbeatTimes {
  /** How often to beat and to check. */
  readonly intervalMs: number;
  readonly suspectedAfterMs: number;
  /** Also how long a session without a connection waits for another one, unless `goneAfterMs` says otherwise. */
  readonly lostAfterMs: number;
  /** How long it waits for another connection after the last has ended. */
  readonly goneAfterMs?: number;
}

/** A timer that is later than this, in milliseconds: we were blocked or asleep, and what has come waits to be read. */
export const LATE_MS = 1000;

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

/** Those of a session, by who is at its other end. */
export interface SessionTimes {
  readonly times: HeartbeatTimes;
  /** How long it may be without a connection, in milliseconds, also when it may be silent for longer; absent: as long. */
  readonly goneAfterMs?: number;
}

/** Round trips a dial takes at most: TCP, TLS, WebSocket, Noise, the links, joining. */
const DIAL_ROUND_TRIPS = 12;

/** How long to dial again may take where the round trip was so long, in milliseconds; undefined: it was not measured. */
export const redialMs = (rttMs: number | undefined): number =>
  Math.min(DIAL_ROUND_TRIPS * (rttMs ?? 0), DIAL_TIMEOUT_MS);

/**
 * The times that count now; `lull`: the other side has said that it may be silent for long, as a page that is hidden.
 * `rttMs`: the round trip to it, once it was measured.
 */
export function timesFor({ times, goneAfterMs }: SessionTimes, lull: boolean, rttMs?: number): HeartbeatTimes {
  const lostAfterMs = lull ? Math.max(times.lostAfterMs, LULL_LOST_AFTER_MS) : times.lostAfterMs;
  return {
    ...times,
    lostAfterMs,
    ...(goneAfterMs === undefined ? {} : { goneAfterMs: Math.max(goneAfterMs, redialMs(rttMs)) }),
  };
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
