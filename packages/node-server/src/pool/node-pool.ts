/** A pool over worker processes of this machine, as `pool()` opens it. */
import type { Pool, PoolSettings } from "@skein/runtime";
import { OpenPool } from "@skein/runtime/pool";
import { describeFunction, mapStack } from "./functions.ts";
import { LocalPlace } from "./local-place.ts";

export function openPool(servers: number, settings: PoolSettings): Pool {
  const host = { places: () => [new LocalPlace(servers)], codeOf: describeFunction, mapStack };
  // What it gives for a function is what the function's type says.
  return new OpenPool(host, settings) as Pool;
}
