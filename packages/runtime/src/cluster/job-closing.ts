/** How a job ends: it takes no more tasks, waits for those it has or cancels them, and lets go what it has. */
import { type CloseOptions } from "../contracts/wait.ts";
import { type Operation } from "../contracts/operation.ts";
import { checkOptions } from "../check-named-options.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { Deferred } from "../task/deferred.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type JobWiring } from "./job-wiring.ts";
import { CLOSE_OPTIONS } from "./option-tables.ts";

type Parts = "failures" | "leases" | "output" | "pools" | "reports" | "runs" | "setup" | "starts" | "wants";

export interface JobClosingOptions extends Pick<JobWiring, Parts> {
  readonly peer: ClusterPeer;
  /** The job, for people. */
  readonly label: string;
  /** Tells the scheduler that it is over. */
  readonly onClosed: () => PromiseLike<void>;
  /** Tells in the job's own events that it is closed. */
  readonly record: () => void;
}

export class JobClosing {
  readonly #options: JobClosingOptions;
  #closing: Deferred<void> | undefined;
  #idle: (() => void) | undefined;
  #unheed: (() => void) | undefined;

  constructor(options: JobClosingOptions) {
    this.#options = options;
  }

  /** Many may wait for its end, each as long as he wants. */
  close(options: CloseOptions): Operation<void> {
    checkOptions("close", options, CLOSE_OPTIONS);
    if (this.#closing === undefined) {
      this.#closing = this.#deferred();
      this.#options.starts.close("is closed");
      void this.#close(this.#closing);
    }
    if (options.cancel === true) this.#cancelAll("the job was closed");
    if (options.timeoutMs === undefined) return this.#closing;
    const own = this.#deferred();
    this.#closing.then(
      () => own.resolve(),
      (error: unknown) => own.reject(error),
    );
    return own.limit(this.#options.peer.runtime.engine, options, () => undefined);
  }

  /** The signal closes it from now on. */
  heed(signal: AbortSignal): void {
    const onAbort = (): void => {
      this.#cancelAll(signal.reason);
      void this.close({ cancel: true });
    };
    this.#unheed = () => signal.removeEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  }

  /** An operator ends it. */
  cancelled(reason: string): void {
    this.#cancelAll(reason);
    this.#options.starts.close(`was closed: ${reason}`);
    void this.close({ cancel: true });
  }

  /** How many tasks there are has changed. */
  changed(): void {
    if (!this.#isBusy) this.#idle?.();
  }

  get #isBusy(): boolean {
    const { cpu, io } = this.#options.runs.open;
    return cpu + io > 0;
  }

  #deferred(): Deferred<void> {
    return new Deferred<void>(`the close of job ${this.#options.label}`).ignore();
  }

  #cancelAll(reason: unknown): void {
    void this.#options.pools.close({ cancel: true });
    this.#options.runs.cancelAll(reason);
  }

  async #close(closing: Deferred<void>): Promise<void> {
    const { failures, leases, output, peer, pools, reports, runs, setup, starts, wants } = this.#options;
    try {
      await pools.close({});
      if (this.#isBusy) await new Promise<void>((resolve) => (this.#idle = resolve));
      await output.rest(peer, runs.book.leases.values());
      reports.flush();
      await this.#options.onClosed();
      this.#options.record();
      await setup.close();
      closing.resolve();
    } catch (error) {
      closing.reject(errorFrom(error));
    } finally {
      this.#unheed?.();
      leases.close();
      wants.close();
      failures.close();
      runs.abandonAll(new SkeinError("JOB_CLOSED", "the job is closed", { hint: "nothing to do" }));
      starts.forget();
      reports.close();
    }
  }
}
