/** React for a cluster: a model of it, and the hook that keeps it up to date. */
export {
  type ClusterModel,
  type Connection,
  createModel,
  type FunctionRow,
  type JobRow,
  type NodeRow,
  type ServerRow,
  type Trouble,
} from "./model/cluster-model.ts";
export { HISTORY_SECONDS, SecondHistory } from "./model/history.ts";
export { type ModelInput, reduce } from "./model/reduce.ts";
export {
  busyShare,
  clusterNow,
  isBusy,
  jobProgress,
  type JobProgress,
  jobsInOrder,
  serverName,
  serversInOrder,
  serverTotals,
  type ServerTotals,
  taskTotals,
  type TaskTotals,
} from "./model/select.ts";
export { type ClusterObserver, type ClusterSource, feed } from "./model/source.ts";
export { SPAN_LIMIT, type Span, SpanExit, SpanLog } from "./model/span-log.ts";
export { ClusterStore, type RequestFrame } from "./model/store.ts";
export { clientSource, type WatchingClient } from "./client-source.ts";
export { useClusterStore } from "./use-cluster.ts";
export { useCluster } from "./watch-cluster.ts";
