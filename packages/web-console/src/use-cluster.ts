/** React's way to a cluster: the model, drawn again at most once per frame. */
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { ClusterModel } from "./model/cluster-model.ts";
import { type ClusterSource, feed } from "./model/source.ts";
import { ClusterStore } from "./model/store.ts";

/**
 * Watches `source` while the component is mounted. The model is changed in place: read it while rendering, and keep
 * nothing of it. When the cluster ends, the last state stays, and `model.connection` says so.
 *
 * @example
 * const cluster = useCluster(client);
 * return <p>{cluster.servers.size} servers</p>;
 */
export function useCluster(source: ClusterSource): ClusterModel {
  const store = useClusterStore(source);
  useSyncExternalStore(
    (listener) => store.subscribe(listener),
    () => store.version,
  );
  return store.model;
}

/** The store itself, for those who draw outside React; it is fed while the component is mounted. */
export function useClusterStore(source: ClusterSource): ClusterStore {
  const [store] = useState(() => new ClusterStore());
  useEffect(() => {
    const feeding = feed(store, source);
    return () => feeding[Symbol.dispose]();
  }, [store, source]);
  return store;
}

export const StoreContext = createContext<ClusterStore | undefined>(undefined);

/** The model of the page around, drawn again when it changed. */
export function useModel(): ClusterModel {
  const store = useContext(StoreContext);
  if (store === undefined) throw new Error("useModel is used outside the console's page");
  useSyncExternalStore(
    (listener) => store.subscribe(listener),
    () => store.version,
  );
  return store.model;
}
