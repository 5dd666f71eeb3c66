/** Keeps the page in the cluster: asks the console for an invite, joins, and begins again whenever that ends. */
import { SECOND_MS } from "@skein/runtime";
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

/** What the session does in a browser; tests give their own. */
export interface SessionParts {
  /** The console's answer; "locked" when this browser is not logged in. Throws when there is no console. */
  open(signal: AbortSignal): Promise<SessionAnswer | "locked">;
  /** Joins and tells `observer` what it hears. Resolves when that has ended for good; throws when it could not join. */
  follow(answer: SessionAnswer, observer: Followed, signal: AbortSignal): Promise<void>;
  /** Waits, or less when the page comes to the front. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Milliseconds since 1970. */
  now(): number;
}

export type Followed = Pick<ClusterObserver, "snapshot" | "events">;

export function consoleSource(parts: SessionParts): ClusterSource {
  return {
    watch(observer) {
      const stop = new AbortController();
      void keepFollowing(parts, observer, stop.signal);
      return { [Symbol.dispose]: () => stop.abort() };
    },
  };
}

async function keepFollowing(parts: SessionParts, observer: ClusterObserver, signal: AbortSignal): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  let endedMs: number | undefined;
  while (!signal.aborted) {
    let locked = false;
    try {
      const answer = await parts.open(signal);
      locked = answer === "locked";
      if (answer !== "locked") {
        const live = (): void => {
          if (signal.aborted) return;
          pauseMs = FIRST_PAUSE_MS;
          endedMs = undefined;
          observer.connection({ phase: "live" });
        };
        await parts.follow(answer, announced(observer, live), signal);
      }
    } catch {
      // Whatever it was, the remedy is the same: say so, and try again.
    }
    if (signal.aborted) return;
    endedMs ??= parts.now();
    observer.connection(locked ? { phase: "locked" } : { phase: "ended", sinceMs: endedMs });
    await parts.pause(locked ? LOCKED_PAUSE_MS : pauseMs, signal);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  }
}

/** The page is live from the first snapshot on: only then does it show how the cluster stands. */
function announced(observer: ClusterObserver, live: () => void): Followed {
  return {
    snapshot: (snapshot) => {
      observer.snapshot(snapshot);
      live();
    },
    events: (events) => observer.events(events),
  };
}
