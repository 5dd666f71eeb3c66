/** The data directory: identity, keys and code of this machine, for one process at a time; and what `skein up` says of itself. */
import { randomUUID } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { SkeinError } from "@skein/runtime";

/** `$SKEIN_DATA`, else `skein` below `$XDG_DATA_HOME`, else `~/.local/share/skein`. */
export function defaultDataPath(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { SKEIN_DATA: own, XDG_DATA_HOME: xdg } = environment;
  if (own !== undefined && own !== "") return resolve(own);
  if (xdg !== undefined && xdg !== "") return join(resolve(xdg), "skein");
  return join(homedir(), ".local", "share", "skein");
}

/** A locked data directory. */
export interface DataDirectory extends Disposable {
  readonly path: string;
  /** Where code bundles are kept. */
  readonly codePath: string;
  /** Where files of other peers are kept. */
  readonly filesPath: string;
  /** Lets go of the lock; twice does nothing. */
  close(): void;
}

/**
 * Makes (mode 0700) and locks the data directory at `path`. The lock of a process that is gone is taken over.
 *
 * @throws {SkeinError} `OPTION_INVALID` when another process has it, or when it can't be made
 * @example
 * using data = openDataDirectory(config.data);
 */
export function openDataDirectory(path: string): DataDirectory {
  makePrivate(path);
  const lock = join(path, "lock");
  const mine = `${JSON.stringify({ pid: process.pid, started: startOf(process.pid), key: randomUUID() })}\n`;
  takeLock(path, lock, mine);
  const close = (): void => {
    if (readOr(lock) === mine) rmSync(lock, { force: true });
  };
  return { path, codePath: join(path, "code"), filesPath: join(path, "files"), close, [Symbol.dispose]: close };
}

function makePrivate(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    // One made by hand with a laxer mode: keys are about to be kept in it.
    if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch (error) {
    throw new SkeinError("OPTION_INVALID", `the data directory ${path} can't be used: ${String(error)}`, {
      hint: "name one of your own: data in a program, --data or SKEIN_DATA of a command",
      cause: error,
    });
  }
}

/** The lock appears whole or not at all: it is written aside and linked to its name. */
function takeLock(path: string, lock: string, mine: string): void {
  const aside = join(path, `lock.${randomUUID()}`);
  writeFileSync(aside, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      try {
        linkSync(aside, lock);
        return;
      } catch (error) {
        if (!hasCode(error, "EEXIST")) throw error;
      }
      const held = readOr(lock);
      const holder = parseHolder(held);
      if (holder !== undefined && isRunning(holder)) throw inUse(path, holder.pid);
      removeStale(lock, held);
    }
    throw inUse(path, undefined);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Removes the lock if it is still the stale one: renamed first, so that of two takers one gets it. */
function removeStale(lock: string, stale: string | undefined): void {
  const aside = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  if (readOr(aside) !== stale) {
    // Another took over in between: give it its lock back (a third one that came first keeps it).
    try {
      linkSync(aside, lock);
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
    }
  }
  rmSync(aside, { force: true });
}

function inUse(path: string, pid: number | undefined): SkeinError {
  return new SkeinError(
    "OPTION_INVALID",
    `the data directory ${path} is in use${pid === undefined ? "" : ` by process ${pid}`}`,
    {
      hint: "end that process, or give this one a directory of its own: data in a program, --data of a command",
    },
  );
}

/** The process that has the data directory at `path`, while it runs. */
export function dataHolder(path: string): ProcessMark | undefined {
  const holder = parseHolder(readOr(join(path, "lock")));
  return holder !== undefined && isRunning(holder) ? holder : undefined;
}

/** A process: its id and, where the system tells, when it started, since ids are used again. */
export interface ProcessMark {
  readonly pid: number;
  readonly started?: string;
}

/** Whether the very process that left this mark still runs. */
export function isRunning(mark: ProcessMark): boolean {
  try {
    process.kill(mark.pid, 0);
  } catch (error) {
    if (!hasCode(error, "EPERM")) return false;
  }
  const started = startOf(mark.pid);
  return started === undefined || mark.started === undefined || started === mark.started;
}

/** The mark of this process, to be left in a file. */
export function ownMark(): ProcessMark {
  const started = startOf(process.pid);
  return { pid: process.pid, ...(started === undefined ? {} : { started }) };
}

/** When a process started, in the kernel's ticks since boot (Linux); elsewhere unknown. A dead one that waits for its parent counts as gone. */
function startOf(pid: number): string | undefined {
  const stat = readOr(`/proc/${pid}/stat`);
  // After the last `)`, the end of the command's name: state is field 3, the start time field 22.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields?.[0] === "Z") return "gone";
  return fields?.[19];
}

function parseHolder(text: string | undefined): ProcessMark | undefined {
  const parsed = parseObject(text);
  if (parsed === undefined || typeof parsed["pid"] !== "number") return undefined;
  return { pid: parsed["pid"], ...(typeof parsed["started"] === "string" ? { started: parsed["started"] } : {}) };
}

/** A JSON object from a text that may be anything. */
export function parseObject(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? "");
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
