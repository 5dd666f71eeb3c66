/** What sender and receiver of a file say to each other, narrowed where it comes in. */
import { FILE_BLOCK_BYTES } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { invalidFrame } from "../wire/frames.ts";
import { DIGEST_BYTES } from "./files-digest.ts";
import { type FilePath, filePath } from "./files-path.ts";
import type { FileThere } from "./files-store.ts";

export const FILE_LOOK = "file.look";
export const FILE_PUT = "file.put";
export const FILE_REMOVE = "file.remove";

/** Where a file is meant to be: a name, and a relative folder with `/` between its parts. */
export interface FilePlace {
  readonly name: string;
  readonly to?: string;
}

export interface FileLook extends FilePlace {
  readonly bytes: number;
}

export interface FileLooked {
  readonly there?: FileThere;
  /** Bytes kept of an earlier attempt. */
  readonly keptBytes: number;
}

export interface FilePut extends FileLook {
  readonly mtimeMs?: number;
  readonly executable: boolean;
  readonly overwrite: boolean;
  /** Where the transfer begins; above 0 with the digest of what is before. */
  readonly fromBytes: number;
  readonly before?: Uint8Array;
  /** Of the whole file, when what is there has its size: it may be the same. */
  readonly digest?: Uint8Array;
  /** The transfer's number. */
  readonly bulk: number;
}

/** "again": what was kept is something else; from the beginning, then. */
export type FilePutAnswer = "stored" | "unchanged" | "again";

export const parseRemove = (said: unknown): FilePath => pathOf(said);

export function parseLook(said: unknown): { readonly path: FilePath; readonly bytes: number } {
  return { path: pathOf(said), bytes: count(field(said, "bytes")) };
}

export function parsePut(said: unknown): Omit<FilePut, keyof FilePlace> & { readonly path: FilePath } {
  const bytes = count(field(said, "bytes"));
  const fromBytes = count(field(said, "fromBytes"));
  const mtimeMs = field(said, "mtimeMs");
  const before = digest(field(said, "before"));
  const whole = digest(field(said, "digest"));
  if (fromBytes > bytes || fromBytes % FILE_BLOCK_BYTES !== 0) throw invalidFrame("a file begins within a block");
  return {
    path: pathOf(said),
    bytes,
    fromBytes,
    executable: flag(field(said, "executable")),
    overwrite: flag(field(said, "overwrite")),
    bulk: count(field(said, "bulk")),
    ...(mtimeMs === undefined ? {} : { mtimeMs: time(mtimeMs) }),
    ...(before === undefined ? {} : { before }),
    ...(whole === undefined ? {} : { digest: whole }),
  };
}

export function parseLooked(said: unknown): FileLooked {
  const there = field(said, "there");
  const keptBytes = count(field(said, "keptBytes"));
  if (there === undefined) return { keptBytes };
  const bytes = count(field(there, "bytes"));
  const executable = flag(field(there, "executable"));
  return { keptBytes, there: { bytes, executable, mtimeMs: time(field(there, "mtimeMs")) } };
}

export function parsePutAnswer(said: unknown): FilePutAnswer {
  if (said === "stored" || said === "unchanged" || said === "again") return said;
  throw invalidFrame("no answer to a file");
}

export function fileExists(there: FileThere): SkeinError {
  const { bytes, mtimeMs, executable } = there;
  return new SkeinError("FILE_EXISTS", `another file of that name is there, of ${bytes} bytes`, {
    hint: "send it with overwrite: true, or under another name; `cause` says what is there",
    cause: { bytes, mtimeMs, executable },
  });
}

function pathOf(said: unknown): FilePath {
  const name = field(said, "name");
  const to = field(said, "to");
  if (typeof name !== "string" || (to !== undefined && typeof to !== "string"))
    throw invalidFrame("a file has no name");
  return filePath(name, to);
}

function field(said: unknown, name: string): unknown {
  return typeof said === "object" && said !== null && Object.hasOwn(said, name) ? Reflect.get(said, name) : undefined;
}

function count(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalidFrame("a file has no size");
}

/** Within what dates can say. */
function time(value: unknown): number {
  if (typeof value === "number" && Math.abs(value) <= 8.64e15) return value;
  throw invalidFrame("a file has no time");
}

function flag(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw invalidFrame("a file's word is neither yes nor no");
}

function digest(value: unknown): Uint8Array | undefined {
  if (value === undefined || (value instanceof Uint8Array && value.byteLength === DIGEST_BYTES)) return value;
  throw invalidFrame("a file's digest is none");
}
