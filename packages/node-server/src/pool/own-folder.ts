/** Folders that this process makes for its pools: they go with it, however it ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const made: string[] = [];
let onMade: ((path: string) => void) | undefined;

/** Makes one, for this user alone; its name begins so. */
export function ownFolder(prefix: string): string {
  const path = mkdtempSync(join(resolve(tmpdir()), prefix));
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  made.push(path);
  onMade?.(path);
  return path;
}

/** Sets who is told of each, those that are there included: who outlives this process where it can't remove them. */
export function watchFolders(tell: (path: string) => void): void {
  onMade = tell;
  made.forEach((path) => tell(path));
}
