/** Tells those who look how a place stands: what has changed, once a second, and nothing while nobody looks. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { OBSERVE_MS } from "../defaults.ts";
import { errorFrom, isSkeinError } from "../errors.ts";
import { type Logger, type LogLevel } from "../logger.ts";
import { type TimerHandle } from "../platform.ts";
import { logBook } from "../task/log-book.ts";
import type { PlaceSource } from "./observe.ts";
import { type Observed, type Topic } from "./observed.ts";

/** What a scheduler has asked for. */
interface Asker {
  readonly to: Endpoint;
  topics: readonly Topic[];
  /** What it was told of each topic last, as text. */
  readonly told: Map<Topic, string>;
}

export interface PlaceObserverOptions {
  readonly procedures: Procedures;
  readonly logger: Logger;
  readonly source: PlaceSource;
}

type Observe = typeof import("./observe.ts").observe;

export class PlaceObserver {
  readonly #options: PlaceObserverOptions;
  readonly #askers = new Map<string, Asker>();
  readonly #lost: Disposable;
  #observe: Observe | undefined;
  #timer: TimerHandle = undefined;
  #closed = false;

  constructor(options: PlaceObserverOptions) {
    this.#options = options;
    this.#lost = options.procedures.onLost((matches) => {
      for (const { to } of this.#askers.values()) if (matches(to)) this.look(to, []);
    });
  }

  /** Tells `to` of these topics from now on, of no others. With `fresh` all of it is told again. */
  look(to: Endpoint, topics: readonly Topic[], fresh = false): void {
    if (this.#closed) return;
    const key = endpointKey(to);
    const told = this.#askers.get(key)?.told ?? new Map<Topic, string>();
    for (const topic of told.keys()) if (fresh || !topics.includes(topic)) told.delete(topic);
    if (topics.length === 0) this.#askers.delete(key);
    else this.#askers.set(key, { to, topics, told });
    this.#keepLines();
    this.#stopTimer();
    if (this.#askers.size > 0) void this.#load();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#askers.clear();
    this.#keepLines();
    this.#stopTimer();
    this.#lost[Symbol.dispose]();
  }

  /** What collects is not loaded before somebody looks. */
  async #load(): Promise<void> {
    try {
      this.#observe ??= (await import("./observe.ts")).observe;
      this.#tick();
    } catch (error) {
      this.#options.logger.warn("place.observe", { error: errorFrom(error).message });
    }
  }

  readonly #tick = (): void => {
    const { platform } = this.#options.source.engine;
    this.#stopTimer();
    if (this.#closed || this.#askers.size === 0) return;
    for (const asker of this.#askers.values()) for (const topic of asker.topics) this.#tell(asker, topic);
    this.#timer = platform.startTimer(OBSERVE_MS, this.#tick);
  };

  #tell({ to, told }: Asker, topic: Topic): void {
    const { procedures, logger, source } = this.#options;
    const shown = this.#observe?.(topic, source);
    const text = shown === undefined ? undefined : JSON.stringify(shown);
    if (text === told.get(topic)) return;
    const place = { at: source.self, timeMs: source.engine.platform.wallMs() };
    const observed: Observed = shown === undefined ? { topic, ...place, gone: true } : { ...shown, ...place };
    try {
      procedures.tryNotify(to, "scheduler.observed", observed);
    } catch (error) {
      // No room on the way: the next time it is told as it is then.
      if (isSkeinError(error, "LINK_OVERLOADED")) return;
      logger.debug("place.observed", { topic, error: errorFrom(error).message });
    }
    if (text === undefined) told.delete(topic);
    else told.set(topic, text);
  }

  #keepLines(): void {
    const levels = Array.from(this.#askers.values(), ({ topics }) => topics).flatMap((topics) =>
      topics.flatMap((topic) => levelOf(topic) ?? []),
    );
    this.#options.source.engine.part(logBook).keep(levels);
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#options.source.engine.platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }
}

const LEVELS: ReadonlyMap<string, LogLevel> = new Map([
  ["logs:debug", "debug"],
  ["logs:info", "info"],
  ["logs:warn", "warn"],
  ["logs:error", "error"],
]);

const levelOf = (topic: Topic): LogLevel | undefined => LEVELS.get(topic);
