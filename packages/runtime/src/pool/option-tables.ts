/** What the options of pools may be: one table for each type. */
import {
  amount,
  anyList,
  flag,
  kindOf,
  listOf,
  oneOf,
  type OptionKind,
  type OptionTable,
  packageName,
  retries,
  signal,
  time,
  whole,
} from "../check-options.ts";
import type { PoolMapOptions, PoolRunOptions, PoolSettings } from "./pool.ts";

export const POOL_SETTINGS: OptionTable<PoolSettings> = {
  queueSize: whole(1, Number.MAX_SAFE_INTEGER),
  maxWorkerBytes: amount(1),
  initializer: kindOf(
    "a function, or the stub of one",
    (value) => typeof value === "function" || (typeof value === "object" && value !== null),
  ),
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

/** Options that a pool's host takes itself. Of others it finds out what they are. */
const HOST_SETTINGS: Readonly<Record<string, OptionKind>> = {
  packages: listOf(packageName),
  output: oneOf(["stdout", "stderr"]),
};
export const hostSetting = (name: string): OptionKind => HOST_SETTINGS[name] ?? (() => undefined);
