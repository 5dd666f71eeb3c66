/** Subscribers of the scheduler's events: each with a place in the ring, served in batches, never queued for. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import { EVENT_BATCH_MS, WATCHERS_LIMIT } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type Logger } from "../logger.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type EventRing } from "./event-ring.ts";
import { type ClusterEvent, forViewer } from "./events.ts";

/** Events in one push: about 64 KiB. */
const PUSH_EVENTS_LIMIT = 300;

interface Watcher {
  readonly to: Endpoint;
  readonly push: string;
  /** Arguments, logs and error texts are left out for viewers. */
  readonly viewer: boolean;
  seq: number;
}

export interface WatchersOptions {
  readonly platform: Platform;
  readonly ring: EventRing;
  readonly logger: Logger;
  /** Sends one batch; throwing means "later". */
  readonly notify: (to: Endpoint, push: string, events: readonly ClusterEvent[]) => void;
  /** The first one came, or the last one left. */
  readonly onWatched: (on: boolean) => void;
}

export class Watchers {
  readonly #options: WatchersOptions;
  readonly #watchers = new Map<string, Watcher>();
  #timer: TimerHandle = undefined;
  #flushedSeq = 0;

  constructor(options: WatchersOptions) {
    this.#options = options;
  }

  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  /** @throws {SkeinError} `LINK_OVERLOADED` past the limit */
  add(to: Endpoint, push: string, viewer: boolean, seq: number): void {
    const key = `${endpointKey(to)} ${push}`;
    if (!this.#watchers.has(key) && this.#watchers.size >= WATCHERS_LIMIT) {
      throw new SkeinError("LINK_OVERLOADED", `${WATCHERS_LIMIT} watch already`, {
        hint: "close a console that nobody looks at",
      });
    }
    const first = this.#watchers.size === 0;
    this.#watchers.set(key, { to, push, viewer, seq });
    if (first) this.#options.onWatched(true);
    this.changed();
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
    const { platform, ring } = this.#options;
    if (this.#watchers.size === 0) return;
    if (ring.seq - this.#flushedSeq >= PUSH_EVENTS_LIMIT) this.flush();
    else this.#timer ??= platform.startTimer(EVENT_BATCH_MS, () => this.flush());
  }

  flush(): void {
    const { platform, ring } = this.#options;
    if (this.#timer !== undefined) platform.stopTimer(this.#timer);
    this.#timer = undefined;
    this.#flushedSeq = ring.seq;
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
    const { ring, notify, logger } = this.#options;
    const events = ring.since(watcher.seq, PUSH_EVENTS_LIMIT);
    const last = events.at(-1);
    if (last === undefined) return false;
    const shown = watcher.viewer ? events.map(forViewer).filter((event) => event !== undefined) : events;
    try {
      if (shown.length > 0) notify(watcher.to, watcher.push, shown);
      watcher.seq = last.seq;
    } catch (error) {
      // No room on the way there: the ring keeps what it keeps, and a gap tells the rest.
      logger.debug("watcher.behind", { to: endpointKey(watcher.to), error: errorFrom(error).message });
    }
    return watcher.seq < ring.seq;
  }

  #left(): void {
    if (this.#watchers.size === 0) this.#options.onWatched(false);
  }
}
