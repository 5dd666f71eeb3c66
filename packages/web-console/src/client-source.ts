/** A program's client as the source of a model: what its scheduler tells, and what its peer may do. */
import { type Client, clusterActs, type Cursor, type PeerHost, watchCluster } from "@skein/runtime";
import type { ClusterObserver, ClusterSource, ClusterWatching } from "./model/source.ts";

/** A client as `connect()` gives it: of a peer that knows its roles. */
export type WatchingClient = Pick<Client<PeerHost>, "peer" | "scheduler">;

/** The cluster of `client`, to be watched as often as one likes. Its peer needs one of the roles operator, client, viewer. */
export function clientSource(client: WatchingClient): ClusterSource {
  return { watch: (observer) => watchClient(client, observer) };
}

function watchClient({ peer, scheduler }: WatchingClient, observer: ClusterObserver): ClusterWatching {
  const acts = clusterActs(peer.procedures, { peer: scheduler.peer, server: 0 });
  observer.access?.({ roles: peer.roles, acts });
  let cursor: Cursor | undefined;
  let begun = false;
  const away = peer.onSuspected((one, suspected) => {
    if (begun && one === scheduler.peer)
      observer.connection(suspected ? { phase: "away", sinceMs: Date.now() } : { phase: "live" });
  });
  const watch = watchCluster(peer, {
    scheduler,
    onSnapshot: (snapshot) => {
      // After a loss of the same scheduler, the events since the last one follow.
      const since = cursor?.epoch === snapshot.epoch ? cursor.seq : snapshot.seq;
      cursor = { epoch: snapshot.epoch, seq: since };
      observer.snapshot(snapshot, since);
      begun = true;
      observer.connection({ phase: "live" });
    },
    onEvents: (events) => {
      const last = events.at(-1);
      if (last !== undefined) cursor = { epoch: last.epoch, seq: last.seq };
      observer.events(events);
    },
    onObserved: (observed) => observer.observed?.(observed),
    onLost: (error) => {
      begun = false;
      observer.connection({ phase: "ended", sinceMs: Date.now(), reason: error.message });
    },
  });
  return {
    setTopics: (topics) => watch.setTopics(topics),
    [Symbol.dispose]: () => {
      away[Symbol.dispose]();
      watch.close();
    },
  };
}
