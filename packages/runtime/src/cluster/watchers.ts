/** Subscribers of the scheduler's events: each with a place in the ring, served in batches, never queued for. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import { type NotifyOptions } from "../contracts/procedures.ts";
import { EVENT_BATCH_BYTES, EVENT_BATCH_MS, WATCHERS_LIMIT } from "../defaults.ts";
import { errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import { type Logger } from "../logger.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type ClusterLog, type Logged } from "./cluster-log.ts";
import { type ClusterEvent, forViewer } from "./events.ts";

/** Events in one push, if {@link EVENT_BATCH_BYTES} leaves room for them. */
const PUSH_EVENTS_LIMIT = 300;
/** Pushes to one watcher in one go: one that is far behind catches up without holding up the others. */
const PUSHES_LIMIT = 20;

/** Which events a watcher sees whole: `all`, those of its own jobs (by its endpoint's key), or none. Of others arguments, logs and error texts are left out. */
export type Sight =
  | { readonly type: "all" }
  | { readonly type: "own"; readonly owner: string }
  | { readonly type: "bare" };

interface Watcher {
  readonly to: Endpoint;
  readonly push: string;
  readonly sight: Sight;
  seq: number;
}

export interface WatchersOptions {
  readonly platform: Platform;
  readonly log: ClusterLog;
  readonly logger: Logger;
  /** Sends one batch; throwing means "later", or never when it can't travel. */
  readonly notify: (to: Endpoint, push: string, events: readonly ClusterEvent[], how: NotifyOptions) => void;
  /** The first one came, or the last one left. */
  readonly onWatched: (on: boolean) => void;
}

export class Watchers {
  readonly #options: WatchersOptions;
  readonly #watchers = new Map<string, Watcher>();
  #timer: TimerHandle = undefined;
  #flushedSeq = 0;
  /** Events that watchers were not told, because they are no longer kept. */
  missed = 0;

  constructor(options: WatchersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#watchers.size;
  }

  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  /** @throws {SkeinError} `LINK_OVERLOADED` past the limit */
  add(to: Endpoint, push: string, sight: Sight, seq: number): void {
    const key = `${endpointKey(to)} ${push}`;
    if (!this.#watchers.has(key) && this.#watchers.size >= WATCHERS_LIMIT) {
      throw new SkeinError("LINK_OVERLOADED", `${WATCHERS_LIMIT} watch already`, {
        hint: "close a console that nobody looks at",
      });
    }
    const first = this.#watchers.size === 0;
    this.#watchers.set(key, { to, push, sight, seq });
    if (first) this.#options.onWatched(true);
    this.changed();
  }

  has(to: Endpoint, push: string): boolean {
    return this.#watchers.has(`${endpointKey(to)} ${push}`);
  }

  remove(to: Endpoint, push: string): void {
    if (this.#watchers.delete(`${endpointKey(to)} ${push}`)) this.#left();
  }

  lost(matches: (endpoint: Endpoint) => boolean): void {
    let left = false;
    for (const [key, watcher] of this.#watchers) {
      if (matches(watcher.to)) left = this.#watchers.delete(key) || left;
    }
    if (left) this.#left();
  }

  /** There is something new: it goes out within the batch time, at once when a batch is full. */
  changed(): void {
    const { platform, log } = this.#options;
    if (this.#watchers.size === 0) return;
    if (log.seq - this.#flushedSeq >= PUSH_EVENTS_LIMIT) this.flush();
    else this.#timer ??= platform.startTimer(EVENT_BATCH_MS, () => this.flush());
  }

  flush(): void {
    const { platform, log } = this.#options;
    if (this.#timer !== undefined) platform.stopTimer(this.#timer);
    this.#timer = undefined;
    this.#flushedSeq = log.seq;
    let behind = false;
    for (const watcher of this.#watchers.values()) behind = this.#serve(watcher) || behind;
    if (behind) this.#timer = platform.startTimer(EVENT_BATCH_MS, () => this.flush());
  }

  close(): void {
    if (this.#timer !== undefined) this.#options.platform.stopTimer(this.#timer);
    this.#timer = undefined;
    this.#watchers.clear();
  }

  /** Sends what is new; gives whether something is left for later. */
  #serve(watcher: Watcher): boolean {
    const { log, logger } = this.#options;
    try {
      for (let pushes = 0; pushes < PUSHES_LIMIT && watcher.seq < log.seq; pushes += 1) this.#push(watcher);
    } catch (error) {
      // No room on the way there: the log keeps what it keeps, and a gap tells the rest.
      logger.debug("watcher.behind", { to: endpointKey(watcher.to), error: errorFrom(error).message });
    }
    return watcher.seq < log.seq;
  }

  #push(watcher: Watcher): void {
    const { log, notify } = this.#options;
    const events: ClusterEvent[] = [];
    let bytes = 0;
    let { seq } = watcher;
    for (let next = log.after(seq); next !== undefined; next = log.after(seq)) {
      const full = events.length >= PUSH_EVENTS_LIMIT || bytes + next.bytes > EVENT_BATCH_BYTES;
      if (full && seq > watcher.seq) break;
      const { event } = next;
      seq = event.seq;
      if (event.type === "gap") this.missed += event.to - event.from + 1;
      const shown = shownTo(watcher.sight, next);
      if (shown === undefined) continue;
      events.push(shown);
      bytes += next.bytes;
    }
    const last = events.at(-1);
    if (last !== undefined) {
      const { to, push } = watcher;
      const gap: ClusterEvent = { ...last, type: "gap", from: watcher.seq + 1, to: seq };
      const onFailed = (): void => notify(to, push, [gap], {});
      try {
        notify(to, push, events, { bytes, onFailed });
      } catch (error) {
        if (!isSkeinError(error, "MESSAGE_TOO_LARGE") && !isSkeinError(error, "NOT_SERIALIZABLE")) throw error;
        onFailed();
      }
    }
    watcher.seq = seq;
  }

  #left(): void {
    if (this.#watchers.size === 0) this.#options.onWatched(false);
  }
}

/** The event as a watcher may see it; nothing where it may not. */
export const shownTo = (sight: Sight, logged: Logged): ClusterEvent | undefined =>
  seesWhole(sight, logged) ? logged.event : barely(logged.event);

/** What others may see of an event. One that is not what it says it is holds nobody up: it is a gap. */
function barely(event: ClusterEvent): ClusterEvent | undefined {
  try {
    return forViewer(event);
  } catch {
    const { seq, epoch, timeMs } = event;
    return { type: "gap", from: seq, to: seq, seq, epoch, timeMs };
  }
}

/** Whether the watcher may see everything an event says. */
function seesWhole(sight: Sight, { owner }: Logged): boolean {
  return sight.type === "all" || (sight.type === "own" && owner === sight.owner);
}
