/** What becomes of the tasks of a server that is gone, or of which the job wants nothing any more. */
import { SkeinError } from "../errors.ts";
import { type JobReports } from "./job-reports.ts";
import { type Lease, type LeaseBook } from "./lease.ts";
import { type Run } from "./run.ts";
import { blameFor, type LossKind, type RunRetries } from "./run-retries.ts";

export interface RunLossesOptions {
  readonly reports: JobReports;
  readonly book: LeaseBook<Run>;
  readonly retries: RunRetries;
  /** It is at its server no more. */
  readonly leave: (run: Run) => void;
  /** The same, and it goes back into the queue, before the others. */
  readonly requeue: (run: Run) => void;
  /** Something is to be sent elsewhere. */
  readonly changed: () => void;
}

export class RunLosses {
  readonly #options: RunLossesOptions;

  constructor(options: RunLossesOptions) {
    this.#options = options;
  }

  /**
   * The server is gone. What had not started there goes back into the queue; what had, or may have (when the node is gone
   * too, its last notes may be lost), has lost an attempt.
   */
  lost(lease: Lease<Run>, error: SkeinError, { certain, died, fenced }: LossKind): void {
    const { book, retries, leave, requeue, changed } = this.#options;
    const runs = [...lease.inFlight.values()];
    lease.inFlight.clear();
    book.stand(lease, "gone");
    const blame = blameFor(
      runs.filter(({ started }) => started),
      died,
    );
    const again: Run[] = [];
    for (const run of runs) {
      const mayHaveRun = run.started || !certain;
      this.#stopped(run);
      leave(run);
      if (run.state === "ended") continue;
      if (mayHaveRun) retries.lost(run, lease, error, blame, fenced);
      else again.push(run);
    }
    for (const run of again.toReversed()) requeue(run);
    changed();
  }

  /** The job takes no result of that server any more that it would judge: these tasks run elsewhere. Others may end there. */
  forsake(lease: Lease<Run>): void {
    const { book, requeue } = this.#options;
    const judged = [...lease.inFlight.values()].filter((run) => run.judged);
    for (const run of judged.toReversed()) {
      void book.ended(lease, run.serial);
      this.#stopped(run);
      requeue(run);
    }
  }

  /** The server knows nothing of these any more: their ends were lost. */
  attemptsLost(lease: Lease<Run>, serials: readonly number[], cause: Error): void {
    const { book, retries, leave } = this.#options;
    const error = new SkeinError("PEER_LOST", `its end was lost: ${cause.message}`, { hint: "see the node's log" });
    for (const serial of serials) {
      const run = book.ended(lease, serial);
      if (run === undefined) continue;
      this.#stopped(run);
      leave(run);
      if (run.state !== "ended") retries.lost(run, lease, error, "none");
    }
  }

  #stopped({ started }: Run): void {
    if (started) this.#options.reports.tally("running", -1);
  }
}
