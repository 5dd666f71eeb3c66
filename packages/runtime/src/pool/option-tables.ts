/** What the options of pools may be: one table for each type. */
import {
  amount,
  anyList,
  anyObject,
  callableOr,
  flag,
  kindOf,
  oneOf,
  type OptionKind,
  type OptionTable,
  retries,
  signal,
  time,
  whole,
} from "../check-options.ts";
import type { PoolMapOptions, PoolRunOptions, PoolSettings } from "./pool.ts";

export const POOL_SETTINGS: OptionTable<PoolSettings> = {
  queueSize: whole(1, Number.MAX_SAFE_INTEGER),
  maxWorkerBytes: amount(1),
  initializer: callableOr(anyObject), // or a stub
  initArgs: anyList,
  initializerTimeoutMs: time,
  connectTimeoutMs: time,
};

export const POOL_RUN_OPTIONS: OptionTable<PoolRunOptions> = { timeoutMs: time, signal, retries, transfer: anyList };

export const POOL_MAP_OPTIONS: OptionTable<PoolMapOptions> = {
  chunk: kindOf(
    'a whole number from 1 on, or "auto"',
    (value) => value === "auto" || (typeof value === "number" && Number.isSafeInteger(value) && value >= 1),
  ),
  ordered: flag,
  itemTimeoutMs: time,
  inFlight: whole(1, Number.MAX_SAFE_INTEGER),
  retries,
  star: flag,
  onError: oneOf(["throw", "yield"]),
  timeoutMs: time,
  signal,
};

/** What a pool's host takes itself, and checks. */
export const byHost: OptionKind = () => undefined;
