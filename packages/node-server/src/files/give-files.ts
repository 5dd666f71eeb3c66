/** Puts the files of a job into a server process's folder: links where that may be, else copies. */
import { constants } from "node:fs";
import { copyFile, link, lstat, open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { PARTS_FOLDER } from "@skein/runtime/network";
import { hasCode, system } from "./file-errors.ts";
import { Folder } from "./folder.ts";

/** Fails where anything has the name, also a link. */
const NEW_FILE: number = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

export interface GiveFilesOptions {
  /** The one file to give, by its path below `from`, with `/` between its parts. Default: all. */
  readonly path?: string;
  /** Called with the path of each file before it is there. */
  readonly before?: (path: string) => Promise<void>;
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
  const { path, before, owner } = options;
  const paths = path === undefined ? await filesBelow(from, "") : [path];
  for (const one of paths) {
    await before?.(one);
    await giveFile(join(from, one), to, one.split("/"), owner);
  }
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
      await folder.close();
      if (next === undefined) return;
      folder = next;
      if (owner !== undefined) await folder.giveTo(owner);
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
  // Does not follow a link that has the name.
  if (owner === undefined) await copyFile(source, target, constants.COPYFILE_EXCL);
  else await copyFor(source, target, owner);
}

/**
 * Makes a copy for another user. By its name nothing is given away: who has the folder may put a link to anything there
 * at any moment.
 */
async function copyFor(source: string, target: string, owner: number): Promise<void> {
  const from = await open(source);
  try {
    const to = await open(target, NEW_FILE, 0o600);
    try {
      await to.writeFile(from.createReadStream({ autoClose: false }));
      await to.chmod((await from.stat()).mode & 0o777);
      await to.chown(owner, owner);
    } catch (error) {
      await unlink(target).catch(() => {});
      throw error;
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function isSame(source: string, target: string): Promise<boolean> {
  const [a, b] = await Promise.all([lstat(source), lstat(target)]);
  return a.dev === b.dev && a.ino === b.ino;
}
