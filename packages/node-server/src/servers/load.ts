/** How busy this machine is, for a node's load reports. */
import { readFileSync, statfsSync } from "node:fs";
import { cpus, freemem } from "node:os";
import type { NodeLoad } from "@skein/runtime/host";

/**
 * Makes a meter; each reading tells the idle share of the CPUs since the reading before it (1 at first).
 *
 * @param path a folder on the disk whose free space counts: the data directory
 * @example
 * const load = createLoadMeter(data.path);
 * load().cpuIdleShare; // 0.93
 */
export function createLoadMeter(path: string): () => NodeLoad {
  let before = cpuTimes();
  return () => {
    const now = cpuTimes();
    const total = now.total - before.total;
    const idle = now.idle - before.idle;
    before = now;
    return {
      cpuIdleShare: total <= 0 ? 1 : Math.min(1, Math.max(0, idle / total)),
      ...memory(),
      diskFreeBytes: diskFree(path),
    };
  };
}

function cpuTimes(): { readonly idle: number; readonly total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}

/** On Linux what programs can still get (caches count as free) and free swap; elsewhere what the system calls free. */
function memory(): { readonly memoryFreeBytes: number; readonly swapFreeBytes: number } {
  try {
    const text = readFileSync("/proc/meminfo", "utf8");
    const bytesOf = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
    return { memoryFreeBytes: bytesOf("MemAvailable"), swapFreeBytes: bytesOf("SwapFree") };
  } catch {
    return { memoryFreeBytes: freemem(), swapFreeBytes: 0 };
  }
}

function diskFree(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
