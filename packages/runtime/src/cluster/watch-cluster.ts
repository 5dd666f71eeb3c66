/** Follows what happens in a cluster: a snapshot, then every event by number, again after the scheduler was lost. */
import { type Location } from "../contracts/endpoint.ts";
import { CALL_TIMEOUT_MS } from "../defaults.ts";
import { randomText } from "../ids.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type ClusterEvent, type ClusterSnapshot, type Cursor } from "./events.ts";
import { type Observed, type Topic } from "./observed.ts";
import { SchedulerLink } from "./scheduler-link.ts";
import { type EventBatch, parseEventBatch, type Subscribe } from "./watch-words.ts";

export interface WatchOptions {
  readonly scheduler: Location;
  /** How the cluster stands, first and after each loss of the scheduler; events after its `seq` follow. */
  readonly onSnapshot: (snapshot: ClusterSnapshot) => void;
  /** New events in order; numbers that are no longer kept come as a `gap`. */
  readonly onEvents: (events: readonly ClusterEvent[]) => void;
  /** What to look at beside the events; nothing of it is collected anywhere while nobody does. Default: nothing. */
  readonly topics?: readonly Topic[];
  /**
   * How places stand, of the topics that are looked at: all that is known soon after each snapshot (what came before it
   * counts no more), then what has changed.
   */
  readonly onObserved?: (observed: readonly Observed[]) => void;
  /** The scheduler was lost; it is looked for until the watch is closed. */
  readonly onLost?: (error: Error) => void;
  /** Go on after this event, from an earlier watch of the same scheduler. */
  readonly since?: Cursor;
  readonly logger?: Logger;
}

/** A watch of a cluster's events; disposing ends it. */
export interface ClusterWatch extends Disposable {
  /** The scheduler has answered, and was not lost since: what happens from now on is told. */
  readonly connected: boolean;
  /** Looks at these topics from now on, and at no others: at most 64. */
  setTopics(topics: readonly Topic[]): void;
  close(): void;
}

/** Characters of a watch's own name at its peer. */
const NAME_LENGTH = 10;

/**
 * Follows a cluster's events through `peer`, which needs one of the roles operator, client, viewer.
 *
 * @example
 * using watch = watchCluster(peer, { scheduler, onSnapshot: model.reset, onEvents: model.apply });
 */
export function watchCluster(peer: ClusterPeer, options: WatchOptions): ClusterWatch {
  return new Watch(peer, options);
}

class Watch implements ClusterWatch {
  readonly #peer: ClusterPeer;
  readonly #options: WatchOptions;
  readonly #name: string;
  readonly #handle: Disposable;
  readonly #link: SchedulerLink;
  #cursor: Cursor | undefined;
  #topics: readonly Topic[];
  /** What came before the snapshot it follows on. */
  #early: EventBatch[] | undefined;

  constructor(peer: ClusterPeer, options: WatchOptions) {
    this.#peer = peer;
    this.#options = options;
    this.#cursor = options.since;
    this.#topics = options.topics ?? [];
    this.#name = `watch.${randomText(NAME_LENGTH, (count) => peer.runtime.platform.randomBytes(count))}`;
    const { scheduler } = options;
    this.#handle = peer.procedures.handle(this.#name, { parse: parseEventBatch }, (batch, { endpoint }) => {
      if (endpoint.peer === scheduler.peer && endpoint.server === 0) this.#take(batch);
    });
    this.#link = new SchedulerLink({
      peer,
      scheduler,
      hello: () => this.#subscribe(),
      logger: options.logger ?? silentLogger,
      who: "watch",
      ...(options.onLost === undefined ? {} : { onLost: options.onLost }),
    });
  }

  get connected(): boolean {
    // The link knows its scheduler as soon as it asks.
    return this.#link.known && this.#early === undefined;
  }

  setTopics(topics: readonly Topic[]): void {
    this.#topics = topics;
    this.#link.notify("scheduler.topics", { push: this.#name, topics });
  }

  close(): void {
    this.#link.notify("scheduler.unsubscribe", { push: this.#name });
    this.#link.close();
    this.#handle[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #subscribe(): Promise<void> {
    this.#early = [];
    const topics = this.#topics;
    const words: Subscribe = {
      push: this.#name,
      ...(this.#cursor === undefined ? {} : { since: this.#cursor }),
      ...(topics.length === 0 ? {} : { topics }),
    };
    // Answered by a scheduler of ours.
    const snapshot = (await this.#peer.procedures.call(this.#link.endpoint, "scheduler.subscribe", words, {
      timeoutMs: CALL_TIMEOUT_MS,
    })) as ClusterSnapshot;
    const early = this.#early ?? [];
    this.#early = undefined;
    const { epoch, seq } = snapshot;
    if (this.#cursor?.epoch !== epoch) this.#cursor = { epoch, seq };
    this.#options.onSnapshot(snapshot);
    if (topics !== this.#topics) this.setTopics(this.#topics);
    for (const batch of early) this.#take(batch);
  }

  #take(batch: EventBatch): void {
    if (this.#early !== undefined) {
      this.#early.push(batch);
      return;
    }
    const { events, observed = [] } = batch;
    const last = events.at(-1);
    if (last !== undefined) {
      this.#cursor = { epoch: last.epoch, seq: last.seq };
      this.#options.onEvents(events);
    }
    if (observed.length > 0) this.#options.onObserved?.(observed);
  }
}
