/** What applications use: a list of named exports, by folder. */

// Words and contracts
export { type ErrorCode, errorFrom, isSkeinError, SkeinError, type SkeinErrorOptions } from "./errors.ts";
export type { ChannelId, ClusterId, CodeDigest, JobId, LeaseId, NodeId, PeerId, ServerId, TaskId } from "./ids.ts";
export { type LogFields, type Logger, type LogLevel, silentLogger } from "./logger.ts";
export type { Address, Endpoint, Labels, Location, Role } from "./contracts/endpoint.ts";
export type { FileSource } from "./contracts/file-source.ts";
export type { Exit } from "./contracts/exit.ts";
export type { Effect, Operation, Steps, Stream } from "./contracts/operation.ts";
export type { CloseOptions, WaitOptions } from "./contracts/wait.ts";
export type { LanDiscovery, LanDiscoveryOptions, NetworkParts, NetworkWishes, Platform } from "./platform.ts";
export { DAY_MS, HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from "./units.ts";

// cluster/
export type { NodeAbout, NodeInfo, NodeLoad, ServerInfo } from "./cluster/contracts.ts";
export type { Allow, Isolation } from "./cluster/isolation.ts";
export type {
  ClusterEvent,
  ClusterEventBody,
  ClusterSnapshot,
  Cursor,
  EventError,
  JobCounters,
  JobInfo,
  JobState,
  ServerCounters,
  ServerStanding,
} from "./cluster/events.ts";
export type { EventLog, EventsOptions } from "./cluster/event-log.ts";
export type { Client, ClientOptions } from "./cluster/client.ts";
export type { ClusterPeer } from "./cluster/cluster-peer.ts";
export type { Job, JobOptions } from "./cluster/job.ts";
export type { EachOver, JobEachOptions, JobMapOptions, MapOver, PoolPlacing } from "./cluster/job-map.ts";
export type { JobFile } from "./cluster/job-files.ts";
export type { JobNode, JobServer } from "./cluster/job-nodes.ts";
export type { JobSteers, RestartServersOptions, StopServersOptions } from "./cluster/job-steering.ts";
export type { JobTask } from "./cluster/run-words.ts";
export type { ModuleStubs, PlainStub, Stub, TaskStub } from "./cluster/module.ts";
export type { CloseServerOptions, RemoteTaskContext, SetupContext, TaskPeer } from "./cluster/remote-context.ts";
export type { TrustOptions } from "./cluster/job-trust-options.ts";
export type { Trust } from "./cluster/trust.ts";
export type {
  IoAnswer,
  IoCameraOptions,
  IoFetchInit,
  IoFrame,
  IoGpuBuffer,
  IoGpuWork,
  IoPosition,
  IoSound,
  IoStorage,
  IoView,
  IoViewDescription,
  IoViewEvent,
  IoViewField,
  TaskIo,
} from "./cluster/task-io.ts";
export type { Needs, NodeRule, PlacementRule } from "./cluster/placement-rules.ts";
export type { RunOptions, StartRemote, StreamRemote } from "./cluster/remote-task.ts";
export { clusterActs, createClient, createPeer, watchCluster } from "./cluster/on-demand.ts";
export type {
  CancelActOptions,
  ClusterActs,
  InviteMade,
  JobCancelled,
  SteerOptions,
  TasksCancelled,
  UpgradeCode,
} from "./cluster/acts.ts";
export type { SteerVerb } from "./cluster/scheduler-steering.ts";
export type { ClusterWatch, WatchOptions } from "./cluster/watch-cluster.ts";
export type {
  BundleInfo,
  ChannelInfo,
  JobFileInfo,
  Observed,
  PlaceRole,
  ReaderInfo,
  ServiceInfo,
  SubscriberInfo,
  SupervisedInfo,
  SupervisorInfo,
  TaskDetail,
  TaskWord,
  Topic,
} from "./cluster/observed.ts";

// task/
export { all, race, settled } from "./task/combine.ts";
export { type Closable, type ContextKey, contextKey, type Monitored, type TaskContext } from "./task/context.ts";
export { deadline } from "./task/deadline.ts";
export type { TaskInfo } from "./task/inspect.ts";
export type { OffloadArgs, OffloadModule, OffloadOptions } from "./task/offload.ts";
export type { LogLine } from "./task/log-book.ts";
export { op } from "./task/op.ts";
export { type Clock, createRuntime, runtime, type Runtime, type RuntimeOptions } from "./task/runtime.ts";
export { sleep } from "./task/sleep.ts";
export { spawn } from "./task/spawn.ts";
export { each } from "./task/stream.ts";
export type { TaskRef } from "./task/task-ref.ts";
export type { CancelOptions, Result, Spawn, SpawnOptions, Task, TaskFunction, TaskState } from "./task/types.ts";
export { until } from "./task/until.ts";
export { fromWebStream, toWebStream } from "./task/web-stream.ts";
export { TaskUpgrade } from "./task/upgrade.ts";

// Tasks wait for each other
export { Barrier } from "./sync/barrier.ts";
export { Condition } from "./sync/condition.ts";
export { Latch } from "./sync/latch.ts";
export { type LockOptions, Mutex, type MutexOptions } from "./sync/mutex.ts";
export { Semaphore } from "./sync/semaphore.ts";

// message/
export { type PublishedEvents, publishEvents } from "./message/events.ts";
export {
  type Channel,
  channel,
  type ChannelOptions,
  type DeliverOptions,
  type Overflow,
  type Subscribable,
} from "./message/channel.ts";
export type { LocateOptions, NameKind, RegisterOptions } from "./message/names.ts";
export type { RemoteTask } from "./message/remote-task.ts";
export {
  type ResultStream,
  type Service,
  service,
  type ServiceCaller,
  type ServiceContext,
  type ServiceOptions,
} from "./message/service.ts";
export { locate, locateAll, lookup, type Named, register, unregister } from "./message/registry.ts";

// peer/
export { registerClass } from "./peer/register-class.ts";
export { RemoteError } from "./wire/error-codec.ts";
export type { Peer, PeerHost, PeerInfo, PeerOptions } from "./peer/peer-host.ts";
export type { LinkInfo } from "./peer/traffic.ts";
export type { InviteRequest } from "./peer/standing.ts";
export type { InviteInfo, InviteJoined, InviteList } from "./peer/invite-words.ts";
export { memoryPeerStore, type PeerStore } from "./peer/peer-store.ts";
export type { FilePlaceOptions, FileRemoved, FileSent, SendFileOptions } from "./peer/files.ts";
export type { FilePath } from "./peer/files-path.ts";
export type { BlobLike, NamedBytes } from "./peer/files-source.ts";
export type { FileDraft, FilePublishing, FileStore, FileThere } from "./peer/files-store.ts";
export type { PeerEvent } from "./peer/events.ts";

// fault/
export type { Intensity, Restart, Strategy } from "./fault/restart.ts";
export { supervise } from "./fault/supervisor.ts";
export {
  type CheckedSpec,
  type ChildPlace,
  type ChildSpec,
  type SupervisedTask,
  type SupervisorChildSpec,
  type SupervisorSpec,
} from "./fault/supervisor-spec.ts";

// pool/
export type {
  MapExit,
  PlainFunction,
  Pool,
  PoolMapOptions,
  PoolRunOptions,
  PoolSettings,
  PoolStats,
} from "./pool/pool.ts";
export { executor } from "./pool/executor.ts";
export type { Executor, ExecutorMapOptions, ShutdownOptions } from "./pool/executor.ts";
export { type AnyIterable, zip } from "./pool/sources.ts";
export type { PoolEvent } from "./pool/place.ts";

// pipe/
export { pipe } from "./pipe/pipe.ts";
export type { MakePipe, Pipe, PipeResult } from "./pipe/pipe.ts";
export type { ChannelFor, ToChannelOptions } from "./pipe/base-pipe.ts";
export type { PipeCall, PipeMapOptions, PipeMapper } from "./pipe/calls.ts";
export type { SourcesOf, ZipLatestOptions } from "./pipe/combine-pipe.ts";
export type { PaceOptions, PointInTime } from "./pipe/create.ts";
export type { PipeEvent } from "./pipe/errors.ts";
export type { Fork } from "./pipe/fork.ts";
export type { JoinerName } from "./pipe/joiners.ts";
export type { PipeSource } from "./pipe/sources.ts";
export type { PipeTimeoutOptions, ThrottleOptions } from "./pipe/timing.ts";
export type { JoinedMapOptions } from "./pipe/transform-pipe.ts";
