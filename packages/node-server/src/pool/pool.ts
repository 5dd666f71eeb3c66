/** `pool()` on Node: worker processes of this machine, and of others that ssh reaches. */
import { availableParallelism } from "node:os";
import { type Job, type PlainFunction, type Pool, type PoolSettings, SkeinError } from "@skein/runtime";
import {
  type FoundFunction,
  type FunctionPlace,
  OpenPool,
  POOL_CONNECT_MS,
  type PoolCallable,
  type PoolHost,
  type PoolPart,
  poolPart,
  type PoolPlace,
  stubOf,
} from "@skein/runtime/host";
import { sshAddress } from "../ssh-address.ts";
import { describeBundle, describeFunction, explain } from "./functions.ts";
import { startLocalWorker } from "./local-worker.ts";
import { sshPlace } from "./ssh/ssh-place.ts";

export interface PoolOptions extends PoolSettings {
  /** Worker processes on this machine. Default `"all"`: one for each core; 0: none here. */
  readonly servers?: number | "all";
  /** Where what functions print goes: to this program's standard output (default), or to its standard error. */
  readonly output?: "stdout" | "stderr";
  /**
   * Machines reached by the system's ssh, with your keys: `ssh://user@host:22/8` has 8 workers there, without a number one
   * for each core; `?node=/path` where Node is not on the path. Nothing is installed there but Node.
   */
  readonly hosts?: string | readonly string[];
  /**
   * Packages that functions import where they are installed, from the working directory of the worker, instead of taking
   * them along: those with native add-ons (`sharp`) can't travel.
   */
  readonly packages?: readonly string[];
  /**
   * A job whose servers, nodes and tabs alike, are its workers too: as many as the job gets, and they come and go while it
   * runs. With it there are none on this machine unless `servers` says so.
   */
  readonly job?: Job;
  /**
   * `guarded`: workers of this machine reach no files but packages and a folder of their own, start no programs, and see
   * next to nothing of the environment, as a node's servers that run others' code. Default `trusted`: they are as this program.
   */
  readonly isolation?: "trusted" | "guarded";
}

/**
 * Opens a pool: its workers start with the first call, or with `ready()`.
 *
 * @throws {SkeinError} `OPTION_INVALID`
 * @example
 * await using p = pool({ servers: 4 });
 * for await (const y of p.map((n: number) => n * n, [1, 2, 3])) console.log(y);
 */
export function pool(options: PoolOptions = {}): Pool {
  const { servers, hosts = [], job, isolation = "trusted", ...settings } = options;
  if (servers !== undefined && servers !== "all" && (!Number.isInteger(servers) || servers < 0)) {
    throw new SkeinError("OPTION_INVALID", `a pool can't have ${servers} servers`, {
      hint: 'give 0 or more, or "all"',
    });
  }
  const size = servers === undefined || servers === "all" ? availableParallelism() : servers;
  const addresses = (typeof hosts === "string" ? [hosts] : hosts).map(sshAddress);
  const { connectTimeoutMs = POOL_CONNECT_MS, packages = [], output = "stdout" } = settings;
  const part = job === undefined ? undefined : poolPart(job, settings);
  const isElsewhere = addresses.length > 0 || part !== undefined;
  checkIsolation(isolation, isElsewhere);
  const given = new Set<FoundFunction>();
  const hasNone = (size === 0 && isElsewhere) || (servers === undefined && part !== undefined);
  if (part !== undefined && hasNone && addresses.length === 0) checkForJob(options);
  const host: PoolHost = {
    options: ["servers", "hosts", "job", "packages", "output", "isolation"],
    places: () => [
      ...(hasNone ? [] : [localPlace(size, output, isolation)]),
      ...addresses.map((address) => sshPlace(address, { timeoutMs: connectTimeoutMs, output })),
      ...(part === undefined ? [] : [part.place()]),
    ],
    codeOf: (fn) => describe(fn, packages, part, given),
    mapStack: (error) => {
      explain(error);
      part?.mapStack(error);
    },
  };
  // What it gives for a function is what the function's type says.
  return new OpenPool(host, settings) as Pool;
}

function describe(
  fn: PoolCallable,
  packages: readonly string[],
  part: PoolPart | undefined,
  given: Set<FoundFunction>,
): FunctionPlace {
  if (typeof fn === "function") return describeFunction(fn as PlainFunction, packages, given); // a pool is given functions and stubs
  const stub = stubOf(fn);
  const code = stub && part?.bundle(stub.code);
  if (stub !== undefined && code !== undefined) return describeBundle(stub, code);
  throw new SkeinError("CODE_UNKNOWN", "a pool was given a stub of a job that it does not have", {
    hint: "open it with that job: pool({ job })",
  });
}

/** Worker processes of this machine. */
function localPlace(size: number, output: "stdout" | "stderr", isolation: "trusted" | "guarded"): PoolPlace {
  const place: PoolPlace = {
    name: "this machine",
    size,
    start: () => startLocalWorker({ output, isolation, workers: () => Math.max(1, place.size) }),
  };
  return place;
}

/** What is for workers of the pool's own, where it has none. */
function checkForJob({ packages, output }: PoolOptions): void {
  const [name, hint] =
    packages !== undefined
      ? ["packages", "give them to the job: openJob({ packages })"]
      : ["output", "what a job's servers print is in job.events, as log; or have workers here, too: servers: 1"];
  if (packages === undefined && output === undefined) return;
  throw new SkeinError("OPTION_INVALID", `${name} of pool is for workers of its own, not for a job's servers`, {
    hint,
  });
}

function checkIsolation(isolation: unknown, isElsewhere: boolean): void {
  if (isolation === "trusted" || (isolation === "guarded" && !isElsewhere)) return;
  if (isolation === "guarded") {
    throw new SkeinError("OPTION_INVALID", "isolation is for workers of this machine alone", {
      hint: "openJob({ isolation }) says how a job's servers are confined; what hosts run, their user may",
    });
  }
  throw new SkeinError("OPTION_INVALID", `a pool's workers can't be ${String(isolation)}`, {
    hint: "give trusted or guarded; nodes confine code further: pool({ job }) with openJob({ isolation })",
  });
}
