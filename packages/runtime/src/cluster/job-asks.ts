/** What a client asks of the scheduler about one of its jobs; what can't be answered is as good as a no. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { CALL_TIMEOUT_MS, FENCE_WAIT_MS } from "../defaults.ts";
import { errorFrom } from "../errors.ts";
import { type JobId, type LeaseId, type NodeId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { SECOND_MS } from "../units.ts";
import { type LeaseMoved } from "./words.ts";

/** How long the scheduler's answer to the close of a job is waited for. */
const GOODBYE_MS: number = 5 * SECOND_MS;
/** The same while nothing is heard of it: a connection that broke shortly is there again by then. */
const SILENT_GOODBYE_MS: number = SECOND_MS;

export class JobAsks {
  readonly #procedures: Procedures;
  readonly #scheduler: Endpoint;
  readonly #logger: Logger;
  /** Whether nothing is heard of the scheduler, or it has no connection. */
  readonly #isSilent: () => boolean;

  constructor(procedures: Procedures, scheduler: Endpoint, logger: Logger, isSilent: () => boolean) {
    this.#isSilent = isSilent;
    this.#procedures = procedures;
    this.#scheduler = scheduler;
    this.#logger = logger;
  }

  /** Has kept processes of the job ended, at one node or at all. */
  async forgetParked(job: JobId, node: NodeId | undefined): Promise<void> {
    await this.#ask("forget", node === undefined ? { job } : { job, node }, FENCE_WAIT_MS, "job.not-forgotten");
  }

  /** Has a lease given up for sure. Without a scheduler nobody can tell; it hears which leases are held when it is back. */
  async fence(job: JobId, lease: LeaseId): Promise<void> {
    await this.#ask("fence", { job, lease }, FENCE_WAIT_MS, "lease.not-fenced");
  }

  /** Whether the lease may be used for other work than it was given for. */
  async claim(words: LeaseMoved): Promise<boolean> {
    return (await this.#ask("claim", words, CALL_TIMEOUT_MS, "lease.not-claimed")) === true;
  }

  /** The job is over. A scheduler that is gone has given it up already. */
  async closed(job: JobId): Promise<void> {
    await this.#ask("close", { job }, this.#isSilent() ? SILENT_GOODBYE_MS : GOODBYE_MS, "job.goodbye");
  }

  async #ask(what: string, words: object, timeoutMs: number, unheard: string): Promise<unknown> {
    try {
      return await this.#procedures.call(this.#scheduler, `scheduler.job.${what}`, words, { timeoutMs });
    } catch (error) {
      this.#logger.debug(unheard, { ...words, error: errorFrom(error).message });
      return undefined;
    }
  }
}
