/** A task as the page has it, and the phases of its life. */
import type { EventError, JobId, ServerId, TaskId } from "@skein/runtime";

/** `unheard`: its end was not told (a gap, a lost server, a job that is over). */
export const TaskPhase = {
  waiting: 0,
  running: 1,
  returned: 2,
  failed: 3,
  cancelled: 4,
  lost: 5,
  unheard: 6,
} as const;
export type TaskPhase = (typeof TaskPhase)[keyof typeof TaskPhase];

/** An attempt that failed and was followed by another. */
export interface PastAttempt {
  readonly attempt: number;
  readonly server: ServerId;
  /** 0: not told. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly error: EventError;
}

/** A task as a view reads it. Times are milliseconds since 1970, 0 where nobody told. */
export interface TaskRow {
  readonly id: TaskId;
  /** Counts the tasks in the order this page heard of them. */
  readonly number: number;
  /** The function's number in the model. */
  readonly fn: number;
  readonly job: JobId;
  readonly kind: "cpu" | "io";
  readonly phase: TaskPhase;
  readonly attempt: number;
  readonly server: ServerId | undefined;
  readonly createdMs: number;
  readonly startedMs: number;
  readonly endedMs: number;
  /** Arguments as text, where they may be seen. */
  readonly args: string;
  readonly error: EventError | undefined;
  /** It ended again, with the right result, after a tab had given a wrong one. */
  readonly corrected: boolean;
  readonly attempts: readonly PastAttempt[];
}

export type TaskChange = Partial<
  Pick<TaskRow, "kind" | "phase" | "attempt" | "server" | "createdMs" | "startedMs" | "endedMs" | "args" | "error">
>;

/** It waits or runs. */
export const isOpen = (phase: number): boolean => phase === TaskPhase.waiting || phase === TaskPhase.running;
