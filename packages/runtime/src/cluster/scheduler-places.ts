/** Those who watch a scheduler's cluster: what they subscribe to, and the places that are asked for what they look at. */
import { type Endpoint, endpointKey, sameEndpoint } from "../contracts/endpoint.ts";
import { type Caller } from "../contracts/procedures.ts";
import { errorFrom } from "../errors.ts";
import { type PeerId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type ClusterLog } from "./cluster-log.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type ClusterSnapshot, WATCHER_ROLES } from "./events.ts";
import { type Observed, type Topic } from "./observed.ts";
import { showPlace } from "./peer-place.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { ownerOf, sightOf } from "./scheduler-callers.ts";
import { SchedulerObserved } from "./scheduler-observed.ts";
import {
  parseObserved,
  parseSubscribe,
  parseUnsubscribe,
  parseWatchTopics,
  type PlaceTopics,
  type Subscribe,
} from "./watch-words.ts";
import { shownTo, Watchers } from "./watchers.ts";

export interface SchedulerPlacesOptions {
  readonly peer: ClusterPeer;
  readonly logger: Logger;
  readonly log: ClusterLog;
  readonly state: SchedulerState;
  /** Whether messages that wait in mailboxes are shown to those who may see them. */
  readonly showArgs: boolean;
  readonly snapshot: () => ClusterSnapshot;
  /** The first watcher came, or the last one left. */
  readonly onWatched: (on: boolean) => void;
}

export class SchedulerPlaces {
  readonly watchers: Watchers;
  readonly #options: SchedulerPlacesOptions;
  readonly #observed: SchedulerObserved;
  readonly #handles: readonly Disposable[];
  /** Clients that have opened a job since they connected. */
  readonly #clients = new Map<string, Endpoint>();

  constructor(options: SchedulerPlacesOptions) {
    const { peer, logger, log, snapshot, showArgs, onWatched } = options;
    const { procedures, runtime } = peer;
    const { platform } = runtime;
    this.#options = options;
    this.watchers = new Watchers({
      platform,
      log,
      logger,
      notify: (to, push, events, how) => procedures.tryNotify(to, push, { events }, how),
      onWatched,
    });
    this.#observed = new SchedulerObserved({
      platform,
      logger,
      showArgs,
      ask: (topics) => this.#askAll(topics),
      ownerOf: (at) => this.#ownerOf(at),
      check: (observed) => procedures.check(observed),
      notify: (to, push, observed, how) => procedures.tryNotify(to, push, { events: [], observed }, how),
    });
    const roles = WATCHER_ROLES;
    this.#handles = [
      showPlace(peer, { role: "scheduler", logger }),
      procedures.handle("scheduler.subscribe", { parse: parseSubscribe, roles }, (words, caller) =>
        this.#subscribe(words, caller),
      ),
      procedures.handle("scheduler.topics", { parse: parseWatchTopics, roles }, ({ push, topics }, caller) => {
        if (this.watchers.has(caller.endpoint, push))
          this.#observed.look(caller.endpoint, push, sightOf(caller), topics);
      }),
      procedures.handle("scheduler.unsubscribe", { parse: parseUnsubscribe, roles }, ({ push }, { endpoint }) => {
        this.watchers.remove(endpoint, push);
        this.#observed.remove(endpoint, push);
      }),
      procedures.handle("scheduler.status", { parse: () => undefined, roles }, () => snapshot()),
      procedures.handle("scheduler.observed", { parse: parseObserved }, (observed, caller) =>
        this.#take(observed, caller),
      ),
    ];
  }

  /** A node has joined: it may not know what is looked at. */
  nodeJoined(node: PeerId): void {
    this.#ask({ peer: node, server: 0 });
  }

  clientOpened(client: Endpoint): void {
    const known = this.#clients.has(endpointKey(client));
    this.#clients.set(endpointKey(client), client);
    if (!known) this.#ask(client);
  }

  /** It is no node any more: it shows nothing, unless it is another place. */
  left(node: PeerId): void {
    this.#observed.gone((at) => at.peer === node && !this.#isPlace(at));
  }

  lost(matches: (endpoint: Endpoint) => boolean): void {
    this.watchers.lost(matches);
    for (const [key, client] of this.#clients) if (matches(client)) this.#clients.delete(key);
    this.#observed.lost(matches);
  }

  close(): void {
    this.#askAll([]);
    for (const handle of this.#handles) handle[Symbol.dispose]();
    this.watchers.close();
    this.#observed.close();
  }

  #subscribe({ push, since, topics = [] }: Subscribe, caller: Caller): ClusterSnapshot {
    const { log, snapshot } = this.#options;
    const seq = since === undefined ? log.seq : log.place(since);
    const sight = sightOf(caller);
    this.watchers.add(caller.endpoint, push, sight, seq);
    this.#observed.look(caller.endpoint, push, sight, topics, true);
    const failures = log.failures.flatMap((logged) => shownTo(sight, logged) ?? []);
    return { ...snapshot(), ...(failures.length === 0 ? {} : { failures }) };
  }

  /** Each place speaks for itself, and only those of the cluster do. */
  #take(observed: Observed, { endpoint }: Caller): void {
    if (sameEndpoint(observed.at, endpoint) && this.#isPlace(endpoint)) this.#observed.take(observed);
  }

  #isPlace(at: Endpoint): boolean {
    const { peer, state } = this.#options;
    if (at.peer === peer.id || this.#clients.has(endpointKey(at))) return true;
    const node = state.nodes.get(at.peer);
    return node !== undefined && node.away === undefined;
  }

  #ownerOf(at: Endpoint): string | undefined {
    const key = endpointKey(at);
    if (at.server === 0) return this.#clients.has(key) ? key : undefined;
    const node = this.#options.state.nodes.get(at.peer);
    const lease = node?.lanes[at.server - 1]?.lease ?? node?.io.get(at.server);
    return lease === undefined ? undefined : ownerOf(lease.job.client);
  }

  #askAll(topics: readonly Topic[]): void {
    const { peer, state } = this.#options;
    const places = new Map(this.#clients);
    for (const { id, away } of state.nodes.values()) {
      if (away === undefined) places.set(endpointKey({ peer: id, server: 0 }), { peer: id, server: 0 });
    }
    places.set(endpointKey(peer.procedures.self), peer.procedures.self);
    for (const place of places.values()) this.#say(place, { topics });
  }

  #ask(place: Endpoint): void {
    const topics = this.#observed.wanted;
    if (topics.length > 0) this.#say(place, { topics, fresh: true });
  }

  #say(place: Endpoint, words: PlaceTopics): void {
    const { peer, logger } = this.#options;
    try {
      peer.procedures.notify(place, "place.topics", words);
    } catch (error) {
      logger.debug("place.topics", { place: endpointKey(place), error: errorFrom(error).message });
    }
  }
}
