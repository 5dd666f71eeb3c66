/** What watchers of a cluster look at: asked of every place while somebody does, kept as it was told last, and handed out. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import { type NotifyOptions } from "../contracts/procedures.ts";
import { EVENT_BATCH_BYTES, EVENT_BATCH_MS, OBSERVED_KEPT_BYTES, OBSERVED_LIMIT_BYTES } from "../defaults.ts";
import { errorFrom } from "../errors.ts";
import { type Logger } from "../logger.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type Observed, type Topic } from "./observed.ts";
import { barelyObserved, withoutTexts } from "./observed-sight.ts";
import { type Sight } from "./watchers.ts";

export interface SchedulerObservedOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  /** Whether messages that wait in mailboxes are shown to those who may see them. */
  readonly showArgs: boolean;
  /** Every place is to say these from now on, and no others. */
  readonly ask: (topics: readonly Topic[]) => void;
  /** The endpoint of the client whose place it is, where it is a client's. */
  readonly ownerOf: (at: Endpoint) => string | undefined;
  /** About how many bytes it takes on the way. @throws {SkeinError} when it can't travel */
  readonly check: (observed: Observed) => number;
  /** Throwing means "later". */
  readonly notify: (to: Endpoint, push: string, observed: readonly Observed[], how: NotifyOptions) => void;
}

interface Looker {
  readonly to: Endpoint;
  readonly push: string;
  readonly sight: Sight;
  topics: ReadonlySet<Topic>;
  /** What it has to be told of, by the key of what is kept. */
  readonly due: Set<string>;
}

interface Kept {
  readonly observed: Observed;
  readonly bytes: number;
}

export class SchedulerObserved {
  readonly #options: SchedulerObservedOptions;
  readonly #lookers = new Map<string, Looker>();
  readonly #kept = new Map<string, Kept>();
  #keptBytes = 0;
  #wanted: ReadonlySet<Topic> = new Set();
  #timer: TimerHandle = undefined;

  constructor(options: SchedulerObservedOptions) {
    this.#options = options;
  }

