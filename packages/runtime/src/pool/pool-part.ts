/** What a pool gets of a job: a place of its own at the job's servers. */
import { shown } from "../check-options.ts";
import { SkeinError } from "../errors.ts";
import type { CodeDigest } from "../ids.ts";
import type { PoolPlace } from "./place.ts";

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

/** @throws {SkeinError} `OPTION_INVALID` when it is no job */
export function poolPart(job: unknown): PoolPart {
  if (isJob(job)) return job.skeinPool;
  throw new SkeinError("OPTION_INVALID", `job of pool is ${shown(job)}`, {
    hint: "give what client.openJob() gave: pool({ job })",
  });
}

const isJob = (value: unknown): value is HasPart => typeof value === "object" && value !== null && "skeinPool" in value;
