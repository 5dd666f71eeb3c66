/** Where a model gets its news from: a client of the cluster, the console's session, a recording. */
import type { ClusterEvent, ClusterSnapshot, Observed, Topic } from "@skein/runtime";
import type { Access, Connection } from "./cluster-model.ts";
import type { ClusterStore } from "./store.ts";

export interface ClusterObserver {
  /** How the cluster stands; again after every reconnect. Events after number `since` follow, when it is given. */
  snapshot(snapshot: ClusterSnapshot, since?: number): void;
  events(events: readonly ClusterEvent[]): void;
  connection(connection: Connection): void;
  /** What this page may do from now on; `undefined` when it is in no cluster any more. */
  access?(access: Access | undefined): void;
  /** What places show of the topics that are looked at; after each snapshot, all of it again. */
  observed?(observed: readonly Observed[]): void;
}

/** A source that is being watched. */
export interface ClusterWatching extends Disposable {
  /** What is looked at from now on, besides the events. Sources that show nothing else leave it out. */
  setTopics?(topics: readonly Topic[]): void;
}

export interface ClusterSource {
  /** Begins to tell `observer`, until disposed. */
  watch(observer: ClusterObserver): ClusterWatching;
}

/** Feeds `store` from `source`. `now` is the page's clock, in milliseconds since 1970. */
export function feed(store: ClusterStore, source: ClusterSource, now: () => number = Date.now): Disposable {
  const watching = source.watch({
    snapshot: (snapshot, since) =>
      store.dispatch({ type: "snapshot", snapshot, ...(since === undefined ? {} : { since }), nowMs: now() }),
    events: (events) => store.dispatch({ type: "events", events, nowMs: now() }),
    connection: (connection) => store.dispatch({ type: "connection", connection }),
    access: (access) => store.dispatch({ type: "access", access }),
    observed: (observed) => store.dispatch({ type: "observed", observed }),
  });
  const forget = store.onTopics((topics) => watching.setTopics?.(topics));
  return {
    [Symbol.dispose]() {
      forget();
      watching[Symbol.dispose]();
    },
  };
}
