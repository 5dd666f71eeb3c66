/** What sending and receiving files asks of the host: files to read, and a place for those that come. */
import type { FileSource } from "../contracts/file-source.ts";
import type { FilePath } from "./files-path.ts";

/** What is under a name already. */
export interface FileThere {
  readonly bytes: number;
  /** When it was changed last, in milliseconds since 1970. */
  readonly mtimeMs: number;
  readonly executable: boolean;
}

/** What a published file is to be like. */
export interface FilePublishing {
  /** Absent: now. */
  readonly mtimeMs?: number;
  readonly executable: boolean;
  /** Whether to replace what is there. */
  readonly overwrite: boolean;
  /** Who sent it: any of these may replace and remove it. */
  readonly owners: readonly string[];
}

/** A file that is coming. Whoever got it ends it by one of publish, keep and discard. */
export interface FileDraft {
  /** What was kept of an earlier attempt, in bytes. */
  readonly keptBytes: number;
  read(at: number, into: Uint8Array): Promise<void>;
  /** `bytes` stay unchanged until the promise resolves. */
  write(at: number, bytes: Uint8Array): Promise<void>;
  /**
   * Puts the whole file under its name at once: nobody sees a part of it.
   *
   * @returns false when something is there and is not to be replaced; it is still a draft then
   */
  publish(how: FilePublishing): Promise<boolean>;
  /** Keeps the first bytes for another attempt. */
  keep(bytes: number): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Where files of other peers go. Paths were checked; errors are `FILE_FAILED` with the system's reason, and
 * `PATH_FORBIDDEN` where a link, a device or a file is in the way.
 */
export interface FileStore {
  /** What is there, and who sent it; nobody known: no owners. */
  look(path: FilePath): Promise<(FileThere & { readonly owners: readonly string[] }) | undefined>;
  /** Bytes kept of an earlier attempt to send a file of that size there. */
  kept(path: FilePath, bytes: number): Promise<number>;
  open(path: FilePath): Promise<FileSource>;
  /** Begins a file of `bytes` bytes; with `resume` it keeps what there is of it. */
  draft(path: FilePath, bytes: number, resume: boolean): Promise<FileDraft>;
  /** Removes a file and the folders that are empty then. @returns whether there was one */
  remove(path: FilePath): Promise<boolean>;
}
