/**
 * Which connection of a session is in use, and whether its peer is there: a session outlives its connections, has two at
 * most, prefers the better one, and ends after too long a silence. Pure: `(state, event) → [state, actions]`.
 */
import { type HeartbeatTimes, LATE_MS, heardAtCheck, livenessAt } from "./heartbeat.ts";

/** One connection of a session. */
export interface SessionPath {
  readonly id: number;
  /** What carries it; of two of a kind one is enough. */
  readonly kind: string;
  /** Higher is better. */
  readonly rank: number;
  /** Whether the side with the lower PeerId opened it: of two of a kind that one stays. */
  readonly openedByLower: boolean;
}

interface KnownPath extends SessionPath {
  readonly heardMs: number;
  /** There is another of its kind: it is closed soon, and used only when nothing else is left. */
  readonly superseded: boolean;
}

export interface SessionState {
  readonly phase: "attached" | "detached" | "ended";
  readonly paths: readonly KnownPath[];
  /** The path in use. */
  readonly present: number | undefined;
  /** What carried the path last used. */
  readonly kind: string | undefined;
  readonly suspected: boolean;
  /** When the peer was last heard, on whatever path, and when that was last checked. */
  readonly heardMs: number;
  readonly checkedMs: number;
  /** Since when it has no connection any more; absent where nobody has closed the last one, and it may be silent for long. */
  readonly detachedMs: number | undefined;
}

export type SessionEvent =
  /** A connection on which both sides have joined. `replaces`: those the other side has lost, as it says. */
  | { readonly type: "attached"; readonly path: SessionPath; readonly replaces: readonly number[] }
  /** The peer has opened a connection, and has yet to join on it. */
  | { readonly type: "nearing" }
  /** `sinceMs`: nothing has come on it since then. `silent`: nobody has closed it, and its peer may be silent for long. */
  | { readonly type: "dropped"; readonly path: number; readonly sinceMs?: number; readonly silent?: boolean }
  /** Something came on a path. To be told while the peer is suspected; else it is enough at the next check. */
  | { readonly type: "heard"; readonly path: number }
  /** Time to look; `heard` has when each path brought something last; `lateMs`: it was to be so long ago. */
  | { readonly type: "checked"; readonly heard: ReadonlyMap<number, number>; readonly lateMs?: number }
  | { readonly type: "ended" };

export type SessionAction =
  /** Send on this path from now on, beginning with what is not acknowledged. */
  | { readonly type: "use"; readonly path: number }
  /** There is no path: keep what is to be sent. */
  | { readonly type: "detach" }
  /** Close a connection; `soon`: when the other side has surely seen the one that takes its place. */
  | { readonly type: "close"; readonly path: number; readonly soon: boolean }
  | { readonly type: "tell"; readonly event: "suspected" | "back" | "path-changed" }
  /** Look for another connection, until the peer is back. */
  | { readonly type: "dial" }
  /** Nothing was heard for too long. */
  | { readonly type: "lose" };

type Step = readonly [SessionState, readonly SessionAction[]];

/** Connections a session keeps: the one in use and one to fall back on. */
const PATHS_LIMIT = 2;

export function newSession(nowMs: number): SessionState {
  return {
    phase: "detached",
    paths: [],
    present: undefined,
    kind: undefined,
    suspected: false,
    heardMs: nowMs,
    checkedMs: nowMs,
    detachedMs: undefined,
  };
}

/** When to look next, in milliseconds from now. */
export const checkAfterMs = (state: SessionState, nowMs: number, times: HeartbeatTimes): number =>
  Math.min(times.intervalMs, Math.max(1, lostAtMs(state, times) - nowMs));

/** When it is lost, if nothing is heard until then and no connection comes. */
function lostAtMs({ heardMs, detachedMs }: SessionState, { lostAfterMs, goneAfterMs }: HeartbeatTimes): number {
  const goneAtMs = detachedMs === undefined || goneAfterMs === undefined ? Infinity : detachedMs + goneAfterMs;
  return Math.min(heardMs + lostAfterMs, goneAtMs);
}

export function stepSession(state: SessionState, event: SessionEvent, nowMs: number, times: HeartbeatTimes): Step {
  if (state.phase === "ended") {
    return [state, event.type === "attached" ? [{ type: "close", path: event.path.id, soon: false }] : []];
  }
  switch (event.type) {
    case "attached":
      return attached(state, event.path, event.replaces, nowMs, times);
    case "nearing":
      // It is there; until it has joined, that brings it nothing but time.
      if (state.phase !== "detached") return [state, []];
      return [{ ...state, heardMs: nowMs, detachedMs: state.detachedMs === undefined ? undefined : nowMs }, []];
    case "dropped": {
      const paths = state.paths.filter(({ id }) => id !== event.path);
      if (paths.length === state.paths.length) return [state, []];
      const isGone = paths.length === 0 && event.silent !== true;
      const detachedMs = isGone ? (event.sinceMs ?? nowMs) : undefined;
      return settle({ ...state, paths, detachedMs }, [], nowMs, times);
    }
    case "heard": {
      const paths = state.paths.map((path) => (path.id === event.path ? { ...path, heardMs: nowMs } : path));
      return settle({ ...state, paths, heardMs: nowMs }, [], nowMs, times);
    }
    case "checked":
      return checked(spared(state, event.lateMs ?? 0, nowMs, times), event.heard, nowMs, times);
    case "ended":
      return end(state, []);
    default:
      return event satisfies never;
  }
}

