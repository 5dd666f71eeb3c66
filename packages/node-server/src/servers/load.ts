/** How busy this machine is, for a node's load reports. */
import { readFileSync, statfsSync } from "node:fs";
import { cpus, freemem } from "node:os";
import { SECOND_MS } from "@skein/runtime";
import type { NodeLoad } from "@skein/runtime/host";

/** Asking takes programs of the system there, so it is done less often than the load is told. */
const ASK_AGAIN_MS: number = 5 * SECOND_MS;

export type FreeMemory = Pick<NodeLoad, "memoryFreeBytes" | "swapFreeBytes">;

export interface LoadMeterOptions {
  /** Reads free memory at once, where the system has a file for it. Default: from `/proc/meminfo`. */
  readonly readMemory?: () => FreeMemory | undefined;
  /** Asks for it elsewhere, in the background. Default: by the library systeminformation, loaded when it is asked first. */
  readonly askMemory?: () => Promise<FreeMemory>;
}

/**
 * Makes a meter; each reading tells the idle share of the CPUs since the reading before it (1 at first).
 *
 * @param path a folder on the disk whose free space counts: the data directory
 * @example
 * const load = createLoadMeter(data.path);
 * load().cpuIdleShare; // 0.93
 */
export function createLoadMeter(path: string, options: LoadMeterOptions = {}): () => NodeLoad {
  const memory = memoryMeter(options.readMemory ?? linuxMemory, options.askMemory ?? askSystem);
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

/** What was read last; where it has to be asked for, what the system calls free until the answer is there. */
function memoryMeter(read: () => FreeMemory | undefined, ask: () => Promise<FreeMemory>): () => FreeMemory {
  let asked: FreeMemory | undefined;
  let askedMs = -Infinity;
  return () => {
    const known = read();
    if (known !== undefined) return known;
    if (performance.now() - askedMs >= ASK_AGAIN_MS) {
      askedMs = performance.now();
      ask().then(
        (answer) => (asked = answer),
        () => undefined, // asked again; what the system calls free is told meanwhile
      );
    }
    return asked ?? { memoryFreeBytes: freemem(), swapFreeBytes: 0 };
  };
}

/** What programs can still get (caches count as free) and free swap; `undefined` on other systems than Linux. */
function linuxMemory(): FreeMemory | undefined {
  try {
    const text = readFileSync("/proc/meminfo", "utf8");
    const bytesOf = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
    return { memoryFreeBytes: bytesOf("MemAvailable"), swapFreeBytes: bytesOf("SwapFree") };
  } catch {
    return undefined;
  }
}

/** The same by the library, on any system. */
export async function askSystem(): Promise<FreeMemory> {
  const { mem } = await import("systeminformation");
  const { available, swapfree } = await mem();
  return { memoryFreeBytes: available, swapFreeBytes: swapfree };
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

function diskFree(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
