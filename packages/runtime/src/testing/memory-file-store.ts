/** A store of files in memory, for tests. */
import type { FileSource } from "../contracts/file-source.ts";
import { SkeinError } from "../errors.ts";
import { memorySource } from "../peer/files-source.ts";
import type { FilePath } from "../peer/files-path.ts";
import type { FileDraft, FileStore, FileThere } from "../peer/files-store.ts";

export interface MemoryFile extends FileThere {
  readonly content: Uint8Array;
  readonly owners: readonly string[];
}

export class MemoryFileStore implements FileStore {
  /** By their paths. */
  readonly files: Map<string, MemoryFile> = new Map();
  /** What was kept of files that have not all come. */
  readonly parts: Map<string, Uint8Array> = new Map();
  /** Called before each block is written. */
  onWrite: (at: number) => void | Promise<void> = () => {};

  async look(path: FilePath): Promise<MemoryFile | undefined> {
    return this.files.get(path.join("/"));
  }

  async kept(path: FilePath, bytes: number): Promise<number> {
    return this.parts.get(`${path.join("/")} ${bytes}`)?.byteLength ?? 0;
  }

  async open(path: FilePath): Promise<FileSource> {
    const file = this.files.get(path.join("/"));
    if (file === undefined) throw new SkeinError("FILE_FAILED", "no such file", { hint: "send it" });
    return memorySource({ name: path.at(-1) ?? "", bytes: file.content });
  }

  async draft(path: FilePath, bytes: number, resume: boolean): Promise<FileDraft> {
    const key = path.join("/");
    const partKey = `${key} ${bytes}`;
    const kept = resume ? this.parts.get(partKey) : undefined;
    const content = new Uint8Array(bytes);
    content.set(kept ?? []);
    return {
      keptBytes: kept?.byteLength ?? 0,
      read: async (at, into) => into.set(content.subarray(at, at + into.byteLength)),
      write: async (at, block) => {
        await this.onWrite(at);
        content.set(block, at);
      },
      publish: async ({ overwrite, mtimeMs = 0, executable, owners }) => {
        if (!overwrite && this.files.has(key)) return false;
        this.files.set(key, { content, bytes, mtimeMs, executable, owners });
        this.parts.delete(partKey);
        return true;
      },
      keep: async (keptBytes) => void this.parts.set(partKey, content.slice(0, keptBytes)),
      discard: async () => void this.parts.delete(partKey),
    };
  }

  async remove(path: FilePath): Promise<boolean> {
    return this.files.delete(path.join("/"));
  }
}
