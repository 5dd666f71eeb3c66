/** What host packages need beside the public names: the platform and the seams of the layers. Not for applications. */
export {
  installPlatform,
  installedPlatform,
  type KeyPair,
  type NetworkParts,
  type Platform,
  type TimerHandle,
} from "./platform.ts";
export {
  BUNDLE_LIMIT_BYTES,
  CALL_TIMEOUT_MS,
  DEFAULT_PORTS,
  DIAL_TIMEOUT_MS,
  INVITE_FOR_MS,
  LINK_CREDIT_BYTES,
} from "./defaults.ts";
export { isCodeDigest, isClusterId, isPeerId, isTaskId, parseServerId, randomText, serverId } from "./ids.ts";
export { type Endpoint, endpointKey, sameEndpoint } from "./contracts/endpoint.ts";
export { type Link } from "./contracts/link.ts";
export { type Caller, type ProcedureOptions, type Procedures } from "./contracts/procedures.ts";
export { type Inbound, type Router, type RuntimeMessage, type RuntimeRequest } from "./contracts/router.ts";
export {
  type Bundle,
  type Bundler,
  type CodeStore,
  type NodeInfo,
  type NodeLoad,
  type ServerHost,
  type ServerInfo,
  type ServerProcess,
  type ServerProcessExit,
} from "./cluster/contracts.ts";

// link/
export { FrameSplitter } from "./link/frame-splitter.ts";
export { Inbox, newSignal, type Signal } from "./link/inbox.ts";

// cluster/
export { type ClusterPeer } from "./cluster/cluster-peer.ts";
export { NO_COUNTERS } from "./cluster/events.ts";
export { type SchedulerAction } from "./cluster/scheduler-actions.ts";
export { createSchedulerState, type SchedulerEvent, type SchedulerState } from "./cluster/scheduler-records.ts";
export { decide } from "./cluster/scheduler-state.ts";
