/** Where a model gets its news from: a client of the cluster, the console's session, a recording. */
import type { ClusterEvent, ClusterSnapshot } from "@skein/runtime";
import type { Connection } from "./cluster-model.ts";
import type { ClusterStore } from "./store.ts";

export interface ClusterObserver {
  /** How the cluster stands; again after every reconnect. Events after number `since` follow, when it is given. */
  snapshot(snapshot: ClusterSnapshot, since?: number): void;
  events(events: readonly ClusterEvent[]): void;
  connection(connection: Connection): void;
}

export interface ClusterSource {
  /** Begins to tell `observer`, until disposed. */
  watch(observer: ClusterObserver): Disposable;
}

/** Feeds `store` from `source`. `now` is the page's clock, in milliseconds since 1970. */
export function feed(store: ClusterStore, source: ClusterSource, now: () => number = Date.now): Disposable {
  return source.watch({
    snapshot: (snapshot, since) =>
      store.dispatch({ type: "snapshot", snapshot, ...(since === undefined ? {} : { since }), nowMs: now() }),
    events: (events) => store.dispatch({ type: "events", events, nowMs: now() }),
    connection: (connection) => store.dispatch({ type: "connection", connection }),
  });
}
