/** Lock files: each of one process at a time; those of processes that are gone are taken over. */
import { randomUUID } from "node:crypto";
import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hasCode } from "./files/file-errors.ts";
import { readText } from "./file-text.ts";
import { parseObject } from "./parse-object.ts";
import { isRunning, ownMark, type ProcessMark } from "./process-mark.ts";

/** A lock that this process has. */
export interface LockTaken {
  readonly taken: true;
  /** Its process is gone without having let go of it. */
  readonly stale: boolean;
  /** Lets go of it; twice does nothing. */
  close(): void;
}

/** A lock that another process has, or a holder of this one. */
export interface LockHeld {
  readonly taken: false;
  /** Its process, where that is known. */
  readonly holder: number | undefined;
}

/** How often a lock that is stale, or that changes hands meanwhile, is tried. */
const ATTEMPTS = 20;

/**
 * Takes the lock at `path`, in a folder that is there. It appears whole or not at all: it is written aside and linked to
 * its name.
 *
 * @throws what the file system throws, where it can't be written
 * @example
 * const lock = takeLockFile(join(folder, "lock"));
 * if (!lock.taken) throw new Error(`process ${lock.holder} has it`);
 */
export function takeLockFile(path: string): LockTaken | LockHeld {
  const mine = `${JSON.stringify({ ...ownMark(), key: randomUUID() })}\n`;
  const aside = `${path}.${randomUUID()}`;
  let stale = false;
  writeFileSync(aside, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (isLinked(aside, path)) return { taken: true, stale, close: () => letGo(path, mine) };
      const held = readText(path);
      const holder = parseHolder(held);
      if (holder !== undefined && isRunning(holder)) return { taken: false, holder: holder.pid };
      stale ||= held !== undefined;
      removeStale(path, held);
    }
    return { taken: false, holder: undefined };
  } finally {
    rmSync(aside, { force: true });
  }
}

/** The process that has the lock at `path`, while it runs. */
export function lockHolder(path: string): ProcessMark | undefined {
  const holder = parseHolder(readText(path));
  return holder !== undefined && isRunning(holder) ? holder : undefined;
}

function letGo(path: string, mine: string): void {
  if (readText(path) === mine) rmSync(path, { force: true });
}

/** Removes the lock if it is still the stale one: renamed first, so that of two takers one gets it. */
function removeStale(path: string, stale: string | undefined): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  // Another took over in between: give it its lock back (a third one that came first keeps it).
  if (readText(aside) !== stale) isLinked(aside, path);
  rmSync(aside, { force: true });
}

/** Whether the file now has that name too; `false` when another has it. */
function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

function parseHolder(text: string | undefined): ProcessMark | undefined {
  const parsed = parseObject(text);
  if (parsed === undefined || typeof parsed["pid"] !== "number") return undefined;
  return { pid: parsed["pid"], ...(typeof parsed["started"] === "string" ? { started: parsed["started"] } : {}) };
}
