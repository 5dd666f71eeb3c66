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
  CLOSE_FLUSH_MS,
  CONNECTIONS_LIMIT,
  DATAGRAMS_LIMIT,
  DEFAULT_PORTS,
  DIAL_TIMEOUT_MS,
  INVITE_FOR_MS,
  IO_BUFFER_BYTES,
  IO_SEND_BYTES,
  LINE_LIMIT_BYTES,
  LINK_CREDIT_BYTES,
  MESSAGE_LIMIT_BYTES,
  OFFLOAD_IDLE_MS,
  OFFLOAD_QUEUE_LIMIT,
  PROGRAM_ERRORS_KEPT_BYTES,
  PROGRAM_KILL_AFTER_MS,
  PROGRAM_OUTPUT_LIMIT_BYTES,
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
  type EarlyCancel,
  type NodeInfo,
  type NodeLoad,
  type ServerHost,
  type ServerInfo,
  type ServerLine,
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
export { type ClientOptions, createClient } from "./cluster/client.ts";
export { type Node, type NodeOptions, startNode } from "./cluster/node.ts";
export { type Scheduler, type SchedulerOptions, startScheduler } from "./cluster/scheduler.ts";
export { type ServerOptions, type ServerShell, startServer } from "./cluster/server.ts";

// task/, for the waits of host packages
export { atTaskEnd } from "./task/at-task-end.ts";
export { type Engine } from "./task/engine.ts";
export { type LimitOptions, limitsFrom } from "./task/limits.ts";
export { notSelfContained, offloadTo, threadLostError, unsendable } from "./task/offload.ts";
export {
  OffloadPool,
  type Thread,
  type ThreadCall,
  type ThreadEvents,
  type ThreadHost,
  type ThreadJob,
} from "./task/offload-pool.ts";
export { StreamOf } from "./task/stream.ts";
export { Wait } from "./task/wait.ts";

// wire/, link/, peer/
export { Codec, type ValueClass } from "./wire/codec.ts";
export { memoryLinks } from "./link/memory.ts";
export { messagePortLink, type PortLike } from "./link/message-port.ts";
export { readInvite } from "./peer/membership.ts";
export { createPeer } from "./peer/peer.ts";
export { type PeerHost, type PeerOptions } from "./peer/peer-host.ts";
export { memoryPeerStore, type PeerState, type PeerStore } from "./peer/peer-store.ts";
export { createServerRouter, type ServerRouter, type ServerRouterOptions } from "./peer/server-router.ts";

// task/, for those who run tasks for others
export { completed, Deferred } from "./task/deferred.ts";
export { defaultEngine, replaceDefaultEngine } from "./task/default-engine.ts";
export { runIn } from "./task/run-in.ts";
export { type AnyFunction, type StartOptions } from "./task/task-context.ts";
export { type ExitWatcher, type LocalTarget } from "./task/target.ts";
export { spawnIn } from "./task/spawn.ts";

// message/
export { inboundOf } from "./message/inbound.ts";
export { type Locator, nameTable, NameTable } from "./message/names.ts";
export { type WireForm, wireForms } from "./message/wire-forms.ts";

// wire/, for errors of threads
export { errorFromThread, type ThreadCause, type ThreadError } from "./wire/thread-error.ts";
export { HEADER_BYTES } from "./wire/frames.ts";
