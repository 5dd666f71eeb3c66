/** What this machine's node says of its program and the machine: it stays as it is while the node runs. */
import { statfsSync } from "node:fs";
import { totalmem } from "node:os";
import { versions } from "node:process";
import type { NodeAbout } from "@skein/runtime";

/** @param path a folder on the disk whose size counts: the data directory */
export function aboutNode(path: string): NodeAbout {
  const diskBytes = diskSize(path);
  return {
    engine: `Node ${versions.node}`,
    startedMs: Math.round(performance.timeOrigin),
    memoryBytes: totalmem(),
    ...(diskBytes === undefined ? {} : { diskBytes }),
  };
}

function diskSize(path: string): number | undefined {
  try {
    const { blocks, bsize } = statfsSync(path);
    return blocks * bsize;
  } catch {
    return undefined;
  }
}
