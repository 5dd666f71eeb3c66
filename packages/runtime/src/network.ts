/** The network half for host packages: peers, links, cluster. Loaded on demand, so that programs of tasks alone don't pay for it. */

// What parts agree on
export { checkOptions } from "./check-named-options.ts";
export { amount, anyObject, flag, listOf, type OptionTable, signal, text, time, whole } from "./check-options.ts";
export { KEPT_FILE_FOR_MS, KEPT_FILES_LIMIT } from "./defaults.ts";

// wire/, link/
export { Codec } from "./wire/codec.ts";
export { FrameSplitter } from "./link/frame-splitter.ts";
export { Inbox, newSignal, type Signal } from "./link/inbox.ts";
export { memoryLinks } from "./link/memory.ts";
export { messagePortLink, type PortLike } from "./link/message-port.ts";

// peer/
export { type InviteStanding, lookAtInvite, type LookOptions } from "./peer/invite-look.ts";
export {
  type Certificate,
  clusterIdOf,
  type Invite,
  readCertificate,
  readInvite,
  readSignedInvite,
} from "./peer/membership.ts";
export { startPeerHost } from "./peer/peer.ts";
export { PARTS_FOLDER, pathKey } from "./peer/files-path.ts";
export { deriveSecret, newSecret } from "./peer/secret.ts";
export { createServerRouter, type ServerRouter, type ServerRouterOptions } from "./peer/server-router.ts";

// cluster/
export { ACT_PROCEDURES, isForTabs, tabLink } from "./cluster/acts.ts";
export { withoutArgs } from "./cluster/events.ts";
export { withoutTexts } from "./cluster/observed-sight.ts";
export { findScheduler, noScheduler } from "./cluster/find-scheduler.ts";
export { checkIsolation, ISOLATIONS, isolationLack, isSameConfinement, UNCONFINED } from "./cluster/isolation.ts";
export { startNode } from "./cluster/node.ts";
export type { Node, NodeOptions, NodeServerStanding, NodeStanding } from "./cluster/node-options.ts";
export type { SchedulerAction } from "./cluster/scheduler-actions.ts";
export { createSchedulerState, type SchedulerState } from "./cluster/scheduler-book.ts";
export { type SchedulerEvent } from "./cluster/scheduler-events.ts";
export { decide } from "./cluster/scheduler-state.ts";
export { ordersIn } from "./cluster/scheduler-kept.ts";
export type { SchedulerTotals } from "./cluster/scheduler-totals.ts";
export { type Scheduler, type SchedulerOptions, startScheduler } from "./cluster/scheduler.ts";
export type { RunSpan, RunTracing, TaskSpan, TaskTracing, TraceCarrier, TracedTask } from "./cluster/tracing.ts";
export { type ServerOptions, type ServerShell, startServer } from "./cluster/server.ts";
