/** Keeps a node, client or watcher known to its scheduler: says hello, and again whenever the scheduler was lost. */
import { type Endpoint, type Location } from "../contracts/endpoint.ts";
import { RECONNECT_FIRST_MS, RECONNECT_MOST_MS } from "../defaults.ts";
import { errorFrom, isSkeinError } from "../errors.ts";
import { type Logger } from "../logger.ts";
import { type TimerHandle } from "../platform.ts";
import { SECOND_MS } from "../units.ts";
import { type ClusterPeer } from "./cluster-peer.ts";

export interface SchedulerLinkOptions {
  readonly peer: ClusterPeer;
  readonly scheduler: Location;
  /** Says everything the scheduler has to know; called again after each loss. Throwing means "try again". */
  readonly hello: () => PromiseLike<void>;
  readonly logger: Logger;
  /** Who says hello, for the log. */
  readonly who: string;
  /** The scheduler was lost; what is held stays held. */
  readonly onLost?: (error: Error) => void;
}

/** How long its answer to what needs none is waited for. */
const HEARD_MS: number = SECOND_MS;

export class SchedulerLink {
  readonly endpoint: Endpoint;
  readonly #options: SchedulerLinkOptions;
  readonly #lost: Disposable;
  #timer: TimerHandle = undefined;
  #known = false;
  #trying = false;
  #again = false;
  #closed = false;
  #attempt = 0;
  /** That it is away was logged: once is enough. */
  #told = false;
  #error: Error | undefined;

  constructor(options: SchedulerLinkOptions) {
    this.#options = options;
    this.endpoint = { peer: options.scheduler.peer, server: 0 };
    this.#lost = options.peer.procedures.onLost((matches, error) => {
      if (matches(this.endpoint)) this.#wasLost(error);
    });
    // Its owner finishes what it builds first.
    options.peer.runtime.platform.microtask(() => void this.#try());
  }

  /** Whether the last hello was answered and the scheduler was not lost since. */
  get known(): boolean {
    return this.#known;
  }

  /** Why the last hello failed. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Says something that needs no answer, while the scheduler is there; what is said meanwhile is the next hello's. */
  notify(name: string, words: unknown): void {
    if (!this.#known || this.#closed) return;
    try {
      this.#options.peer.procedures.notify(this.endpoint, name, words);
    } catch (error) {
      this.#options.logger.error("scheduler.notify", { name, error: errorFrom(error).message });
    }
  }

  /** Says something and waits a moment until it was heard; no matter if it is not: the scheduler then is gone, or knows. */
  async call(name: string, words: unknown): Promise<void> {
    if (!this.#known || this.#closed) return;
    try {
      await this.#options.peer.procedures.call(this.endpoint, name, words, { timeoutMs: HEARD_MS });
    } catch (error) {
      if (!isSkeinError(error)) this.#options.logger.warn("scheduler.call", { name, error: errorFrom(error).message });
    }
  }

  /** Says hello again now: what the scheduler has to know has changed. While it is away, the next one says it. */
  async again(): Promise<void> {
    if (!this.#known || this.#closed) return;
    try {
      await this.#options.hello();
    } catch (error) {
      this.#wasLost(errorFrom(error));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lost[Symbol.dispose]();
    this.#stopTimer();
  }

  #wasLost(error: Error): void {
    if (this.#closed) return;
    // A hello under way may have been heard by the one that is lost.
    if (this.#trying) this.#again = true;
    if (!this.#known) return;
    this.#known = false;
    this.#error = error;
    this.#told = true;
    this.#options.logger.warn("scheduler.lost", { who: this.#options.who, error: error.message });
    this.#options.onLost?.(error);
    this.#later();
  }

  async #try(): Promise<void> {
    const { peer, scheduler, hello, logger, who } = this.#options;
    if (this.#trying || this.#closed) return;
    this.#trying = true;
    this.#again = false;
    try {
      if (scheduler.peer !== peer.id) await peer.connect(scheduler);
      // Notes that a hello brings about are for this scheduler too.
      this.#known = true;
      await hello();
      this.#attempt = 0;
      this.#told = false;
      this.#error = undefined;
      logger.info("scheduler.found", { who });
    } catch (error) {
      this.#known = false;
      this.#error = errorFrom(error);
      if (!this.#closed)
        logger[this.#told ? "debug" : "warn"]("scheduler.unreachable", { who, error: this.#error.message });
      this.#told = true;
    }
    this.#trying = false;
    if (this.#again) this.#known = false;
    if (!this.#known) this.#later();
  }

  #later(): void {
    const { platform } = this.#options.peer.runtime;
    if (this.#closed || this.#timer !== undefined || this.#trying) return;
    const mostMs = Math.min(RECONNECT_MOST_MS, RECONNECT_FIRST_MS * 2 ** Math.min(this.#attempt, 10));
    this.#attempt += 1;
    this.#timer = platform.startTimer(mostMs * (0.5 + platform.random() / 2), () => {
      this.#timer = undefined;
      void this.#try();
    });
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#options.peer.runtime.platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }
}
