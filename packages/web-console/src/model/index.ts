/** The model without React: for other ways of showing a cluster, such as `skein top`. */
export {
  type ClusterModel,
  type Connection,
  createModel,
  type JobRow,
  type NodeRow,
  type Trouble,
} from "./cluster-model.ts";
export { type ModelInput, reduce } from "./reduce.ts";
export {
  clusterNow,
  isBusy,
  jobProgress,
  jobsInOrder,
  pageTime,
  RATE_SECONDS,
  runsNow,
  serverName,
  serversInOrder,
  serverTotals,
  taskTotals,
} from "./select.ts";
