/** Puts the files of a job into a server process's folder: links where that may be, else copies. */
import { constants } from "node:fs";
import { chown, copyFile, link, lstat, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { PARTS_FOLDER } from "@skein/runtime/network";
import { hasCode, system } from "./file-errors.ts";
import { Folder } from "./folder.ts";

export interface GiveFilesOptions {
  /** The one file to give, by its path below `from`, with `/` between its parts. Default: all. */
  readonly path?: string;
  /** User who is to own them; they are copies then. */
  readonly owner?: number;
}

/**
 * Gives the files below `from`, which is this program's own, to the process whose folder is `to`. Whatever that process put
 * into its folder, nothing is written through links of it.
 *
 * @throws {SkeinError} `FILE_FAILED`; `PATH_FORBIDDEN` where something in its folder is in the way
 */
export async function giveFiles(from: string, to: string, options: GiveFilesOptions = {}): Promise<void> {
  const { path, owner } = options;
  const paths = path === undefined ? await filesBelow(from, "") : [path];
  for (const one of paths) await giveFile(join(from, one), to, one.split("/"), owner);
}

/** The plain files below a folder, by their relative paths with `/`; what is still coming is left out. */
export async function filesBelow(root: string, inside: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(root, inside), { withFileTypes: true })) {
    if (inside === "" && entry.name === PARTS_FOLDER) continue;
    const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await filesBelow(root, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

async function giveFile(source: string, to: string, path: readonly string[], owner: number | undefined): Promise<void> {
  const name = path.at(-1) ?? "";
  let folder = await Folder.open(to);
  try {
    for (const part of path.slice(0, -1)) {
      const next = await folder.enter(part, true);
      if (owner !== undefined) await chown(folder.path(part), owner, owner);
      await folder.close();
      if (next === undefined) return;
      folder = next;
    }
    await system(`give the file ${name}`, () => put(source, folder.path(name), owner));
  } finally {
    await folder.close();
  }
}

async function put(source: string, target: string, owner: number | undefined): Promise<void> {
  for (let again = true; ; again = false) {
    try {
      await linkOrCopy(source, target, owner);
      return;
    } catch (error) {
      if (!again || !hasCode(error, "EEXIST")) throw error;
      if (await isSame(source, target)) return;
      await unlink(target);
    }
  }
}

async function linkOrCopy(source: string, target: string, owner: number | undefined): Promise<void> {
  if (owner === undefined) {
    try {
      await link(source, target);
      return;
    } catch (error) {
      if (!hasCode(error, "EXDEV", "EPERM", "EMLINK", "ENOTSUP")) throw error;
    }
  }
  // Neither follows a link that has the name.
  await copyFile(source, target, constants.COPYFILE_EXCL);
  if (owner !== undefined) await chown(target, owner, owner);
}

async function isSame(source: string, target: string): Promise<boolean> {
  const [a, b] = await Promise.all([lstat(source), lstat(target)]);
  return a.dev === b.dev && a.ino === b.ino;
}
