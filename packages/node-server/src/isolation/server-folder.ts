/** The folder that one server process has for itself: made before it starts, emptied after it has ended, and looked at then. */
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endLeftPrograms } from "./left-programs.ts";

/** Names are not to be guessed: another user's process could wait at one. */
const NAME_BYTES = 12;
/** A file that is still written by a process that just ends is tried again. */
const RETRIES = { maxRetries: 3, retryDelay: 50 } as const;

export interface ServerFolder {
  readonly path: string;
  /** Bundles, put there by the node. */
  readonly code: string;
  /** Files that the node gives the process. */
  readonly files: string;
  /** Its working directory. */
  readonly work: string;
  /** Its `TMPDIR`. */
  readonly temporary: string;
}

export interface ServersRoot {
  readonly path: string;
  /** Resolves when what a node that was killed had left there is gone, with why something is not. */
  readonly cleared: Promise<readonly Error[]>;
  /** Removes it, if it is empty; twice does nothing. */
  close(): void;
}

/**
 * Makes the folder that holds the folders of a node's servers, in `dataPath` or, where processes of other users have to
 * reach it, in the system's temporary folder.
 */
export function openServersRoot(dataPath: string, forOtherUsers: boolean): ServersRoot {
  const path = forOtherUsers ? sharedRoot(dataPath) : join(dataPath, "servers");
  mkdirSync(path, { recursive: true, mode: forOtherUsers ? 0o711 : 0o700 });
  return { path, cleared: cleared(readdirSync(path).map((name) => join(path, name))), close: () => removeEmpty(path) };
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Something is left in it, which the log has told; the next node removes it.
  }
}

async function cleared(folders: readonly string[]): Promise<readonly Error[]> {
  await Promise.all(folders.map(endLeftPrograms));
  const errors = await Promise.all(folders.map(emptyFolder));
  return errors.filter((error) => error !== undefined);
}

/** Its name is known to the node that comes after a killed one; somebody else's folder of that name is left alone. */
function sharedRoot(dataPath: string): string {
  const usual = join(tmpdir(), `skein-servers-${statSync(dataPath).ino}`);
  try {
    const there = lstatSync(usual);
    if (there.isDirectory() && there.uid === process.getuid?.()) return usual;
  } catch {
    return usual;
  }
  return `${usual}-${randomBytes(NAME_BYTES).toString("hex")}`;
}

/** Makes a folder of a name that nobody knows. It is the node's; `owner`, who may enter it, has what is in it but `code`. */
export function makeServerFolder(root: string, owner?: number): ServerFolder {
  const path = join(root, randomBytes(NAME_BYTES).toString("hex"));
  const inside = (name: string): string => join(path, name);
  const folder = { path, code: inside("code"), files: inside("files"), work: inside("work"), temporary: inside("tmp") };
  mkdirSync(path, { mode: 0o700 });
  mkdirSync(folder.code, { mode: 0o755 });
  for (const one of [folder.files, folder.work, folder.temporary]) mkdirSync(one, { mode: 0o700 });
  if (owner !== undefined) {
    for (const one of [folder.files, folder.work, folder.temporary]) chownSync(one, owner, owner);
    // He must not put something else where the node writes: these stay the node's, and his group may enter them.
    for (const one of [path, folder.code]) {
      chownSync(one, process.getuid?.() ?? 0, owner);
      chmodSync(one, one === path ? 0o710 : 0o750);
    }
  }
  return folder;
}

/**
 * Removes `path` with all that is in it, also what it made unreadable; links are removed, not followed.
 *
 * @returns why something is left, `undefined` when nothing is
 */
export async function emptyFolder(path: string): Promise<Error | undefined> {
  try {
    await rm(path, { recursive: true, force: true, ...RETRIES });
  } catch {
    try {
      await openUp(path);
      await rm(path, { recursive: true, force: true, ...RETRIES });
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
  return await left(path);
}

async function left(path: string): Promise<Error | undefined> {
  try {
    await lstat(path);
  } catch {
    return undefined;
  }
  return new Error(`${path} is still there`);
}

/** Makes the folders below `path` such that they can be emptied. */
async function openUp(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openUp(join(path, entry.name));
  }
}
