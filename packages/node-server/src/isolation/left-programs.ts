/** Programs that a server process has started and left behind, also those that have left its group: known by a mark they inherit. */
import { spawn, spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { sep } from "node:path";

/** The variable that marks what a server process starts; it holds the process's folder. */
export const SERVER_MARK = "SKEIN_SERVER";
/** A program may start another while it is looked for. */
const LOOKS = 3;

/**
 * Ends all programs that were started by the server process of that folder, or of a folder in it. Those that were given
 * another environment are not found; nothing is where the system has no `/proc`.
 *
 * @returns how many there were
 * @example
 * await endLeftPrograms(folder.path);
 */
export async function endLeftPrograms(folder: string): Promise<number> {
  const ended = new Set<number>(); // one that was told may still be seen for a moment
  for (let look = 0; look < LOOKS; look += 1) {
    const found = await markedWith(folder);
    if (found.length === 0) break;
    for (const pid of found) if (kill(pid)) ended.add(pid);
  }
  return ended.size;
}

/** Ends all that runs as a user that only one server process had: it may have left its group, it can't leave its user. */
export async function endAllOf(uid: number): Promise<void> {
  const killer = spawn("/bin/sh", KILL_ALL, runAs(uid));
  await new Promise<void>((resolve) => killer.once("error", () => resolve()).once("close", () => resolve()));
}

/** As {@link endAllOf}; nothing of it is left when it returns. */
export function endAllOfNow(uid: number): void {
  spawnSync("/bin/sh", KILL_ALL, runAs(uid));
}

const KILL_ALL: readonly string[] = ["-c", "kill -KILL -1"];
const runAs = (uid: number) => ({ uid, gid: uid, stdio: "ignore", env: {}, cwd: "/" }) as const;

async function markedWith(folder: string): Promise<readonly number[]> {
  let names: readonly string[];
  try {
    names = await readdir("/proc");
  } catch {
    return [];
  }
  const pids = names.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const marked = await Promise.all(pids.map((pid) => isMarked(pid, folder)));
  return pids.filter((_, index) => marked[index] === true).map(Number);
}

async function isMarked(pid: string, folder: string): Promise<boolean> {
  try {
    const environment = `\0${await readFile(`/proc/${pid}/environ`, "utf8")}`;
    return [`${folder}\0`, `${folder}${sep}`].some((end) => environment.includes(`\0${SERVER_MARK}=${end}`));
  } catch {
    return false; // it has ended, or is another user's
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
