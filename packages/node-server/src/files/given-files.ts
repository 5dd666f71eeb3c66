/** What a node has put into the folder of a server process: that is not what the process has made. */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { diskBytes, type FolderSize } from "../isolation/folder-size.ts";

export class GivenFiles {
  /** By path, with `/` between its parts. */
  readonly #bytes = new Map<string, number>();
  readonly #folders = new Set<string>();
  #total = 0;

  /** All of it. */
  get size(): FolderSize {
    return { bytes: this.#total, files: this.#bytes.size + this.#folders.size };
  }

  /** A file of the folder `from` is given now, for the first time or in place of an earlier one. */
  async add(from: string, path: string): Promise<void> {
    const bytes = diskBytes(await lstat(join(from, path)));
    this.#total += bytes - (this.#bytes.get(path) ?? 0);
    this.#bytes.set(path, bytes);
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      this.#folders.add(path.slice(0, end));
    }
  }
}
