/**
 * What host packages need beside the public names: the platform and the seams of the layers. Not for applications.
 * Light: what loads the codec, schemas, peers or the cluster stands in `network.ts`.
 */
export { installPlatform, installedPlatform, type KeyPair, type TimerHandle } from "./platform.ts";
export {
  ABILITY_ANSWER_MS,
  ABILITY_ASKS_LIMIT,
  ABILITY_BODY_BYTES,
  ABILITY_CAPTURES_LIMIT,
  ABILITY_EVENTS_KEPT,
  ABILITY_FETCH_BYTES,
  ABILITY_FETCH_MS,
  ABILITY_FETCHED_BYTES,
  ABILITY_FETCHES_PER_SECOND,
  ABILITY_FRAMES_PER_SECOND,
  ABILITY_GPU_BYTES,
  ABILITY_GPU_MS,
  ABILITY_KEY_LIMIT,
  ABILITY_STORED_FOR_MS,
  ABILITY_STORED_IN_USE_MS,
  ABILITY_POSITION_MS,
  ABILITY_QUESTION_LIMIT,
  ABILITY_SOUNDS_KEPT,
  ABILITY_TEXT_LIMIT,
  ABILITY_VIEWS_LIMIT,
  BUNDLE_LIMIT_BYTES,
  CALL_TIMEOUT_MS,
  CLOSE_FLUSH_MS,
  CONNECTIONS_LIMIT,
  DATAGRAMS_LIMIT,
  DEFAULT_PORTS,
  DIAL_TIMEOUT_MS,
  HEARTBEAT_MS,
  INVITE_FOR_MS,
  IO_BUFFER_BYTES,
  IO_SEND_BYTES,
  JOB_WEIGHT_LEAST,
  JOB_WEIGHT_MOST,
  LINE_LIMIT_BYTES,
  LINK_CREDIT_BYTES,
  MESSAGE_LIMIT_BYTES,
  OFFLOAD_IDLE_MS,
  OFFLOAD_QUEUE_LIMIT,
  POOL_CONNECT_MS,
  POOL_HOST_ALIVE_MISSES,
  POOL_HOST_ALIVE_MS,
  POOL_HOST_SILENT_MS,
  POOL_IN_FLIGHT,
  PROGRAM_ERRORS_KEPT_BYTES,
  PROGRAM_KILL_AFTER_MS,
  PROGRAM_OUTPUT_LIMIT_BYTES,
  RELAY_CONNECTION_LIMIT_BYTES,
  RELAY_CONNECTION_LIMIT_MS,
  RELAY_RESERVATIONS_LIMIT,
  TAB_SERVERS_LIMIT,
  SERVER_DESCRIPTORS_LIMIT,
  SERVER_DISK_BYTES,
  SERVER_FILES_LIMIT,
  SERVER_MEMORY_LEAST_BYTES,
  SERVER_MEMORY_SHARE,
  SERVER_PROCESSES_LIMIT,
  SERVER_WATCH_MS,
  WEBRTC_BUFFERED_BYTES,
  WEBRTC_MESSAGE_BYTES,
} from "./defaults.ts";
export { isCodeDigest, isClusterId, isJobId, isPeerId, isTaskId, parseServerId, randomText, serverId } from "./ids.ts";
export { type Endpoint, endpointKey, sameEndpoint } from "./contracts/endpoint.ts";
export type { Link } from "./contracts/link.ts";
export type { Caller, ProcedureOptions, Procedures } from "./contracts/procedures.ts";
export type { Inbound, Router, RuntimeMessage, RuntimeRequest } from "./contracts/router.ts";
export type {
  Bundle,
  BundleOptions,
  Bundler,
  CodeStore,
  EarlyCancel,
  FoundFunction,
  FunctionsBundle,
  JobFolder,
  JobFolders,
  LiveFunction,
  NodeInfo,
  NodeLoad,
  Origin,
  Origins,
  ServerHost,
  ServerInfo,
  ServerLine,
  ServerProcess,
  ServerProcessExit,
} from "./cluster/contracts.ts";

export type { AskAbility } from "./cluster/task-io.ts";
export type { ServerPlaces } from "./cluster/task-tools.ts";

// cluster/
export { NO_COUNTERS } from "./cluster/events.ts";
export type { Confinement, IsolationWish } from "./cluster/isolation.ts";
export { loadNetwork } from "./cluster/on-demand.ts";
export { StackMaps } from "./cluster/stack-maps.ts";

// task/, for the waits of host packages
export { atTaskEnd } from "./task/at-task-end.ts";
export type { Engine } from "./task/engine.ts";
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

// peer/
export type { KeptInvite } from "./peer/invite-book.ts";
export type { KeptHold, KeptOrders } from "./peer/kept-orders.ts";
export type { PeerState } from "./peer/peer-store.ts";

// task/, for those who run tasks for others
export { completed, Deferred } from "./task/deferred.ts";
export { defaultEngine, replaceDefaultEngine } from "./task/default-engine.ts";
export { runIn } from "./task/run-in.ts";
export type { AnyFunction, StartOptions } from "./task/task-context.ts";
export type { ExitWatcher, LocalTarget } from "./task/target.ts";
export { spawnIn } from "./task/spawn.ts";

// message/
export { inboundOf } from "./message/inbound.ts";
export { type Locator, nameTable, NameTable } from "./message/names.ts";
export { type WireForm, wireForms } from "./message/wire-forms.ts";

// wire/, for errors of threads
export { errorFromThread, type ThreadCause, type ThreadError } from "./wire/thread-error.ts";
export { HEADER_BYTES } from "./wire/frames.ts";

// pool/
export { type PoolCallable, type StubCode, stubOf } from "./pool/function-stub.ts";
export { OpenPool } from "./pool/open-pool.ts";
export type { PoolProcess } from "./pool/pool-process.ts";
export type { FunctionPlace, PoolHost } from "./pool/pool.ts";
export { type PoolPart, poolPart } from "./pool/pool-part.ts";
export type { PoolPlace } from "./pool/place.ts";
