/** The folder of a job's files at a node, up to a limit: what is there, what comes, and what was kept of what came in part. */
import { type FileSource } from "../contracts/file-source.ts";
import { KEPT_FILES_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type FilePath, pathKey } from "../peer/files-path.ts";
import { type FileDraft, type FilePublishing, type FileStore, type FileThere } from "../peer/files-store.ts";

export interface JobSpaceLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** Everything that is written into the folder must go through this. */
export class JobSpace implements FileStore {
  readonly #store: FileStore;
  readonly #limits: JobSpaceLimits;
  /** Of files, of parts that were kept, and of what comes as if it were here. */
  #bytes = 0;
  #files = 0;
  /** Bytes of parts that were kept, by path and size; the oldest first. */
  readonly #kept = new Map<string, number>();

  constructor(store: FileStore, limits: JobSpaceLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  look(path: FilePath): Promise<(FileThere & { readonly owners: readonly string[] }) | undefined> {
    return this.#store.look(path);
  }

  kept(path: FilePath, bytes: number): Promise<number> {
    return this.#store.kept(path, bytes);
  }

  open(path: FilePath): Promise<FileSource> {
    return this.#store.open(path);
  }

  /** @throws {SkeinError} `FILE_TOO_LARGE` when the job would have too much here with it */
  async draft(path: FilePath, bytes: number, resume: boolean): Promise<FileDraft> {
    const key = `${pathKey(path)}\n${bytes}`;
    // A part that was kept is gone on with, or removed.
    const had = this.#kept.get(key) ?? 0;
    this.#check(this.#bytes - had + bytes, this.#files + 1);
    this.#kept.delete(key);
    this.#bytes += bytes - had;
    this.#files += 1;
    try {
      const draft = await this.#store.draft(path, bytes, resume);
      return new CountedDraft(draft, {
        replaces: async () => (await this.#store.look(path))?.bytes,
        published: (replaced) => {
          if (replaced !== undefined) this.#left(replaced);
        },
        kept: (keptBytes) => {
          this.#left(bytes);
          this.#keep(key, keptBytes);
        },
        discarded: () => this.#left(bytes),
      });
    } catch (error) {
      this.#left(bytes);
      this.#keep(key, had);
      throw error;
    }
  }

  async remove(path: FilePath): Promise<boolean> {
    const there = await this.#store.look(path);
    const removed = await this.#store.remove(path);
    if (removed && there !== undefined) this.#left(there.bytes);
    return removed;
  }

  #check(bytes: number, files: number): void {
    const { maxBytes, maxFiles } = this.#limits;
    if (bytes <= maxBytes && files <= maxFiles) return;
    throw new SkeinError(
      "FILE_TOO_LARGE",
      `the job would have ${bytes} bytes in ${files} files at this node: ${maxBytes} in ${maxFiles} are allowed`,
      { hint: "send less there, close jobs that are done, or give the node more: --server-disk SIZE" },
    );
  }

  /** A file, or one that was to come, is not there any more. */
  #left(bytes: number): void {
    this.#bytes -= bytes;
    this.#files -= 1;
  }

  #keep(key: string, bytes: number): void {
    if (bytes === 0) return;
    this.#bytes += bytes - (this.#kept.get(key) ?? 0);
    this.#kept.delete(key);
    this.#kept.set(key, bytes);
    // The store keeps no more either.
    const [oldest] = this.#kept.size > KEPT_FILES_LIMIT ? this.#kept : [];
    if (oldest === undefined) return;
    this.#kept.delete(oldest[0]);
    this.#bytes -= oldest[1];
  }
}

interface Counts {
  /** Bytes of what has the name. */
  readonly replaces: () => Promise<number | undefined>;
  readonly published: (replacedBytes: number | undefined) => void;
  readonly kept: (bytes: number) => void;
  readonly discarded: () => void;
}

/** Says how it ends. */
class CountedDraft implements FileDraft {
  readonly keptBytes: number;
  readonly #draft: FileDraft;
  readonly #counts: Counts;

  constructor(draft: FileDraft, counts: Counts) {
    this.keptBytes = draft.keptBytes;
    this.#draft = draft;
    this.#counts = counts;
  }

  read(at: number, into: Uint8Array): Promise<void> {
    return this.#draft.read(at, into);
  }

  write(at: number, bytes: Uint8Array): Promise<void> {
    return this.#draft.write(at, bytes);
  }

  async publish(how: FilePublishing): Promise<boolean> {
    const replaced = await this.#counts.replaces();
    const published = await this.#draft.publish(how);
    if (published) this.#counts.published(replaced);
    return published;
  }

  async keep(bytes: number): Promise<void> {
    await this.#draft.keep(bytes);
    this.#counts.kept(bytes);
  }

  async discard(): Promise<void> {
    await this.#draft.discard();
    this.#counts.discarded();
  }
}
