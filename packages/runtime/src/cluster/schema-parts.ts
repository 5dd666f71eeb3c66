/** Parts of the schemas for what cluster processes say to each other, and how a schema becomes a parser. */
import * as z from "valibot";
import { type Endpoint, type Location } from "../contracts/endpoint.ts";
import { JOB_WEIGHT_LEAST, JOB_WEIGHT_MOST } from "../defaults.ts";
import {
  type CodeDigest,
  isCodeDigest,
  isJobId,
  isLeaseId,
  isTaskId,
  type JobId,
  type LeaseId,
  type PeerId,
  type ServerId,
  type TaskId,
} from "../ids.ts";
import { type NodeAbout, type NodeInfo, type NodeLoad, type ServerInfo } from "./contracts.ts";
import { type EventError, type JobCounters, type ServerCounters } from "./events.ts";
import { FIELDS_LIMIT } from "../wire/limits.ts";
import { fields, object, parseAs } from "../wire/parse.ts";
import { type Allow, isAbsolutePath, type Isolation, ISOLATIONS } from "./isolation.ts";

export type Schema<T> = z.GenericSchema<unknown, T>;

/** A parser for `Procedures.handle`: what doesn't fit is answered `WIRE_INVALID`. */
export const parser =
  <T>(schema: Schema<T>) =>
  (args: unknown): T =>
    parseAs(schema, args);

/** Longest text of a name, label or message; longer ones are refused. */
const TEXT_LIMIT = 4096;
/** Entries in one list of words. */
const LIST_LIMIT = 100_000;

export const text: z.GenericSchema<string> = z.pipe(z.string(), z.maxLength(TEXT_LIMIT));
export const count: z.GenericSchema<number> = z.pipe(z.number(), z.safeInteger(), z.minValue(0));
export const amount: z.GenericSchema<number> = z.pipe(z.number(), z.finite());
export const list = <T>(item: Schema<T>): Schema<T[]> => z.pipe(z.array(item), z.maxLength(LIST_LIMIT));

export const weight: z.GenericSchema<number> = z.pipe(
  z.number(),
  z.minValue(JOB_WEIGHT_LEAST),
  z.maxValue(JOB_WEIGHT_MOST),
);

export const jobId: Schema<JobId> = z.custom<JobId>(isJobId);
export const leaseId: Schema<LeaseId> = z.custom<LeaseId>(isLeaseId);
export const taskId: Schema<TaskId> = z.custom<TaskId>(isTaskId);
export const codeDigest: Schema<CodeDigest> = z.custom<CodeDigest>(isCodeDigest);
/** Whether a peer holds that id's key was proven when it joined; here it is a word like others. */
const isPeerText = (value: unknown): value is PeerId =>
  typeof value === "string" && value.length > 0 && value.length <= 128 && !value.includes("/");
export const peerId: Schema<PeerId> = z.custom<PeerId>(isPeerText);
export const serverIdText: Schema<ServerId> = z.custom<ServerId>(
  (value) => typeof value === "string" && value.length <= 140 && value.includes("/"),
);

export const endpoint: Schema<Endpoint> = object({ peer: peerId, server: count });
export const location: Schema<Location> = object({ peer: peerId, addresses: z.array(text) });
export const eventError: Schema<EventError> = object({
  code: text,
  message: z.string(),
  stack: z.exactOptional(z.string()),
});

export const nodeLoad: Schema<NodeLoad> = object({
  cpuIdleShare: amount,
  memoryFreeBytes: amount,
  swapFreeBytes: amount,
  diskFreeBytes: amount,
});

/** Paths of one list that is allowed. */
const PATHS_LIMIT = 256;
const path = z.pipe(text, z.check(isAbsolutePath));
const paths = z.exactOptional(z.pipe(z.array(path), z.maxLength(PATHS_LIMIT)));
const yes = z.exactOptional(z.literal(true));
export const isolation: Schema<Isolation> = z.picklist(ISOLATIONS);
export const allow: Schema<Allow> = object({
  read: paths,
  write: paths,
  run: yes,
  net: yes,
  threads: yes,
  addons: yes,
});

/** Servers of one node: what the scheduler is willing to keep records of. */
const SERVERS_LIMIT = 4096;

const nodeAbout: Schema<NodeAbout> = object({
  skein: z.exactOptional(text),
  engine: z.exactOptional(text),
  startedMs: z.exactOptional(amount),
  memoryBytes: z.exactOptional(amount),
  diskBytes: z.exactOptional(amount),
});

export const nodeInfo: Schema<NodeInfo> = object({
  id: peerId,
  name: text,
  location,
  platform: text,
  servers: z.pipe(z.number(), z.safeInteger(), z.minValue(0), z.maxValue(SERVERS_LIMIT)),
  kind: z.picklist(["node", "tab"]),
  labels: fields(text, text, FIELDS_LIMIT),
  network: z.exactOptional(text),
  isolation,
  allow,
  standing: z.exactOptional(z.picklist(["paused", "draining", "closed", "suspected"])),
  load: nodeLoad,
  about: z.exactOptional(nodeAbout),
});

export const serverInfo: Schema<ServerInfo> = object({
  id: serverIdText,
  node: peerId,
  kind: z.picklist(["cpu", "io"]),
});

export const serverCounters: Schema<ServerCounters> = object({
  server: serverIdText,
  running: count,
  done: count,
  failed: count,
  busyMs: amount,
  fn: z.exactOptional(text),
  sinceMs: z.exactOptional(amount),
  job: z.exactOptional(jobId),
});

export const jobCounters: Schema<JobCounters> = object({
  submitted: count,
  running: count,
  done: count,
  failed: count,
  cancelled: count,
  lost: count,
  retried: count,
  rejected: count,
  units: fields(text, amount, FIELDS_LIMIT),
});
