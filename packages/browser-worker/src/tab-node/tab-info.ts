/** What a tab says of itself as a node: its engine, cores, memory, and what its owner granted. */
import { type Labels, MIB, type NodeAbout, type NodeLoad } from "@skein/runtime";

const GIB: number = 1024 * MIB;

export type Engine = "chromium" | "firefox" | "webkit" | "browser";

/** What browsers tell, where they do. */
export interface BrowserFacts {
  readonly userAgent: string;
  readonly hardwareConcurrency?: number;
  /** In GiB, rounded, and 8 at most. */
  readonly deviceMemory?: number;
}

export function engineOf(userAgent: string): Engine {
  if (/Firefox\//.test(userAgent)) return "firefox";
  if (/Chrom(e|ium)\//.test(userAgent)) return "chromium";
  return /AppleWebKit\//.test(userAgent) ? "webkit" : "browser";
}

/** `engine`, `cores`, `memory` (GiB) where it is told, and `abilities` where some are granted. */
export function tabLabels(
  { userAgent, hardwareConcurrency, deviceMemory }: BrowserFacts,
  grants: readonly string[],
): Labels {
  return {
    engine: engineOf(userAgent),
    cores: String(hardwareConcurrency ?? 1),
    ...(deviceMemory === undefined ? {} : { memory: String(deviceMemory) }),
    ...(grants.length === 0 ? {} : { abilities: grants.join(",") }),
  };
}

const ENGINE_NAMES: Readonly<Record<Engine, string>> = {
  chromium: "Chromium",
  firefox: "Firefox",
  webkit: "WebKit",
  browser: "a browser",
};
const ENGINE_VERSION = /(?:Firefox|Chrom(?:e|ium)|Version)\/(\d+(?:\.\d+)?)/;

/** What runs it, since when, and the device's memory where that is told. */
export function tabAbout({ userAgent, deviceMemory }: BrowserFacts, startedMs: number): NodeAbout {
  const version = ENGINE_VERSION.exec(userAgent)?.[1]?.replace(/\.0$/, "");
  return {
    engine: `${ENGINE_NAMES[engineOf(userAgent)]}${version === undefined ? "" : ` ${version}`}`,
    startedMs: Math.round(startedMs),
    ...(deviceMemory === undefined ? {} : { memoryBytes: deviceMemory * GIB }),
  };
}

/** A quarter of the device's memory, as far as it is told, is what a page can hope for. */
const MEMORY_SHARE = 0.25;
const UNKNOWN_MEMORY_GIB = 4;

/** A page can't see how busy its machine is: it says how many of its own servers run nothing. */
export function tabLoad({ deviceMemory = UNKNOWN_MEMORY_GIB }: BrowserFacts, idleShare: number): NodeLoad {
  return {
    cpuIdleShare: idleShare,
    memoryFreeBytes: deviceMemory * GIB * MEMORY_SHARE,
    swapFreeBytes: 0,
    diskFreeBytes: 0,
  };
}
