/** What operators, and clients for their own jobs, say to a scheduler, and it to clients and servers: see `ClusterActs`. */
import { type CodeDigest, type JobId, type LeaseId, type TaskId } from "../ids.ts";

/**
 * `scheduler.cancel`, by an operator, or a client for its own: of a job, or of tasks; and to a client, as a call named
 * `inbox` and `.cancel`, answered with whether it has the job, or with those of the tasks that it has.
 */
export interface Cancel {
  readonly job?: JobId;
  readonly tasks?: readonly TaskId[];
  /** What those who wait are told. */
  readonly reason: string;
}

/** To a client, as a call named `inbox` and `.has`: whether it has the task. */
export interface OfTask {
  readonly task: TaskId;
}

/** `scheduler.task.send`, by an operator, or a client for its own; and to the client, as a call named `inbox` and `.task.send`. */
export interface SendToTask {
  readonly task: TaskId;
  readonly value: unknown;
}

/** `scheduler.task.upgrade`, by the same; and to the client, as a call named `inbox` and `.task.upgrade`. */
export interface UpgradeTask {
  readonly task: TaskId;
  readonly digest: CodeDigest;
  /** Name of the export. */
  readonly fn: string;
}

/** `server.upgrade`, by who holds the lease; answered once the new code has begun. */
export interface UpgradeRun {
  readonly lease: LeaseId;
  readonly serial: number;
  readonly code: CodeDigest;
  readonly fn: string;
}

/** `scheduler.intake`, by an operator: jobs get servers, or none. */
export interface Intake {
  readonly open: boolean;
}

/** `scheduler.weight`, by operators; by clients for their own jobs. To a client, as a note: it names it from now on. */
export interface Weigh {
  readonly job: JobId;
  readonly weight: number;
}