function attached(
  state: SessionState,
  path: SessionPath,
  replaces: readonly number[],
  nowMs: number,
  times: HeartbeatTimes,
): Step {
  const actions: SessionAction[] = replaces
    .filter((id) => state.paths.some((one) => one.id === id))
    .map((id) => ({ type: "close", path: id, soon: false }));
  let added: KnownPath = { ...path, heardMs: nowMs, superseded: false };
  const paths: KnownPath[] = [];
  for (const one of state.paths) {
    if (replaces.includes(one.id)) continue;
    if (one.kind !== path.kind || one.superseded) {
      paths.push(one);
      continue;
    }
    // Both sides decide alike: by who opened them; one that was opened again by the same side is the better one.
    const stays = one.openedByLower && !path.openedByLower;
    if (stays) added = { ...added, superseded: true };
    paths.push({ ...one, superseded: !stays });
    actions.push({ type: "close", path: stays ? path.id : one.id, soon: true });
  }
  paths.push(added);
  const kept = paths.filter(({ superseded }) => !superseded).toSorted(better(nowMs, times));
  for (const one of kept.slice(PATHS_LIMIT)) actions.push({ type: "close", path: one.id, soon: false });
  const over = new Set(kept.slice(PATHS_LIMIT).map(({ id }) => id));
  const left = paths.filter(({ id }) => !over.has(id));
  // Whoever has just joined was just heard.
  return settle({ ...state, paths: left, heardMs: nowMs }, actions, nowMs, times);
}

/** Whoever has no connection gets one more round at a check that is late: its new one may wait to be taken. */
function spared(state: SessionState, lateMs: number, nowMs: number, times: HeartbeatTimes): SessionState {
  if (lateMs <= LATE_MS || state.phase !== "detached") return state;
  const { intervalMs, lostAfterMs, goneAfterMs = lostAfterMs } = times;
  const heardMs = Math.max(state.heardMs, nowMs - lostAfterMs + intervalMs);
  if (state.detachedMs === undefined) return { ...state, heardMs };
  const spareMs = Math.min(intervalMs, goneAfterMs);
  return { ...state, heardMs, detachedMs: Math.max(state.detachedMs, nowMs - goneAfterMs + spareMs) };
}

function checked(state: SessionState, heard: ReadonlyMap<number, number>, nowMs: number, times: HeartbeatTimes): Step {
  const judged = (heardMs: number): number => heardAtCheck(heardMs, state.checkedMs, nowMs, times);
  const paths = state.paths.map((path) => ({ ...path, heardMs: judged(heard.get(path.id) ?? path.heardMs) }));
  const latestMs = Math.max(judged(state.heardMs), ...paths.map((path) => path.heardMs));
  // The benefit of the doubt makes nobody lost, but it brings nobody back either.
  const said = [...heard.values()].some((atMs) => atMs > state.heardMs);
  const stillSuspectedMs = Math.max(state.heardMs, Math.min(latestMs, nowMs - times.suspectedAfterMs));
  const heardMs = state.suspected && !said ? stillSuspectedMs : latestMs;
  const next: SessionState = { ...state, paths, heardMs, checkedMs: nowMs };
  if (nowMs >= lostAtMs(next, times)) return end(next, [{ type: "lose" }]);
  const silent = paths.filter((path) => livenessAt(path.heardMs, nowMs, times) === "lost");
  const actions = silent.map(({ id }): SessionAction => ({ type: "close", path: id, soon: false }));
  return settle({ ...next, paths: paths.filter((path) => !silent.includes(path)) }, actions, nowMs, times);
}

/** Uses the best path there is, and tells what has changed. */
function settle(state: SessionState, actions: SessionAction[], nowMs: number, times: HeartbeatTimes): Step {
  const best = state.paths.toSorted(better(nowMs, times))[0];
  const alive = best !== undefined && livenessAt(state.heardMs, nowMs, times) === "alive";
  const next: SessionState = {
    ...state,
    phase: best === undefined ? "detached" : "attached",
    detachedMs: best === undefined ? state.detachedMs : undefined,
    present: best?.id,
    kind: best?.kind ?? state.kind,
    // A session that has not had its first path yet is nobody's suspicion.
    suspected: !alive && state.kind !== undefined,
  };
  if (best === undefined && state.present !== undefined) actions.push({ type: "detach" });
  if (best !== undefined && best.id !== state.present) {
    actions.push({ type: "use", path: best.id });
    if (state.kind !== undefined && state.kind !== best.kind) actions.push({ type: "tell", event: "path-changed" });
  }
  if (next.suspected && !state.suspected) actions.push({ type: "tell", event: "suspected" }, { type: "dial" });
  if (!next.suspected && state.suspected) actions.push({ type: "tell", event: "back" });
  return [next, actions];
}

function end(state: SessionState, actions: readonly SessionAction[]): Step {
  const closing = state.paths.map(({ id }): SessionAction => ({ type: "close", path: id, soon: false }));
  return [{ ...state, phase: "ended", paths: [], present: undefined }, [...closing, ...actions]];
}

/** Sorts paths for use: those that are heard first, those that stay, then by rank; of equals the newest. */
const better =
  (nowMs: number, times: HeartbeatTimes) =>
  (one: KnownPath, other: KnownPath): number => {
    const silent = (path: KnownPath): number => (livenessAt(path.heardMs, nowMs, times) === "alive" ? 0 : 1);
    return (
      silent(one) - silent(other) ||
      Number(one.superseded) - Number(other.superseded) ||
      other.rank - one.rank ||
      other.id - one.id
    );
  };
