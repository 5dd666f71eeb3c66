/** Schemas for what cluster processes say to each other, checked against `words.ts`; parsed where it arrives. */
import * as z from "valibot";
import { FIELDS_LIMIT } from "../wire/limits.ts";
import { fields, object } from "../wire/parse.ts";
import { RULE_ADDRESSES_LIMIT } from "../defaults.ts";
import { type Location } from "../contracts/endpoint.ts";
import { type ClusterEventBody } from "./events.ts";
import {
  allow,
  amount,
  codeDigest,
  count,
  endpoint,
  eventError,
  isolation,
  jobCounters,
  jobId,
  leaseId,
  list,
  location,
  nodeInfo,
  nodeLoad,
  parser,
  peerId,
  type Schema,
  serverCounters,
  serverIdText,
  serverInfo,
  taskId,
  text,
  weight,
} from "./schema-parts.ts";
import { type NodeId, type ServerId } from "../ids.ts";
import { type JobPlaces } from "./job-places.ts";
import { type LaneReport, type WantPlaceWords } from "./scheduler-events.ts";
import { STEER_VERBS } from "./scheduler-steering.ts";
import {
  type AskState,
  type Assign,
  type Begin,
  type CancelRun,
  type ClientsOpen,
  type CodeHas,
  type CodePut,
  type Confine,
  type Granted,
  type Happened,
  type Heard,
  type JobClose,
  type JobDemand,
  type JobFence,
  type JobForget,
  type JobDial,
  type JobNodeLimits,
  type JobOpen,
  type JobOver,
  type JobRelease,
  type JobReport,
  type LeaseLost,
  type LeaseMoved,
  type Load,
  type News,
  type NodeHold,
  type NodeJoin,
  type NodeReport,
  type Printed,
  type OfLease,
  type PlacesOfJob,
  type Reclaim,
  type Renew,
  type Replaced,
  type Revoked,
  type Run,
  type RunExit,
  type RunLog,
  type RunOne,
  type ServerLost,
  type ServerReady,
  type ServerReclaim,
  type ServerReport,
  type SteerJob,
  type SteerWords,
  type Unassign,
  type Unpark,
  type Unparked,
  type Watched,
  type Withdraw,
} from "./words.ts";

type Parser<T> = (args: unknown) => T;

const kind = z.picklist(["cpu", "io"]);
const inbox = text;
const laneReport: Schema<LaneReport> = object({
  server: count,
  kind,
  state: z.picklist(["starting", "ready", "assigned"]),
  lease: z.exactOptional(object({ id: leaseId, job: jobId, client: text })),
});
/** Events are shown, never acted on: the frame is checked, and what they say is the sender's word. */
const eventBody: Schema<ClusterEventBody> = z.custom<ClusterEventBody>(
  (value) => typeof value === "object" && value !== null && "type" in value && typeof value.type === "string",
);

