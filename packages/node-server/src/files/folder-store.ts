/** The folder in which a Node peer keeps files of others. */
import { constants, type Stats } from "node:fs";
import { lstat, mkdir, realpath, rmdir, statfs, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SkeinError } from "@skein/runtime";
import type { FileDraft, FilePath, FileSource, FileStore, FileThere } from "@skein/runtime";
import { PARTS_FOLDER, pathKey } from "@skein/runtime/network";
import { isExecutable, openDiskFile } from "./disk-file.ts";
import { Draft } from "./draft.ts";
import { hasCode, system } from "./file-errors.ts";
import { Folder } from "./folder.ts";
import { Parts } from "./parts.ts";

/**
 * Keeps files of other peers below `path`, which is made (mode 0700) with the first of them.
 *
 * @example
 * const peer = await createNodePeer({ files: folderStore("inbox") });
 */
export function folderStore(path: string): FileStore {
  return new FolderStore(resolve(path));
}

interface Opened {
  readonly root: string;
  readonly parts: Parts;
}

/** The folders on the way to a file, the innermost last. */
interface Way extends AsyncDisposable {
  readonly folders: readonly Folder[];
  readonly last: Folder;
  readonly name: string;
}

class FolderStore implements FileStore {
  readonly #path: string;
  #opened: Promise<Opened> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async look(path: FilePath): Promise<(FileThere & { readonly owners: readonly string[] }) | undefined> {
    const { parts } = await this.#open();
    await using way = await this.#way(path, false);
    if (way === undefined) return undefined;
    return await system(`look at ${way.name}`, async () => {
      const stats = await there(way);
      if (stats === undefined) return undefined;
      const { size, mtimeMs, mode } = stats;
      return { bytes: size, mtimeMs, executable: isExecutable(mode), owners: await parts.owners(ownersKey(path)) };
    });
  }

  async kept(path: FilePath, bytes: number): Promise<number> {
    const { parts } = await this.#open();
    return Math.min(bytes, await parts.kept(partKey(path, bytes)));
  }

  async open(path: FilePath): Promise<FileSource> {
    await using way = await this.#way(path, false);
    if (way === undefined) throw new SkeinError("FILE_FAILED", "the file was removed meanwhile", { hint: "try again" });
    return await openDiskFile(way.last.path(way.name), constants.O_NOFOLLOW ?? 0);
  }

  async draft(path: FilePath, bytes: number, resume: boolean): Promise<FileDraft> {
    const { parts, root } = await this.#open();
    const name = path.at(-1) ?? "";
    return await system(`begin ${name}`, async () => {
      const part = await parts.begin(partKey(path, bytes), resume);
      const { size } = await part.handle.stat();
      const draft = new Draft(part, Math.min(size, bytes), {
        name,
        folder: () => this.#folder(path),
        published: (owners) => parts.setOwners(ownersKey(path), owners),
      });
      try {
        await checkRoom(root, bytes - draft.keptBytes);
        return draft;
      } catch (error) {
        await draft.keep(draft.keptBytes);
        throw error;
      }
    });
  }

  async remove(path: FilePath): Promise<boolean> {
    const { parts } = await this.#open();
    await using way = await this.#way(path, false);
    if (way === undefined) return false;
    return await system(`remove ${way.name}`, async () => {
      if ((await there(way)) === undefined) return false;
      await unlink(way.last.path(way.name));
      await parts.forgetOwners(ownersKey(path));
      await removeEmpty(way, path);
      return true;
    });
  }

  /** The folder that a file goes into, for who closes it. */
  async #folder(path: FilePath): Promise<Folder> {
    const way = await this.#way(path, true);
    if (way === undefined) throw new Error("folders were made and are not there");
    for (const folder of way.folders) if (folder !== way.last) await folder.close();
    // What came there meanwhile is no plain file: it is not replaced.
    try {
      await there(way);
      return way.last;
    } catch (error) {
      await way.last.close();
      throw error;
    }
  }

  async #way(path: FilePath, make: boolean): Promise<Way | undefined> {
    const { root } = await this.#open();
    let last = await Folder.open(root);
    const folders = [last];
    const close = async (): Promise<void> => {
      for (const folder of folders) await folder.close();
    };
    try {
      for (const name of path.slice(0, -1)) {
        const next = await last.enter(name, make);
        if (next === undefined) {
          await close();
          return undefined;
        }
        folders.push(next);
        last = next;
      }
    } catch (error) {
      await close();
      throw error;
    }
    return { folders, last, name: path.at(-1) ?? "", [Symbol.asyncDispose]: close };
  }

  /** Tried anew when it failed. */
  async #open(): Promise<Opened> {
    this.#opened ??= system("make a folder for files", async () => {
      await mkdir(this.#path, { recursive: true, mode: 0o700 });
      const root = await realpath(this.#path);
      return { root, parts: await Parts.open(join(root, PARTS_FOLDER)) };
    });
    try {
      return await this.#opened;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }
}

/** What has the name. @throws {SkeinError} `PATH_FORBIDDEN` when it is no plain file */
async function there({ last, name }: Way): Promise<Stats | undefined> {
  try {
    const stats = await lstat(last.path(name));
    if (stats.isFile()) return stats;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  throw new SkeinError("PATH_FORBIDDEN", `${JSON.stringify(name)} is no plain file there`, {
    hint: "folders, links, devices and pipes are not replaced; choose another name",
  });
}

async function removeEmpty({ folders }: Way, path: FilePath): Promise<void> {
  for (let depth = path.length - 2; depth >= 0; depth -= 1) {
    try {
      await rmdir(folders[depth]?.path(path[depth] ?? "") ?? "");
    } catch {
      return; // something else is in it
    }
  }
}

/** A full disk is known before all has come. */
async function checkRoom(root: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(root);
  if (bytes <= bavail * bsize) return;
  throw new SkeinError("FILE_FAILED", `there is no room for ${bytes} bytes: ENOSPC`, {
    hint: "the disk is full: make room there",
  });
}

const partKey = (path: FilePath, bytes: number): string => `${pathKey(path)}\n${bytes}`;
/** As written: where case matters, those are two files. */
const ownersKey = (path: FilePath): string => path.join("/");
