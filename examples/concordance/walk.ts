/** Finds the files below a folder and puts them into groups of similar size. */
import { opendir, realpath, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { type FileNote } from "./count.ts";

/** A group is full at this many bytes or files: enough to be worth a message, small enough to share out evenly. */
const GROUP_BYTES = 6 * 1024 * 1024;
const GROUP_FILES = 600;

/** Folders that are never looked into: a repository's own store, and our data. */
const SKIPPED = new Set([".git", ".skein"]);

export interface FileGroup {
  readonly number: number;
  readonly paths: readonly string[];
  readonly bytes: number;
}

export interface Found {
  readonly groups: readonly FileGroup[];
  readonly files: number;
  readonly bytes: number;
  /** Links, which are not followed (what they lead to is counted where it is). */
  readonly links: number;
  readonly notes: readonly FileNote[];
}

/** Walks `folder`, without following links; a link that leads back to a folder above it is noted as a loop. */
export async function findFiles(folder: string): Promise<Found> {
  const files: { path: string; bytes: number }[] = [];
  const notes: FileNote[] = [];
  let links = 0;
  const folders = [await realpath(folder)];
  for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
    try {
      for await (const entry of await opendir(current)) {
        const path = join(current, entry.name);
        if (entry.isDirectory()) {
          if (!SKIPPED.has(basename(path))) folders.push(path);
        } else if (entry.isFile()) {
          files.push({ path, bytes: await sizeOf(path) });
        } else if (entry.isSymbolicLink()) {
          links += 1;
          const loop = await loopOf(path, current);
          if (loop !== undefined) notes.push({ path, kind: "loop", detail: loop });
        } else {
          notes.push({ path, kind: "special", detail: "no file: a socket, pipe or device" });
        }
      }
    } catch (error) {
      notes.push({ path: current, kind: "unreadable", detail: error instanceof Error ? error.message : String(error) });
    }
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { groups: groupsOf(files), files: files.length, bytes, links, notes };
}

const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size;
  } catch {
    return 0; // gone or unreadable: whoever counts it will say so
  }
};

async function loopOf(link: string, folder: string): Promise<string | undefined> {
  try {
    const target = await realpath(link);
    return `${folder}${sep}`.startsWith(`${target}${sep}`) ? `leads back to ${target}` : undefined;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ELOOP" ? "ELOOP" : undefined;
  }
}

/** Largest files first, so that none is left over for the end. */
function groupsOf(files: readonly { path: string; bytes: number }[]): FileGroup[] {
  const groups: { paths: string[]; bytes: number }[] = [];
  let open = { paths: [] as string[], bytes: 0 };
  for (const file of files) {
    if (file.bytes >= GROUP_BYTES) {
      groups.push({ paths: [file.path], bytes: file.bytes });
      continue;
    }
    open.paths.push(file.path);
    open.bytes += file.bytes;
    if (open.bytes >= GROUP_BYTES || open.paths.length >= GROUP_FILES) {
      groups.push(open);
      open = { paths: [], bytes: 0 };
    }
  }
  if (open.paths.length > 0) groups.push(open);
  groups.sort((a, b) => b.bytes - a.bytes);
  return groups.map((group, number) => ({ number, ...group }));
}