export const parseNodeJoin: Parser<NodeJoin> = parser(
  object({ node: nodeInfo, lanes: list(laneReport), holding: z.exactOptional(z.boolean()) }),
);
export const parseNodeHold: Parser<NodeHold> = parser(object({ on: z.boolean() }));
/** Where a scheduler is. */
export const parseWhere: Parser<Location> = parser(location);
export const parseNodeReport: Parser<NodeReport> = parser(object({ load: nodeLoad, servers: list(serverCounters) }));
export const parseServerReady: Parser<ServerReady> = parser(object({ server: count }));
export const parseServerReclaim: Parser<ServerReclaim> = parser(object({ server: count }));
export const parseClientsOpen: Parser<ClientsOpen> = parser(object({ clients: list(text) }));
export const parseServerLost: Parser<ServerLost> = parser(
  object({ server: count, error: eventError, pauseMs: z.exactOptional(amount) }),
);
const place: Schema<NodeId | ServerId> = z.union([serverIdText, peerId]);
const jobPlaces: Schema<JobPlaces> = object({
  manualNodes: z.boolean(),
  manualServers: z.boolean(),
  enabled: list(place),
  closed: list(place),
  ioClosed: list(peerId),
  paused: z.boolean(),
  waits: z.boolean(),
});
const graceMs = z.pipe(amount, z.minValue(0));
export const parseJobOpen: Parser<JobOpen> = parser(
  object({
    job: jobId,
    name: text,
    weight,
    priority: z.exactOptional(z.pipe(z.number(), z.safeInteger(), z.minValue(-1000), z.maxValue(1000))),
    exclusive: z.exactOptional(z.boolean()),
    idleMs: z.exactOptional(amount),
    ruled: z.exactOptional(z.boolean()),
    parkedAt: z.exactOptional(list(peerId)),
    inbox,
    leases: list(leaseId),
    counters: jobCounters,
    places: z.exactOptional(jobPlaces),
  }),
);
export const parsePlacesOfJob: Parser<PlacesOfJob> = parser(object({ job: jobId, places: jobPlaces }));
export const parseSteer: Parser<SteerWords> = parser(
  object({
    verb: z.picklist(STEER_VERBS),
    at: z.union([jobId, serverIdText, peerId]),
    graceMs: z.exactOptional(graceMs),
  }),
);
const wantPlace: Schema<WantPlaceWords> = object({
  kind,
  nodes: z.exactOptional(list(object({ node: peerId, servers: count }))),
  server: z.exactOptional(count),
  memoryBytes: z.exactOptional(amount),
  text,
  lack: z.exactOptional(text),
});
export const parseJobDemand: Parser<JobDemand> = parser(
  object({
    job: jobId,
    wants: list(object({ want: count, slots: count, place: z.exactOptional(wantPlace) })),
  }),
);
export const parseJobNodeLimits: Parser<JobNodeLimits> = parser(
  object({ job: jobId, node: peerId, limits: list(object({ want: count, servers: count })) }),
);
export const parseLeaseMoved: Parser<LeaseMoved> = parser(object({ job: jobId, lease: leaseId, want: count }));
export const parseJobDial: Parser<JobDial> = parser(
  object({ job: jobId, addresses: z.pipe(z.array(text), z.maxLength(RULE_ADDRESSES_LIMIT)) }),
);
export const parseJobReport: Parser<JobReport> = parser(
  object({ job: jobId, counters: jobCounters, events: list(z.unknown()), omitted: count }),
);
export const parseJobRelease: Parser<JobRelease> = parser(
  object({ job: jobId, lease: leaseId, unreachable: z.boolean(), park: z.exactOptional(z.boolean()) }),
);
export const parseJobForget: Parser<JobForget> = parser(object({ job: jobId, node: z.exactOptional(peerId) }));
export const parseJobFence: Parser<JobFence> = parser(object({ job: jobId, lease: leaseId }));
export const parseJobClose: Parser<JobClose> = parser(object({ job: jobId }));

export const parseGranted: Parser<Granted> = parser(
  object({ job: jobId, lease: leaseId, kind, want: count, node: nodeInfo, server: count }),
);
export const parseRevoked: Parser<Revoked> = parser(object({ job: jobId }));
export const parseReclaim: Parser<Reclaim> = parser(
  object({ job: jobId, lease: leaseId, graceMs: z.exactOptional(graceMs) }),
);
export const parseSteerJob: Parser<SteerJob> = parser(
  object({ job: jobId, verb: z.picklist(STEER_VERBS), graceMs: z.exactOptional(graceMs) }),
);
export const parseLeaseLost: Parser<LeaseLost> = parser(object({ job: jobId, lease: leaseId, error: eventError }));
export const parseReplaced: Parser<Replaced> = parser(object({ job: jobId, server: serverInfo }));
export const parseHappened: Parser<Happened> = parser(object({ event: eventBody }));
export const parseWatched: Parser<Watched> = parser(object({ on: z.boolean() }));

