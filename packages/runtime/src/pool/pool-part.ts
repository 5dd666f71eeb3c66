/** What a pool gets of a job: a place of its own at the job's servers. */
import { shown } from "../check-options.ts";
import { SkeinError } from "../errors.ts";
import type { CodeDigest } from "../ids.ts";
import type { PoolPlace } from "./place.ts";
import type { PoolSettings } from "./pool.ts";

export interface PoolPart {
  /** Makes a place, once for each time that the pool is opened. @throws {SkeinError} `JOB_CLOSED` */
  place(): PoolPlace;
  /** Leads the stack of an error from its workers to the user's files. */
  mapStack(error: Error): void;
  /** A bundle of the job. */
  bundle(digest: CodeDigest): Uint8Array | undefined;
}

/** Jobs have it; it is not among their public names. */
interface HasPart {
  readonly skeinPool: PoolPart;
}

/** @throws {SkeinError} `OPTION_INVALID` when it is no job, or for a setting that its servers can't keep */
export function poolPart(job: unknown, { maxWorkerBytes }: PoolSettings): PoolPart {
  if (maxWorkerBytes !== undefined) {
    throw new SkeinError("OPTION_INVALID", "maxWorkerBytes is for workers of the pool's own, not for a job's servers", {
      hint: "a node bounds the memory of its servers (skein up --server-memory 2g); or have workers here by a pool of their own",
    });
  }
  if (isJob(job)) return job.skeinPool;
  throw new SkeinError("OPTION_INVALID", `job of pool is ${shown(job)}`, {
    hint: "give what client.openJob() gave: pool({ job })",
  });
}

const isJob = (value: unknown): value is HasPart => typeof value === "object" && value !== null && "skeinPool" in value;
