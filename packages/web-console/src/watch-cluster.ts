/** The hook for people's own React pages: a model of the cluster of their client, or of any other source. */
import { useMemo, useSyncExternalStore } from "react";
import { clientSource, type WatchingClient } from "./client-source.ts";
import type { ClusterModel } from "./model/cluster-model.ts";
import type { ClusterSource } from "./model/source.ts";
import { useClusterStore } from "./use-cluster.ts";

/**
 * Watches the cluster of `client` while the component is mounted; it may be any other {@link ClusterSource}. The model is
 * changed in place, and the component drawn again at most once per frame: read it while rendering, and keep nothing of
 * it. When the cluster ends, the last state stays, and `model.connection` says so. The client's peer needs one of the
 * roles operator, client, viewer.
 *
 * @example
 * const cluster = useCluster(client);
 * return <p>{cluster.servers.size} servers</p>;
 */
export function useCluster(client: WatchingClient | ClusterSource): ClusterModel {
  const source = useMemo(() => ("watch" in client ? client : clientSource(client)), [client]);
  const store = useClusterStore(source);
  useSyncExternalStore(
    (listener) => store.subscribe(listener),
    () => store.version,
  );
  return store.model;
}
