/** What clients, nodes and servers say to each other about the set-up of a job, with its schemas. */
import * as z from "valibot";
import { object } from "../wire/parse.ts";
import { type Exit } from "../contracts/exit.ts";
import { type CodeDigest, type JobId, type LeaseId } from "../ids.ts";
import { codeDigest, count, jobId, leaseId, parser, text } from "./schema-parts.ts";

type Parser<T> = (args: unknown) => T;

/** `node.job.setup`, by a client that holds a server there: a process of the job's own that stays. Answered with {@link SetupProcess}. */
export interface OfJob {
  readonly job: JobId;
}

export interface SetupProcess {
  /** Its number at the node. */
  readonly server: number;
  /** By which it is spoken to. */
  readonly lease: LeaseId;
}

/** `server.setup`, by who holds the lease: runs a set-up function, once per process. Answered with how it ended, without its value. */
export interface SetupRun {
  readonly lease: LeaseId;
  readonly code: CodeDigest;
  readonly fn: string;
  readonly args: readonly unknown[];
  /** The node's set-up process, whose result comes before the arguments. */
  readonly node?: number;
}

export type SetupExit = Exit<undefined>;

/** A task to its client, as a call named `inbox` and `.leave`: the job is to do without this server, or its node. */
export interface Leave {
  readonly job: JobId;
  readonly lease: LeaseId;
  readonly what: "server" | "node";
  readonly restart: boolean;
  readonly cancel: boolean;
}

export const parseOfJob: Parser<OfJob> = parser(object({ job: jobId }));
export const parseSetupProcess: Parser<SetupProcess> = parser(object({ server: count, lease: leaseId }));
export const parseSetupRun: Parser<SetupRun> = parser(
  object({
    lease: leaseId,
    code: codeDigest,
    fn: text,
    args: z.array(z.unknown()),
    node: z.exactOptional(count),
  }),
);
export const parseLeave: Parser<Leave> = parser(
  object({
    job: jobId,
    lease: leaseId,
    what: z.picklist(["server", "node"]),
    restart: z.boolean(),
    cancel: z.boolean(),
  }),
);
const anError = z.instance(Error);
export const parseSetupExit: Parser<SetupExit> = parser(
  z.variant("type", [
    object({ type: z.literal("returned"), value: z.undefined() }),
    object({ type: z.literal("failed"), error: anError }),
    object({ type: z.literal("cancelled"), reason: z.unknown() }),
    object({ type: z.literal("lost"), error: anError }),
  ]),
);
