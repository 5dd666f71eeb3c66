/** Files that are not on a disk: bytes and Blobs, to be sent. */
import type { FileSource } from "../contracts/file-source.ts";
import { SkeinError } from "../errors.ts";

/** What a browser's `Blob` and `File` have, and Node's. */
export interface BlobLike {
  readonly size: number;
  /** Of a `File`, in milliseconds since 1970. */
  readonly lastModified?: number;
  slice(start: number, end: number): { arrayBuffer(): PromiseLike<ArrayBuffer> };
}

/** A file by its name and content. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array | BlobLike;
  /** Whether it is a program. Default false. */
  readonly executable?: boolean;
}

export function memorySource({ name, bytes, executable = false }: NamedBytes): FileSource {
  const shared = { name, executable, close: async () => {} };
  if (bytes instanceof Uint8Array) {
    return {
      ...shared,
      bytes: bytes.byteLength,
      read: async (at, into) => into.set(bytes.subarray(at, at + into.byteLength)),
    };
  }
  return {
    ...shared,
    bytes: bytes.size,
    ...(bytes.lastModified === undefined ? {} : { mtimeMs: bytes.lastModified }),
    read: async (at, into) => {
      const part = new Uint8Array(await readable(bytes.slice(at, at + into.byteLength).arrayBuffer(), name));
      into.set(part);
    },
  };
}

/** A file that a page was given can have changed on the disk meanwhile. */
async function readable(reading: PromiseLike<ArrayBuffer>, name: string): Promise<ArrayBuffer> {
  try {
    return await reading;
  } catch (cause) {
    throw new SkeinError("FILE_FAILED", `${name} can't be read any more: ${String(cause)}`, {
      hint: "it may have been changed or removed; choose it again",
      cause,
    });
  }
}
