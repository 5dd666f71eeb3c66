/** How much is in folders. */
import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { KIB } from "@skein/runtime";

export interface FolderSize {
  readonly bytes: number;
  /** Folders and links count too. */
  readonly files: number;
}

export const NOTHING: FolderSize = { bytes: 0, files: 0 };
/** The system counts blocks of this size, whatever the disk's are. */
const BLOCK_BYTES = KIB / 2;

/** What a file takes on the disk. */
export const diskBytes = ({ blocks }: Stats): number => blocks * BLOCK_BYTES;

/** What is in folders, until it is more than `enough`. Links count as what they are; what goes meanwhile may count. */
export async function sizeOf(folders: readonly string[], enough: FolderSize): Promise<FolderSize> {
  const size = { bytes: 0, files: 0 };
  const below = [...folders];
  for (let folder = below.pop(); folder !== undefined; folder = below.pop()) {
    try {
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        size.files += 1;
        if (entry.isDirectory()) below.push(path);
        else size.bytes += diskBytes(await lstat(path));
        if (size.bytes > enough.bytes || size.files > enough.files) return size;
      }
    } catch {
      // It was removed while we looked.
    }
  }
  return size;
}
