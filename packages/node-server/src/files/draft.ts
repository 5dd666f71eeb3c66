/** A file that is coming: written aside, then put under its name in one step. */
import { constants } from "node:fs";
import { link, open, rename, rm } from "node:fs/promises";
import type { FileDraft, FilePublishing } from "@skein/runtime";
import { readAt, writeAt } from "./disk-file.ts";
import { hasCode, system } from "./file-errors.ts";
import type { Folder } from "./folder.ts";
import type { Part } from "./parts.ts";

/** Written bytes are put on the disk as they come, so that the end needn't wait for all of them. */
const SYNC_EVERY_BYTES: number = 32 * 1024 * 1024;

export interface DraftPlace {
  readonly name: string;
  /** The folder it goes to, made when it is needed; closed by who asked. */
  readonly folder: () => Promise<Folder>;
  /** Notes who may replace it. */
  readonly published: (owners: readonly string[]) => Promise<void>;
}

export class Draft implements FileDraft {
  readonly keptBytes: number;
  readonly #part: Part;
  readonly #place: DraftPlace;
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;
  #open = true;

  constructor(part: Part, keptBytes: number, place: DraftPlace) {
    this.#part = part;
    this.keptBytes = keptBytes;
    this.#place = place;
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    await readAt(this.#part.handle, this.#place.name, at, into);
  }

  async write(at: number, bytes: Uint8Array): Promise<void> {
    await writeAt(this.#part.handle, this.#place.name, at, bytes);
    this.#unsyncedBytes += bytes.byteLength;
    if (this.#unsyncedBytes < SYNC_EVERY_BYTES || this.#syncing !== undefined) return;
    this.#unsyncedBytes = 0;
    const syncing = this.#part.handle.datasync().finally(() => {
      this.#syncing = undefined;
    });
    // The last one, which is waited for, tells.
    syncing.catch(() => {});
    this.#syncing = syncing;
  }

  async publish({ mtimeMs, executable, overwrite, owners }: FilePublishing): Promise<boolean> {
    const { name } = this.#place;
    return await system(`put ${name} in its place`, async () => {
      const { handle } = this.#part;
      await this.#syncing?.catch(() => {});
      if (executable) {
        const { mode } = await handle.stat();
        await handle.chmod((mode & 0o777) | ((mode & 0o444) >> 2));
      }
      if (mtimeMs !== undefined) await handle.utimes(new Date(), mtimeMs / 1000);
      await handle.sync();
      await using folder = disposable(await this.#place.folder());
      if (!(await this.#move(folder.value.path(name), overwrite))) return false;
      await this.#place.published(owners);
      await folder.value.sync();
      await this.#end();
      return true;
    });
  }

  async keep(bytes: number): Promise<void> {
    if (!this.#open) return;
    if (!this.#part.findable || bytes === 0) return await this.discard();
    await system(`keep a part of ${this.#place.name}`, async () => {
      await this.#part.handle.truncate(bytes);
      await this.#end();
    });
  }

  async discard(): Promise<void> {
    if (!this.#open) return;
    await this.#end();
    await rm(this.#part.path, { force: true });
  }

  /** In one step for all who look; nobody's file is lost without `overwrite`. */
  async #move(to: string, overwrite: boolean): Promise<boolean> {
    const { path } = this.#part;
    if (!overwrite && !(await reserve(path, to))) return false;
    await rename(path, to);
    // Two names of one file: renaming did nothing.
    await rm(path, { force: true });
    return true;
  }

  async #end(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#syncing?.catch(() => {});
    await this.#part.handle.close();
    this.#part.over();
  }
}

/** Takes a name, if nothing has it. */
async function reserve(path: string, to: string): Promise<boolean> {
  try {
    await link(path, to);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    if (!hasCode(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EACCES")) throw error;
  }
  // A file system without links: an empty file holds the name until it is renamed over.
  try {
    await (await open(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)).close();
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

const disposable = (value: Folder): AsyncDisposable & { readonly value: Folder } => ({
  value,
  [Symbol.asyncDispose]: () => value.close(),
});
