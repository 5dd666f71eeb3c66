/** Keeps the page in the cluster: asks the console for an invite, joins, and begins again whenever that ends. */
import { type Cursor, errorFrom, type Observed, SECOND_MS, type Topic } from "@skein/runtime";
import type { Access, Connection } from "../model/cluster-model.ts";
import type { ClusterObserver, ClusterSource } from "../model/source.ts";

/** First pause before trying again; it doubles up to the longest. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS: number = 5 * SECOND_MS;
/** A browser that is not logged in looks this often whether it is by now (in another tab). */
const LOCKED_PAUSE_MS: number = 10 * SECOND_MS;

/** What the console answers to a page that opens. */
export interface SessionAnswer {
  readonly invite: string;
  /** Whom the console's WebSocket leads to. */
  readonly peer: string;
  readonly scheduler: { readonly peer: string; readonly server: number };
}

/** A console without a cluster: it has one recording, of this name. */
export interface RecordingAnswer {
  readonly recording: string;
}

/** What the session does in a browser; tests give their own. */
export interface SessionParts {
  /** The console's answer; "locked" when this browser is not logged in, "absent" when nobody answers there. */
  open(signal: AbortSignal): Promise<SessionAnswer | RecordingAnswer | "locked" | "absent">;
  /** Shows the recording of a console that has one; throws when that can't be read. */
  replay(name: string, signal: AbortSignal): Promise<void>;
  /**
   * Joins and tells `observer` what it hears, from `since` on where the scheduler still keeps it. Resolves when that
   * has ended; throws when it could not join.
   */
  follow(answer: SessionAnswer, observer: Followed, since: Cursor | undefined, signal: AbortSignal): Promise<void>;
  /** Waits, or less when the page comes to the front. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Whom it tells, and what is looked at. */
export interface Followed extends Pick<ClusterObserver, "snapshot" | "events"> {
  access(access: Access | undefined): void;
  /** The connection broke, and may come back; or it is back. */
  away(away: boolean): void;
  observed(observed: readonly Observed[]): void;
  /** Calls `listener` with the topics that are looked at, now and whenever they change, until disposed. */
  onTopics(listener: (topics: readonly Topic[]) => void): Disposable;
}

export function consoleSource(parts: SessionParts): ClusterSource {
  return {
    watch(observer) {
      const stop = new AbortController();
      const topics = new Topics();
      void keepFollowing(parts, observer, topics, stop.signal);
      return { setTopics: (next) => topics.set(next), [Symbol.dispose]: () => stop.abort() };
    },
  };
}

/** What the page looks at: outlives each connection. */
class Topics {
  #topics: readonly Topic[] = [];
  readonly #listeners = new Set<(topics: readonly Topic[]) => void>();

  set(topics: readonly Topic[]): void {
    this.#topics = topics;
    for (const listener of this.#listeners) listener(topics);
  }

  listen(listener: (topics: readonly Topic[]) => void): Disposable {
    this.#listeners.add(listener);
    listener(this.#topics);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}

async function keepFollowing(
  parts: SessionParts,
  observer: ClusterObserver,
  topics: Topics,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  let endedMs: number | undefined;
  let cursor: Cursor | undefined;
  while (!signal.aborted) {
    let locked = false;
    let reason: string | undefined;
    try {
      const answer = await parts.open(signal);
      locked = answer === "locked";
      if (typeof answer === "object" && "recording" in answer) {
        await parts.replay(answer.recording, signal);
        observer.connection({ phase: "recorded" });
        // Nothing else will come of it.
        return;
      }
      if (answer !== "locked" && answer !== "absent") {
        const live = (away: boolean): void => {
          if (signal.aborted) return;
          pauseMs = FIRST_PAUSE_MS;
          endedMs = away ? parts.now() : undefined;
          observer.connection(endedMs === undefined ? { phase: "live" } : { phase: "away", sinceMs: endedMs });
        };
        const keep = (at: Cursor): void => {
          cursor = at;
        };
        await parts.follow(answer, announced(observer, topics, live, keep), cursor, signal);
      }
    } catch (error) {
      // Whatever it was, the remedy is the same: say so, and try again.
      reason = errorFrom(error).message;
    }
    if (signal.aborted) return;
    observer.access?.(undefined);
    endedMs ??= parts.now();
    const ended: Connection = { phase: "ended", sinceMs: endedMs, ...(reason === undefined ? {} : { reason }) };
    observer.connection(locked ? { phase: "locked" } : ended);
    await parts.pause(locked ? LOCKED_PAUSE_MS : pauseMs, signal);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  }
}

/** The page is live from the first snapshot on: only then does it show how the cluster stands. */
function announced(
  observer: ClusterObserver,
  topics: Topics,
  live: (away: boolean) => void,
  keep: (cursor: Cursor) => void,
): Followed {
  let epoch = 0;
  let begun = false;
  return {
    snapshot: (snapshot, since) => {
      ({ epoch } = snapshot);
      keep({ epoch, seq: since ?? snapshot.seq });
      observer.snapshot(snapshot, since);
      begun = true;
      live(false);
    },
    away: (away) => {
      if (begun) live(away);
    },
    events: (events) => {
      const last = events.at(-1);
      if (last !== undefined) keep({ epoch, seq: last.seq });
      observer.events(events);
    },
    access: (access) => observer.access?.(access),
    observed: (observed) => observer.observed?.(observed),
    onTopics: (listener) => topics.listen(listener),
  };
}
