/** The folder of a store's own: files that have not all come, and who sent those that have. */
import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KEPT_FILE_FOR_MS, KEPT_FILES_LIMIT } from "@skein/runtime/network";
import { hasCode, system } from "./file-errors.ts";

const PART = ".part";
const OWNERS = ".owners";
/** Open for both, never through a link. */
const OPEN: number = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

export class Parts {
  readonly #path: string;
  readonly #underWay = new Set<string>();

  private constructor(path: string) {
    this.#path = path;
  }

  /** Makes the folder. @throws {SkeinError} `FILE_FAILED` */
  static async open(path: string): Promise<Parts> {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (!(await lstat(path)).isDirectory()) throw new Error(`${path} is no folder`);
    await chmod(path, 0o700);
    return new Parts(path);
  }

  /** Bytes kept of a file of that key. */
  async kept(key: string): Promise<number> {
    if (this.#underWay.has(fileName(key))) return 0;
    try {
      const stats = await lstat(join(this.#path, fileName(key)));
      return stats.isFile() && stats.nlink === 1 ? stats.size : 0;
    } catch {
      return 0;
    }
  }

  /** A file to write to. Of two at a time for one key, the second gets one that is not found again. */
  async begin(key: string, resume: boolean): Promise<Part> {
    await this.#clean();
    const shared = fileName(key);
    const name = this.#underWay.has(shared) ? fileName(randomUUID()) : shared;
    this.#underWay.add(name);
    const path = join(this.#path, name);
    try {
      if (!resume || (await this.#isOdd(path))) await rm(path, { force: true });
      const handle = await open(path, OPEN, 0o666);
      return { path, handle, findable: name === shared, over: () => this.#underWay.delete(name) };
    } catch (error) {
      this.#underWay.delete(name);
      throw error;
    }
  }

  async owners(key: string): Promise<readonly string[]> {
    try {
      const owners: unknown = JSON.parse(await readFile(join(this.#path, hash(key) + OWNERS), "utf8"));
      return Array.isArray(owners) ? owners.filter((owner) => typeof owner === "string") : [];
    } catch {
      return [];
    }
  }

  async setOwners(key: string, owners: readonly string[]): Promise<void> {
    const path = join(this.#path, hash(key) + OWNERS);
    const aside = `${path}.${randomUUID()}`;
    await writeFile(aside, JSON.stringify(owners), { mode: 0o600 });
    await rename(aside, path);
  }

  async forgetOwners(key: string): Promise<void> {
    await rm(join(this.#path, hash(key) + OWNERS), { force: true });
  }

  async #isOdd(path: string): Promise<boolean> {
    try {
      const stats = await lstat(path);
      return !stats.isFile() || stats.nlink !== 1;
    } catch (error) {
      if (hasCode(error, "ENOENT")) return false;
      throw error;
    }
  }

  /** Removes what was kept too long, and the oldest when that is too much. */
  async #clean(): Promise<void> {
    await system("tidy up", async () => {
      const kept: { path: string; mtimeMs: number }[] = [];
      for (const name of await readdir(this.#path)) {
        if (!name.endsWith(PART) || this.#underWay.has(name)) continue;
        const path = join(this.#path, name);
        const stats = await lstat(path).catch(() => undefined);
        if (stats !== undefined) kept.push({ path, mtimeMs: stats.mtimeMs });
      }
      const stale = kept
        .toSorted((a, b) => b.mtimeMs - a.mtimeMs)
        .filter(({ mtimeMs }, index) => index >= KEPT_FILES_LIMIT || mtimeMs < Date.now() - KEPT_FILE_FOR_MS);
      for (const { path } of stale) await rm(path, { force: true });
    });
  }
}

export interface Part {
  readonly path: string;
  readonly handle: Awaited<ReturnType<typeof open>>;
  /** Whether another attempt will find it. */
  readonly findable: boolean;
  /** Nobody writes to it any more. */
  over(): void;
}

const hash = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 40);
const fileName = (key: string): string => hash(key) + PART;
