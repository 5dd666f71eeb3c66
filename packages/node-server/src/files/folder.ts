/** Folders entered one by one, so that a link put in the way, also at the last moment, leads nowhere. */
import { constants, existsSync } from "node:fs";
import { type FileHandle, lchown, lstat, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { SkeinError } from "@skein/runtime";
import { hasCode, system } from "./file-errors.ts";

/** Where an open folder can be named by its descriptor, whatever its path leads to meanwhile (Linux). */
const DESCRIPTORS = "/proc/self/fd";
const byDescriptor: boolean = process.platform === "linux" && mayUseDescriptors();
const FOLDER: number = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** Confined code may not even look; in its own folder, which is all it has, nobody else puts links. */
function mayUseDescriptors(): boolean {
  try {
    return existsSync(DESCRIPTORS);
  } catch {
    return false;
  }
}

export class Folder {
  readonly #path: string;
  readonly #handle: FileHandle | undefined;

  private constructor(path: string, handle: FileHandle | undefined) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Opens a folder whose path is trusted. @throws {SkeinError} `FILE_FAILED` */
  static async open(path: string): Promise<Folder> {
    return await system(`use the folder ${path}`, async () => await Folder.#at(path));
  }

  /** The path of what is in it, for system calls now. */
  path(name: string): string {
    return join(this.#handle === undefined ? this.#path : `${DESCRIPTORS}/${this.#handle.fd}`, name);
  }

  /**
   * Enters a folder in it; undefined when there is none and none is to be made.
   *
   * @throws {SkeinError} `PATH_FORBIDDEN` when something else is there, `FILE_FAILED`
   */
  async enter(name: string, make: boolean): Promise<Folder | undefined> {
    const path = this.path(name);
    return await system(`enter the folder ${name}`, async () => {
      if (make) {
        await mkdir(path).catch((error: unknown) => {
          if (!hasCode(error, "EEXIST")) throw error;
        });
      }
      try {
        if (!(await lstat(path)).isDirectory()) throw notAFolder(name);
        return await Folder.#at(path);
      } catch (error) {
        if (hasCode(error, "ENOENT") && !make) return undefined;
        // A link took its place.
        if (hasCode(error, "ELOOP", "ENOTDIR")) throw notAFolder(name);
        throw error;
      }
    });
  }

  /** Makes another user its owner: of this very folder, whatever has its name by now. @throws the system's error */
  async giveTo(owner: number): Promise<void> {
    if (this.#handle === undefined) await lchown(this.#path, owner, owner);
    else await this.#handle.chown(owner, owner);
  }

  /** Writes to the disk which names there are. */
  async sync(): Promise<void> {
    // Where folders can't be synced, the system does it in its time.
    await this.#handle?.sync().catch(() => {});
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  static async #at(path: string): Promise<Folder> {
    return new Folder(path, byDescriptor ? await open(path, FOLDER) : undefined);
  }
}

const notAFolder = (name: string): SkeinError =>
  new SkeinError("PATH_FORBIDDEN", `${JSON.stringify(name)} is no folder there, but a file, a link or a device`, {
    hint: "name another folder, or have that removed there",
  });
