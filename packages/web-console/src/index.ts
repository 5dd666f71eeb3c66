/** React for a cluster: a model of it, and the hook that keeps it up to date. */
export {
  type Access,
  type ClusterModel,
  type Connection,
  createModel,
  type FunctionRow,
  type Hold,
  type JobRow,
  type NodeRow,
  type ServerRow,
  type Trouble,
} from "./model/cluster-model.ts";
export {
  countPhases,
  findTasks,
  PHASE_NAMES,
  type TaskColumn,
  type TaskOrder,
  taskTimeMs,
} from "./model/find-tasks.ts";
export { HISTORY_SECONDS, SecondHistory } from "./model/history.ts";
export { LOG_LINE_LIMIT, LogList, type LogRow } from "./model/log-list.ts";
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
export { type ClusterObserver, type ClusterSource, type ClusterWatching, feed } from "./model/source.ts";
export { SPAN_LIMIT, type Span, SpanExit, SpanLog } from "./model/span-log.ts";
export { ClusterStore, type RequestFrame } from "./model/store.ts";
export { type PastAttempt, TaskPhase, type TaskRow } from "./model/task-row.ts";
export { TASK_LIMIT, TaskTable } from "./model/task-table.ts";
export { clientSource, type WatchingClient } from "./client-source.ts";
export { useClusterStore } from "./use-cluster.ts";
export { useCluster } from "./watch-cluster.ts";
