/** How often a job has ended its servers at this node one after the other, and how long it gets none here for that. Pure. */
import {
  JOBS_AT_NODE_LIMIT,
  SERVER_ENDS_FADE_MS,
  SERVER_ENDS_FREE,
  SERVER_ENDS_PAUSE_FIRST_MS,
  SERVER_ENDS_PAUSE_MOST_MS,
} from "../defaults.ts";
import { type SkeinError } from "../errors.ts";
import { type JobId } from "../ids.ts";
import { type ServerLost } from "./words.ts";

interface Ends {
  readonly count: number;
  readonly lastMs: number;
}

export class ServerEnds {
  /** The job that ended one last is last. */
  readonly #jobs = new Map<JobId, Ends>();

  /** A server ended by what the job did. @returns for how many milliseconds the job is to get none of this node */
  ended(job: JobId, nowMs: number): number {
    const known = this.#jobs.get(job);
    const count = known === undefined || nowMs - known.lastMs >= SERVER_ENDS_FADE_MS ? 1 : known.count + 1;
    this.#jobs.delete(job);
    this.#jobs.set(job, { count, lastMs: nowMs });
    const [oldest] = this.#jobs.size > JOBS_AT_NODE_LIMIT ? this.#jobs.keys() : [];
    if (oldest !== undefined) this.#jobs.delete(oldest);
    const more = count - SERVER_ENDS_FREE;
    return more <= 0 ? 0 : Math.min(SERVER_ENDS_PAUSE_MOST_MS, SERVER_ENDS_PAUSE_FIRST_MS * 2 ** (more - 1));
  }

  /** What the scheduler is told of a server that is lost: a job that does nothing but end its servers gets the next one later. */
  lost(server: number, { code, message }: SkeinError, job: JobId | undefined, nowMs: number): ServerLost {
    const pauseMs = job === undefined ? 0 : this.ended(job, nowMs);
    return { server, error: { code, message }, ...(pauseMs > 0 ? { pauseMs } : {}) };
  }

  /** A task of the job has ended here: it does not only end servers. */
  worked(job: JobId): void {
    this.#jobs.delete(job);
  }
}
