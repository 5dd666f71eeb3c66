/** `pool()` on Node: worker processes of this machine. */
import { availableParallelism } from "node:os";
import { type Pool, type PoolSettings, SkeinError } from "@skein/runtime";
import { OpenPool, type PoolHost, type PoolPlace } from "@skein/runtime/host";
import { describeFunction, mapStack } from "./functions.ts";

export interface PoolOptions extends PoolSettings {
  /** Worker processes on this machine. Default `"all"`: one for each core; 0: none here. */
  readonly servers?: number | "all";
  /** Where what functions print goes: to this program's standard output (default), or to its standard error. */
  readonly output?: "stdout" | "stderr";
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
  const { servers = "all", output = "stdout", ...settings } = options;
  if (servers !== "all" && (!Number.isInteger(servers) || servers < 0)) {
    throw new SkeinError("OPTION_INVALID", `a pool can't have ${servers} servers`, {
      hint: 'give 0 or more, or "all"',
    });
  }
  const size = servers === "all" ? availableParallelism() : servers;
  const host: PoolHost = { places: () => [localPlace(size, output)], codeOf: describeFunction, mapStack };
  // What it gives for a function is what the function's type says.
  return new OpenPool(host, settings) as Pool;
}

/** Worker processes of this machine. */
function localPlace(size: number, output: "stdout" | "stderr"): PoolPlace {
  // Loaded with the first worker: programs without a pool need no processes.
  return {
    name: "this machine",
    size,
    start: async () => (await import("./local-worker.ts")).startLocalWorker(output),
  };
}
