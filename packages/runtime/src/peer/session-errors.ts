/** What a session tells, and why it ends; `peer` in words for people. */
import { SkeinError } from "../errors.ts";
import type { HeartbeatTimes } from "../link/heartbeat.ts";
import type { SessionState } from "../link/session-paths.ts";
import type { ControlMessage } from "../wire/messages.ts";

/** What happens to a session while it lives. */
export type SessionTold = "suspected" | "back" | "path-changed";

export const connectionGone = (peer: string, cause?: Error): SkeinError =>
  new SkeinError("PEER_LOST", `the connection to peer ${peer} is gone`, {
    hint: "see peer.events for when it is back",
    ...(cause === undefined ? {} : { cause }),
  });

const silentFor = (peer: string, silentMs: number): SkeinError =>
  new SkeinError("PEER_LOST", `nothing was heard of peer ${peer} for ${secondsOf(silentMs)} s`, {
    hint: "its machine or the network is gone, or the process is blocked; createPeer({ lingerMs }) says how long it is waited for",
  });

/** Its connection ended without a goodbye, and it has not come back. */
const goneFor = (peer: string, goneMs: number): SkeinError =>
  new SkeinError("PEER_LOST", `peer ${peer} has no connection, and has not come back for ${secondsOf(goneMs)} s`, {
    hint: "its page was closed or has crashed, or the network between is gone",
  });

/** Nothing was heard for too long, or no connection came. */
export const lostBy = (
  peer: string,
  { detachedMs, checkedMs }: SessionState,
  { lostAfterMs, goneAfterMs }: HeartbeatTimes,
): SkeinError =>
  detachedMs === undefined || goneAfterMs === undefined
    ? silentFor(peer, lostAfterMs)
    : goneFor(peer, checkedMs - detachedMs);

const secondsOf = (ms: number): number => Math.round(ms / 100) / 10;

const peerLeft = (peer: string, reason: string): SkeinError =>
  new SkeinError("PEER_LOST", `peer ${peer} left: ${reason}`, {
    hint: "it closed on purpose; connect again when it is back",
  });

/** The other side takes this one for no member any more. */
const sentAway = (peer: string, reason: string): SkeinError =>
  new SkeinError("PEER_LOST", `peer ${peer} sent this peer away: ${reason}`, {
    hint: "whoever was revoked comes in again only as a new peer: with a fresh data folder and a new invite",
  });

type Bye = Extract<ControlMessage, { type: "bye" }>;

/** Longest reason that a goodbye takes along, in characters. */
const REASON_LENGTH = 200;

/** A goodbye; `out`: to whom is no member any more. */
export const byeWords = (reason: string, marks: { readonly idle: boolean; readonly out: boolean }): Bye => ({
  type: "bye",
  reason: reason.slice(0, REASON_LENGTH),
  ...(marks.idle ? { idle: true } : {}),
  ...(marks.out ? { out: true } : {}),
});

/** What the other side's goodbye means here. */
export const byeError = (peer: string, { reason, out }: Bye): SkeinError =>
  out === true ? sentAway(peer, reason) : peerLeft(peer, reason);

/** The other side has ended what this one still holds. */
export const connectedAnew = (peer: string): SkeinError =>
  new SkeinError("PEER_LOST", `peer ${peer} connected anew`, {
    hint: "it was restarted, or gave this peer up after too long a silence",
  });

export const tooManyCredits = (peer: string): SkeinError =>
  new SkeinError("LINK_OVERLOADED", `too many conversations with peer ${peer} wait for its word`, {
    hint: "it takes no control frames; see its log",
  });