  /** What somebody looks at. */
  get wanted(): readonly Topic[] {
    return [...this.#wanted];
  }

  /** A watcher looks at these from now on; with `fresh` it is told all of it again. */
  look(to: Endpoint, push: string, sight: Sight, topics: readonly Topic[], fresh = false): void {
    const key = `${endpointKey(to)} ${push}`;
    const before = this.#lookers.get(key);
    if (topics.length === 0) this.#lookers.delete(key);
    else {
      const looker: Looker = { to, push, sight, topics: new Set(topics), due: before?.due ?? new Set() };
      const news = topics.filter((topic) => fresh || before?.topics.has(topic) !== true);
      for (const [kept, { observed }] of this.#kept) if (news.includes(observed.topic)) looker.due.add(kept);
      this.#lookers.set(key, looker);
      this.#soon();
    }
    this.#want();
  }

  remove(to: Endpoint, push: string): void {
    if (this.#lookers.delete(`${endpointKey(to)} ${push}`)) this.#want();
  }

  /** What a place says; it was checked that it speaks for itself. */
  take(observed: Observed): void {
    if (!this.#wanted.has(observed.topic)) return;
    const { logger, check } = this.#options;
    const key = keyOf(observed);
    const before = this.#kept.get(key);
    let bytes: number;
    try {
      bytes = check(observed);
    } catch {
      bytes = Infinity;
    }
    const fits = bytes <= OBSERVED_LIMIT_BYTES && this.#keptBytes - (before?.bytes ?? 0) + bytes <= OBSERVED_KEPT_BYTES;
    if (!fits) {
      logger.debug("observed.dropped", { at: endpointKey(observed.at), topic: observed.topic, bytes });
      return;
    }
    // That it is gone is told to those who know it.
    if (observed.gone === true && before === undefined) return;
    this.#keep(key, before, { observed, bytes });
    for (const { topics, due } of this.#lookers.values()) if (topics.has(observed.topic)) due.add(key);
    this.#soon();
  }

  /** Watchers and places that are lost. */
  lost(matches: (endpoint: Endpoint) => boolean): void {
    for (const [key, { to }] of this.#lookers) if (matches(to)) this.#lookers.delete(key);
    this.gone(matches);
    this.#want();
  }

  /** Places that show nothing any more. */
  gone(matches: (endpoint: Endpoint) => boolean): void {
    const timeMs = this.#options.platform.wallMs();
    for (const { observed } of this.#kept.values()) {
      const { topic, at } = observed;
      if (observed.gone !== true && matches(at)) this.take({ topic, at, timeMs, gone: true });
    }
  }

  flush(): void {
    this.#stopTimer();
    let behind = false;
    for (const looker of this.#lookers.values()) behind = this.#serve(looker) || behind;
    const isDue = (key: string): boolean => Array.from(this.#lookers.values()).some(({ due }) => due.has(key));
    // Those who knew of it have been told.
    for (const [key, kept] of this.#kept) if (kept.observed.gone === true && !isDue(key)) this.#drop(key, kept);
    if (behind) this.#soon();
  }

  close(): void {
    this.#stopTimer();
    this.#lookers.clear();
    this.#kept.clear();
  }

  #want(): void {
    const wanted = new Set<Topic>();
    for (const { topics } of this.#lookers.values()) for (const topic of topics) wanted.add(topic);
    const before = this.#wanted;
    if (wanted.size === before.size && [...wanted].every((topic) => before.has(topic))) return;
    this.#wanted = wanted;
    for (const [key, kept] of this.#kept) if (!wanted.has(kept.observed.topic)) this.#drop(key, kept);
    this.#options.ask([...wanted]);
  }

  #keep(key: string, before: Kept | undefined, kept: Kept): void {
    this.#keptBytes += kept.bytes - (before?.bytes ?? 0);
    this.#kept.set(key, kept);
  }

  #drop(key: string, { bytes }: Kept): void {
    this.#keptBytes -= bytes;
    this.#kept.delete(key);
  }

  #soon(): void {
    if (this.#lookers.size > 0) this.#timer ??= this.#options.platform.startTimer(EVENT_BATCH_MS, () => this.flush());
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#options.platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }

  /** Says what is due; gives whether something is left for later. */
  #serve({ to, push, sight, due }: Looker): boolean {
    const { notify, logger } = this.#options;
    while (due.size > 0) {
      const batch: Observed[] = [];
      const keys: string[] = [];
      let sum = 0;
      for (const key of due) {
        const kept = this.#kept.get(key);
        if (batch.length > 0 && sum + (kept?.bytes ?? 0) > EVENT_BATCH_BYTES) break;
        keys.push(key);
        const shown = kept === undefined ? undefined : this.#shown(kept.observed, sight);
        if (shown === undefined) continue;
        batch.push(shown);
        sum += kept?.bytes ?? 0;
      }
      try {
        if (batch.length > 0) notify(to, push, batch, { bytes: sum });
      } catch (error) {
        // No room on the way there: it is told later, as it is then.
        logger.debug("watcher.behind", { to: endpointKey(to), error: errorFrom(error).message });
        return true;
      }
      for (const key of keys) due.delete(key);
    }
    return false;
  }

  #shown(observed: Observed, sight: Sight): Observed | undefined {
    const { showArgs, ownerOf } = this.#options;
    const whole = sight.type === "all" || (sight.type === "own" && ownerOf(observed.at) === sight.owner);
    try {
      if (!whole) return barelyObserved(observed);
      return showArgs ? observed : withoutTexts(observed);
    } catch {
      // It is not what it says it is.
      return undefined;
    }
  }
}

const keyOf = ({ topic, at }: Observed): string => `${topic} ${endpointKey(at)}`;