export const parseAssign: Parser<Assign> = parser(
  object({ lease: leaseId, kind, job: jobId, client: endpoint, inbox, server: count }),
);
export const parseUnassign: Parser<Unassign> = parser(
  object({ lease: leaseId, server: count, park: z.exactOptional(z.boolean()) }),
);
export const parseJobOver: Parser<JobOver> = parser(object({ job: jobId }));
export const parseRenew: Parser<Renew> = parser(object({ server: count }));
export const parseUnpark: Parser<Unpark> = parser(object({ server: z.exactOptional(count) }));
export const parseUnparked: Parser<Unparked> = parser(object({ job: jobId, server: count, why: text }));
export const parseOfLease: Parser<OfLease> = parser(object({ lease: leaseId }));
export const parseConfine: Parser<Confine> = parser(
  object({ lease: leaseId, isolation: z.exactOptional(isolation), allow: z.exactOptional(allow) }),
);
export const parseCodeHas: Parser<CodeHas> = parser(object({ digest: codeDigest }));
export const parseCodePut: Parser<CodePut> = parser(
  object({ digest: codeDigest, code: z.custom<Uint8Array>((value) => value instanceof Uint8Array) }),
);
export const parseServerReport: Parser<ServerReport> = parser(
  object({
    running: count,
    done: count,
    failed: count,
    busyMs: amount,
    fn: z.exactOptional(text),
    sinceMs: z.exactOptional(amount),
  }),
);

export const parseBegin: Parser<Begin> = parser(
  object({ lease: leaseId, job: jobId, kind, client: endpoint, inbox, node: nodeInfo }),
);
export const parseLoad: Parser<Load> = parser(object({ digests: list(codeDigest) }));
const runOne: Schema<RunOne> = object({
  serial: count,
  task: taskId,
  attempt: count,
  code: codeDigest,
  fn: text,
  plain: z.boolean(),
  beside: z.exactOptional(z.boolean()),
  args: z.array(z.unknown()),
  client: z.optional(z.unknown()),
  streams: z.exactOptional(z.literal(true)),
  trace: z.exactOptional(fields(text, text, FIELDS_LIMIT)),
});
export const parseRun: Parser<Run> = parser(
  object({ lease: leaseId, runs: list(runOne), heard: z.exactOptional(list(count)) }),
);
export const parseAskState: Parser<AskState> = parser(object({ lease: leaseId, serials: list(count) }));
export const parseHeard: Parser<Heard> = parser(object({ lease: leaseId, serials: list(count) }));
export const parseCancelRun: Parser<CancelRun> = parser(
  object({ lease: leaseId, serial: count, reason: z.optional(z.unknown()), graceMs: z.exactOptional(amount) }),
);
export const parseWithdraw: Parser<Withdraw> = parser(object({ lease: leaseId, serials: list(count) }));

const anError = z.instance(Error);
const runExit: Schema<RunExit> = object({
  serial: count,
  exit: z.variant("type", [
    object({ type: z.literal("returned"), value: z.unknown() }),
    object({ type: z.literal("failed"), error: anError }),
    object({ type: z.literal("cancelled"), reason: z.unknown() }),
    object({ type: z.literal("lost"), error: anError }),
  ]),
  tookMs: amount,
  endedMs: amount,
});
const runLog: Schema<RunLog> = object({
  serial: z.exactOptional(count),
  level: z.picklist(["debug", "info", "warn", "error"]),
  text: z.string(),
  fields: z.exactOptional(fields(z.string(), z.unknown(), FIELDS_LIMIT)),
});
export const parsePrinted: Parser<Printed> = parser(
  object({
    job: jobId,
    server: count,
    lines: list(object({ stream: z.picklist(["stdout", "stderr"]), text: z.string(), task: z.exactOptional(taskId) })),
    omitted: count,
  }),
);
export const parseNews: Parser<News> = parser(
  object({
    lease: leaseId,
    job: jobId,
    started: list(count),
    running: list(count),
    exits: list(runExit),
    withdrawn: list(count),
    logs: list(runLog),
  }),
);
