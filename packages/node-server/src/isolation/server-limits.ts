/** How much of the machine one server process may take. */
import { totalmem } from "node:os";
import { SERVER_DISK_BYTES, SERVER_MEMORY_LEAST_BYTES, SERVER_MEMORY_SHARE } from "@skein/runtime/host";

export interface ServerLimits {
  readonly memoryLimitBytes: number;
  readonly diskLimitBytes: number;
}

export interface ServerLimitsOptions {
  /** Servers of the node. */
  readonly servers: number;
  readonly memoryLimitBytes?: number;
  readonly diskLimitBytes?: number;
}

/** What was said, and for the rest its part of the machine, or of the container. */
export function serverLimits(options: ServerLimitsOptions): ServerLimits {
  const part = (SERVER_MEMORY_SHARE * memoryBytes()) / options.servers;
  return {
    memoryLimitBytes: options.memoryLimitBytes ?? Math.max(SERVER_MEMORY_LEAST_BYTES, Math.floor(part)),
    diskLimitBytes: options.diskLimitBytes ?? SERVER_DISK_BYTES,
  };
}

/** A container's limit counts, where there is one: without one, the system names a number beyond all memory. */
function memoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
