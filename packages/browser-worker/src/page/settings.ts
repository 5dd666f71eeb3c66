/** What a page's owner gives: his choices, as they are kept and read again. Pure. */
import { MIB } from "@skein/runtime";
import { TAB_SERVERS_LIMIT } from "@skein/runtime/host";
import { type Abilities, SIMPLE_ABILITIES } from "../io/abilities.ts";

export interface Settings {
  /** CPU-bound tasks at a time. */
  readonly workers: number;
  readonly onBattery: boolean;
  readonly hidden: boolean;
  readonly wakeLock: boolean;
  readonly abilities: Abilities;
}

/** Half of the cores is the default, and all of them the most. */
export const mostWorkers = (cores: number): number => Math.max(1, Math.min(cores, TAB_SERVERS_LIMIT));

export const usualSettings = (cores: number): Settings => ({
  workers: Math.max(1, Math.floor(mostWorkers(cores) / 2)),
  onBattery: true,
  hidden: false,
  wakeLock: false,
  abilities: {},
});

const STORAGE_LEAST: number = MIB;
const STORAGE_MOST: number = 1024 * MIB;
const ORIGINS_LIMIT = 50;

/** What was kept, as far as it makes sense here; the rest is as usual. */
export function readSettings(kept: unknown, cores: number): Settings {
  const usual = usualSettings(cores);
  const said = fieldsOf(kept);
  const workers = said["workers"];
  const flag = (name: "onBattery" | "hidden" | "wakeLock"): boolean => {
    const value = said[name];
    return typeof value === "boolean" ? value : usual[name];
  };
  return {
    workers:
      typeof workers === "number" && Number.isInteger(workers) && workers >= 0
        ? Math.min(workers, mostWorkers(cores))
        : usual.workers,
    onBattery: flag("onBattery"),
    hidden: flag("hidden"),
    wakeLock: flag("wakeLock"),
    abilities: readAbilities(said["abilities"]),
  };
}

function readAbilities(kept: unknown): Abilities {
  const said = fieldsOf(kept);
  const { origins, maxBytes } = fieldsOf(said["fetch"]);
  const { quotaBytes } = fieldsOf(said["storage"]);
  const allowed = Array.isArray(origins) ? readOrigins(origins.filter((one) => typeof one === "string")).origins : [];
  return {
    ...(allowed.length === 0
      ? {}
      : { fetch: { origins: allowed, ...(typeof maxBytes === "number" ? { maxBytes } : {}) } }),
    ...(typeof quotaBytes === "number"
      ? { storage: { quotaBytes: Math.min(Math.max(quotaBytes, STORAGE_LEAST), STORAGE_MOST) } }
      : {}),
    ...Object.fromEntries(SIMPLE_ABILITIES.filter((name) => said[name] === true).map((name) => [name, true])),
  };
}

/** A browser takes nearly anything for a name of a host. */
const SITE = /^https?:\/\/(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.|$))+$|^https?:\/\/\[[0-9a-f:.]+\]$/;

/** Origins as they are compared, and the lines that are none. */
export function readOrigins(lines: readonly string[]): {
  readonly origins: readonly string[];
  readonly wrong: readonly string[];
} {
  const [origins, wrong] = [new Set<string>(), [] as string[]];
  for (const line of lines.map((one) => one.trim()).filter((one) => one !== "")) {
    const url = URL.parse(/^[a-z]+:\/\//i.test(line) ? line : `https://${line}`);
    const fine = url !== null && SITE.test(`${url.protocol}//${url.hostname}`) && url.href === `${url.origin}/`;
    if (fine && origins.size < ORIGINS_LIMIT) origins.add(url.origin);
    else wrong.push(line);
  }
  return { origins: [...origins], wrong };
}

// An object's own fields are unknowns by name; what is none has none.
const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};
