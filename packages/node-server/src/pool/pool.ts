/** `pool()` on Node: worker processes of this machine. */
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { type Pool, type PoolSettings, SkeinError } from "@skein/runtime";

export interface PoolOptions extends PoolSettings {
  /** Worker processes on this machine. Default `"all"`: one for each core; 0: none here. */
  readonly servers?: number | "all";
}

/** What a pool is made of is loaded with the first one, at once. */
const require = createRequire(import.meta.url);
/** `.ts` while developing, `.js` when published. */
const NODE_POOL = `./node-pool${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`;

/**
 * Opens a pool: its workers start with the first call, or with `ready()`.
 *
 * @throws {SkeinError} `OPTION_INVALID`
 * @example
 * await using p = pool({ servers: 4 });
 * for await (const y of p.map((n: number) => n * n, [1, 2, 3])) console.log(y);
 */
export function pool(options: PoolOptions = {}): Pool {
  const { servers = "all", ...settings } = options;
  if (servers !== "all" && (!Number.isInteger(servers) || servers < 0)) {
    throw new SkeinError("OPTION_INVALID", `a pool can't have ${servers} servers`, {
      hint: 'give 0 or more, or "all"',
    });
  }
  // The file of this name is that module.
  const { openPool } = require(NODE_POOL) as typeof import("./node-pool.ts");
  return openPool(servers === "all" ? availableParallelism() : servers, settings);
}
