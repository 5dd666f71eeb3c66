/** `--clean`: ends the process that still has a data directory, and removes what runs leave there. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { SECOND_MS, SkeinError } from "@skein/runtime";
import { dataHolder } from "./data-directory.ts";
import { isRunning, type ProcessMark } from "./process-mark.ts";

/** Identity, keys and certificates stay, and the log. */
const LEFT_BEHIND = ["code", "files", "jobs", "servers", "up.json"] as const;
/** How long that process may take to end before it is killed. */
const END_MS: number = 5 * SECOND_MS;
const LOOK_AGAIN_MS = 50;

/**
 * Leaves the data directory at `path` as a first run with this identity would find it.
 *
 * @throws {SkeinError} `OPTION_INVALID` when another user's process has it
 */
export async function cleanUp(path: string): Promise<void> {
  const holder = dataHolder(path);
  if (holder !== undefined && holder.pid !== process.pid) await end(path, holder);
  for (const name of LEFT_BEHIND) rmSync(join(path, name), { recursive: true, force: true });
}

async function end(path: string, holder: ProcessMark): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!isRunning(holder)) return;
    try {
      process.kill(holder.pid, signal);
    } catch (error) {
      if (!isRunning(holder)) return;
      throw new SkeinError("OPTION_INVALID", `process ${holder.pid} has ${path}, and can't be ended by this user`, {
        hint: "end it as the user who started it",
        cause: error,
      });
    }
    const lastMs = performance.now() + END_MS;
    while (isRunning(holder) && performance.now() < lastMs) await pause(LOOK_AGAIN_MS);
  }
}
