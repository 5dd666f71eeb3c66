/** Decides whether a task that lost its server, or failed, has another attempt, when that begins, and which task is to blame. */
import { type Exit } from "../contracts/exit.ts";
import { QUARANTINE_AFTER_SERVERS, RETRY_FIRST_MS, RETRY_MOST_MS, SUSPICION_MS } from "../defaults.ts";
import { errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import { type JobId } from "../ids.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type JobReports } from "./job-reports.ts";
import { type Lease } from "./lease.ts";
import { type RunOptions } from "./remote-task.ts";
import { type Run } from "./run.ts";
import { errorWords, type ExitedAt, markError, serverOf } from "./run-words.ts";

/**
 * What a task has to do with the end of its server: it ran there `alone`, or `beside` others that may have ended it, or the
 * end was nobody's doing.
 */
export type Blame = "alone" | "beside" | "none";

/** What is known of a server that is gone. */
export interface LossKind {
  /** All it said has come: what it had not started, it never will. */
  readonly certain: boolean;
  /** Its process ended by itself. */
  readonly died: boolean;
  /** Resolves when nothing of it can run any more, as far as that can be known; absent: so it is. */
  readonly fenced?: Promise<void>;
}

export interface RunRetriesOptions {
  readonly platform: Platform;
  readonly job: JobId;
  readonly reports: JobReports;
  /** Puts it into the queue, before the others. */
  readonly queue: (run: Run) => void;
  readonly end: (run: Run, exit: Exit<unknown>, at: ExitedAt | undefined) => void;
}

export class RunRetries {
  readonly #options: RunRetriesOptions;
  /** Tasks that wait for their next attempt. */
  readonly #pausing = new Map<Run, TimerHandle>();

  constructor(options: RunRetriesOptions) {
    this.#options = options;
  }

  /** Those that wait for their next attempt. */
  values(): Iterable<Run> {
    return this.#pausing.keys();
  }

  /** Its attempt is lost: it ends, or begins another one. */
  lost(run: Run, lease: Lease<Run>, error: SkeinError, blame: Blame, fenced?: Promise<void>): void {
    const { end, platform } = this.#options;
    if (run.cancelling && !(run.evicted && run.mayRunAgain)) {
      end(run, { type: "cancelled", reason: run.cancelReason }, undefined);
      return;
    }
    if (blame === "alone") run.kills.push(error);
    else if (blame === "beside") run.suspected = hasFaded(run, platform.now()) ? 1 : run.suspected + 1;
    if (run.kills.length >= QUARANTINE_AFTER_SERVERS) {
      end(run, { type: "failed", error: quarantined(run, lease) }, at(run, lease, platform));
      return;
    }
    if (run.mayRunAgain) {
      this.#again(run, lease, error, fenced);
      return;
    }
    const lost = new SkeinError(error.code, `task ${run.name} was lost: ${error.message}`, {
      hint: `${error.hint}; give run() retries if the task may be run twice`,
      cause: error,
    });
    markError(lost, serverOf(lease), run.attempt);
    end(run, { type: "lost", error: lost }, at(run, lease, platform));
  }

  /** Whether an attempt that ended so is followed by another one; then that is under way. */
  exited(run: Run, lease: Lease<Run>, exit: Exit<unknown>): boolean {
    if (!run.mayRunAgain || run.state === "ended") return false;
    if (exit.type === "cancelled" && run.evicted) {
      const error = new SkeinError("TASK_CANCELLED", "its server was taken out of service", { hint: "nothing to do" });
      this.#again(run, lease, error);
      return true;
    }
    if (exit.type !== "failed" || run.cancelling || run.retriesLeft === 0) return false;
    try {
      if (!isWanted(run.options.retryOn, exit.error)) return false;
    } catch (thrown) {
      // A function of the user's: others whose ends came with this one must not suffer.
      const { end, platform } = this.#options;
      end(run, { type: "failed", error: retryOnError(run, lease, exit.error, thrown) }, at(run, lease, platform));
      return true;
    }
    // Checks are no retries of the caller's; this is one.
    if (run.doubted) run.retriesLeft -= 1;
    this.#again(run, lease, exit.error);
    return true;
  }

  close(): void {
    for (const timer of this.#pausing.values()) this.#options.platform.stopTimer(timer);
    this.#pausing.clear();
  }

  /** Queues it again after a pause, and when nothing of the last attempt can run any more. */
  #again(run: Run, lease: Lease<Run>, error: Error, fenced?: Promise<void>): void {
    const { reports, job, platform, queue } = this.#options;
    if (!run.doubted) run.retriesLeft -= 1;
    run.attempt += 1;
    run.requeued();
    reports.tally("retried");
    const { id: task, name: fn, attempt } = run;
    reports.record({ type: "task.retried", task, job, fn, attempt, server: serverOf(lease), error: errorWords(error) });
    const mostMs = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** Math.min(attempt - 2, 20));
    run.aloneUntilMs = platform.now() + mostMs + SUSPICION_MS;
    const begin = (): void => {
      if (this.#pausing.delete(run)) queue(run);
    };
    const timer = platform.startTimer(mostMs * (0.5 + platform.random() / 2), () => {
      if (fenced === undefined) begin();
      else void fenced.then(begin);
    });
    this.#pausing.set(run, timer);
  }
}

/** Of the tasks that may have run when their server ended, whose doing it can be. */
export function blameFor(suspects: readonly Run[], died: boolean): Blame {
  // One that was told to stop, or is over for its caller, had its server ended past its grace.
  if (!died || suspects.some((run) => run.cancelling || run.state === "ended")) return "none";
  return suspects.length === 1 ? "alone" : "beside";
}

/** Whether it is to run with nothing beside it: then its server's next end is its own doing, or an accident. */
export function runsAlone(run: Run, nowMs: number): boolean {
  // I/O tasks by the thousand share a server, and some run for ever: they get a second chance together first, and others.
  return run.suspected >= (run.kind === "cpu" ? 1 : 2) && !hasFaded(run, nowMs);
}

/** Of CPU tasks, which keep nobody waiting, suspicion does not fade. */
const hasFaded = ({ kind, aloneUntilMs }: Run, nowMs: number): boolean => kind === "io" && nowMs >= aloneUntilMs;

function isWanted(retryOn: RunOptions["retryOn"], error: Error): boolean {
  if (retryOn === undefined) return false;
  if (typeof retryOn === "function") return retryOn(error);
  return retryOn.includes(error.name) || (isSkeinError(error) && retryOn.includes(error.code));
}

function retryOnError(run: Run, lease: Lease<Run>, cause: Error, thrown: unknown): SkeinError {
  const message = `task ${run.name} failed, and its retryOn threw: ${errorFrom(thrown).message}`;
  const error = new SkeinError("OPTION_INVALID", message, { hint: "what the task failed with is the cause", cause });
  markError(error, serverOf(lease), run.attempt);
  return error;
}

function quarantined(run: Run, lease: Lease<Run>): SkeinError {
  const ends = run.kills.map(({ message }) => message).join("; ");
  const error = new SkeinError("JOB_QUARANTINED", `task ${run.name} ended ${run.kills.length} servers: ${ends}`, {
    hint: "it is not run again; the last words of its servers may say why",
    cause: run.kills.at(-1),
  });
  markError(error, serverOf(lease), run.attempt);
  return error;
}

const at = (run: Run, lease: Lease<Run>, platform: Platform): ExitedAt => ({
  lease,
  startedMs: run.startedMs,
  endedMs: platform.wallMs(),
});

/** What is thought to be known of its run time; of one that is to run alone, nothing: that keeps others away from it. */
export const estimateOf = (run: Run, nowMs: number): number | undefined =>
  runsAlone(run, nowMs) ? undefined : run.what.times.averageMs;

/** Until when the task has to wait for the I/O server: it, or the one that runs there, is to be alone. */
export function waitsUntil(run: Run, { inFlight }: Lease<Run>, nowMs: number): number | undefined {
  if (inFlight.size === 0) return undefined;
  if (runsAlone(run, nowMs)) return run.aloneUntilMs;
  const [first] = inFlight.size === 1 ? inFlight.values() : [];
  return first !== undefined && runsAlone(first, nowMs) ? first.aloneUntilMs : undefined;
}
