/** Watches what server processes take of the machine, and ends those that take too much. Where the system doesn't tell, it does nothing. */
import { readdirSync, readFileSync } from "node:fs";
import { KIB, SkeinError } from "@skein/runtime";
import { SERVER_FILES_LIMIT, SERVER_PROCESSES_LIMIT, SERVER_WATCH_MS } from "@skein/runtime/host";
import { type FolderSize, NOTHING, sizeOf } from "./folder-size.ts";

/** One that has more than half of its memory is looked at more often: it may take the rest in a moment. */
const CLOSE_WATCH_MS = 25;
/** Folders are looked through so often at most, and no more than a tenth of the time. */
const DISK_WATCH_MS = 1000;
const DISK_WATCH_PAUSES = 9;
/** What a process has started is looked for at every fourth look: it costs ten times as much. */
const LOOKS_PER_FAMILY = 4;

export interface Watched {
  readonly pid: number;
  readonly memoryLimitBytes: number;
  readonly diskLimitBytes: number;
  /** Whether it may start other processes: these are looked for, and count. */
  readonly startsOthers: boolean;
  /** The folders it writes in. */
  readonly folders: readonly string[];
  /** What its node has put there: that doesn't count. */
  readonly given?: () => FolderSize;
  /** It has taken too much: end it. */
  readonly end: (error: SkeinError) => void;
}

export class Watchdog {
  /** With what each has started, itself first. */
  readonly #watched = new Map<Watched, readonly number[]>();
  #looks = 0;
  #timer: NodeJS.Timeout | undefined;
  #diskTimer: NodeJS.Timeout | undefined;

  watch(process: Watched): void {
    this.#watched.set(process, [process.pid]);
    this.#timer ??= setTimeout(this.#look, SERVER_WATCH_MS).unref();
    this.#diskTimer ??= setTimeout(() => void this.#lookAtDisks(), DISK_WATCH_MS).unref();
  }

  forget(process: Watched): void {
    this.#watched.delete(process);
    if (this.#watched.size > 0) return;
    clearTimeout(this.#timer);
    clearTimeout(this.#diskTimer);
    this.#timer = undefined;
    this.#diskTimer = undefined;
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    this.#looks += 1;
    let isClose = false;
    for (const [watched, known] of this.#watched) {
      const isDue = watched.startsOthers && this.#looks % LOOKS_PER_FAMILY === 1;
      const pids = isDue ? familyOf(watched.pid) : known;
      if (isDue) this.#watched.set(watched, pids);
      const bytes = residentBytes(pids);
      if (bytes > watched.memoryLimitBytes) watched.end(outOfMemory(bytes, watched.memoryLimitBytes));
      else if (pids.length > SERVER_PROCESSES_LIMIT) watched.end(tooManyProcesses());
      isClose ||= bytes > watched.memoryLimitBytes / 2;
    }
    if (this.#watched.size > 0)
      this.#timer = setTimeout(this.#look, isClose ? CLOSE_WATCH_MS : SERVER_WATCH_MS).unref();
  };

  async #lookAtDisks(): Promise<void> {
    const startMs = performance.now();
    for (const watched of this.#watched.keys()) {
      const given = watched.given?.() ?? NOTHING;
      const most = { bytes: watched.diskLimitBytes + given.bytes, files: SERVER_FILES_LIMIT + given.files };
      const { bytes, files } = await sizeOf(watched.folders, most);
      if (!this.#watched.has(watched)) continue;
      if (bytes > most.bytes || files > most.files) watched.end(tooMuchDisk(watched.diskLimitBytes));
    }
    const pauseMs = Math.max(DISK_WATCH_MS, (performance.now() - startMs) * DISK_WATCH_PAUSES);
    if (this.#watched.size > 0) this.#diskTimer = setTimeout(() => void this.#lookAtDisks(), pauseMs).unref();
    else this.#diskTimer = undefined;
  }
}

/** What processes have in memory together; nothing where the system has no `/proc`. */
export function residentBytes(pids: readonly number[]): number {
  let bytes = 0;
  for (const pid of pids) {
    try {
      const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
      bytes += Number(resident?.[1] ?? 0) * KIB;
    } catch {
      // It has ended.
    }
  }
  return bytes;
}

/** A process and all below it, until they are too many. */
export function familyOf(pid: number): readonly number[] {
  const found: number[] = [];
  const below = [pid];
  for (let next = below.pop(); next !== undefined && found.length <= SERVER_PROCESSES_LIMIT; next = below.pop()) {
    found.push(next);
    try {
      for (const thread of readdirSync(`/proc/${next}/task`)) {
        const children = readFileSync(`/proc/${next}/task/${thread}/children`, "utf8").trim();
        if (children !== "") below.push(...children.split(" ").map(Number));
      }
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

const mib = (bytes: number): string => `${Math.round(bytes / (KIB * KIB))} MiB`;

export const outOfMemory = (bytes: number, limitBytes: number): SkeinError =>
  new SkeinError("SERVER_OUT_OF_MEMORY", `the process had ${mib(bytes)} in memory, ${mib(limitBytes)} are allowed`, {
    hint: "work on less at a time, or give servers of that node more: --server-memory SIZE",
  });

const tooManyProcesses = (): SkeinError =>
  new SkeinError("SERVER_LOST", `the process had started more than ${SERVER_PROCESSES_LIMIT} others`, {
    hint: "start fewer at a time, and wait for their ends",
  });

const tooMuchDisk = (limitBytes: number): SkeinError =>
  new SkeinError(
    "SERVER_LOST",
    `the process has filled its folder: ${mib(limitBytes)} and ${SERVER_FILES_LIMIT} files are allowed`,
    { hint: "remove what is not needed any more, or give servers of that node more: --server-disk SIZE" },
  );
