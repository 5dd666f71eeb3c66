/** React's way to a store: fed while a component is mounted, and given to those below. */
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { ClusterModel } from "./model/cluster-model.ts";
import { type ClusterSource, feed } from "./model/source.ts";
import { ClusterStore } from "./model/store.ts";

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
