/** `pool()` on Node: worker processes of this machine. */
import { availableParallelism } from "node:os";
import { type Pool, type PoolSettings, SkeinError } from "@skein/runtime";
import { OpenPool, type PoolHost } from "@skein/runtime/host";
import { describeFunction, mapStack } from "./functions.ts";
import { LocalPlace } from "./local-place.ts";

export interface PoolOptions extends PoolSettings {
  /** Worker processes on this machine. Default `"all"`: one for each core; 0: none here. */
  readonly servers?: number | "all";
}

/** @example await using p = pool({ servers: 4 }); */
export function pool(options: PoolOptions = {}): Pool {
  const { servers = "all", ...settings } = options;
  if (servers !== "all" && (!Number.isInteger(servers) || servers < 0)) {
    throw new SkeinError("OPTION_INVALID", `a pool can't have ${servers} servers`, {
      hint: 'give 0 or more, or "all"',
    });
  }
  const host: PoolHost = {
    places: () => [new LocalPlace(servers === "all" ? availableParallelism() : servers)],
    codeOf: describeFunction,
    mapStack,
  };
  return new OpenPool(host, settings) as Pool;
}
