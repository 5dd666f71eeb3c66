/**
 * What two ends compare to know that a file is the same: the SHA-256 of the SHA-256s of its blocks. Blocks are hashed
 * aside where the host can, while the next ones are on their way, and the digest of a beginning is known as well.
 */
import type { FileSource } from "../contracts/file-source.ts";
import { FILE_BLOCK_BYTES } from "../defaults.ts";
import type { Platform } from "../platform.ts";
import type { FileDraft } from "./files-store.ts";

/** Blocks hashed at once. */
const AT_ONCE = 4;
export const DIGEST_BYTES = 32;

export type Hasher = Pick<Platform, "sha256" | "sha256Aside">;

export class FileDigest {
  readonly #hasher: Hasher;
  readonly #blocks: (Uint8Array | Promise<Uint8Array>)[] = [];
  #awaited = 0;

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  /** Adds the next block, of which only the last may be short. It may be changed as soon as this returns. */
  add(block: Uint8Array): Promise<void> | undefined {
    const { sha256Aside: aside } = this.#hasher;
    this.#blocks.push(aside === undefined ? this.#hasher.sha256(block) : handled(aside.call(this.#hasher, block)));
    return this.#blocks.length - this.#awaited > AT_ONCE ? this.#settle(this.#awaited + 1) : undefined;
  }

  /** The digest of all that was added. */
  async result(): Promise<Uint8Array> {
    await this.#settle(this.#blocks.length);
    const all = new Uint8Array(this.#blocks.length * DIGEST_BYTES);
    for (const [index, block] of this.#blocks.entries()) all.set(await block, index * DIGEST_BYTES);
    return this.#hasher.sha256(all);
  }

  async #settle(count: number): Promise<void> {
    while (this.#awaited < count) {
      const index = this.#awaited;
      this.#awaited += 1;
      const block = this.#blocks[index];
      if (block !== undefined) this.#blocks[index] = await block;
    }
  }
}

/** Awaited later: until then a failure is nobody's yet. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** The digest of the first `bytes` bytes. */
export async function digestOf(
  hasher: Hasher,
  file: Pick<FileSource | FileDraft, "read">,
  bytes: number,
  signal?: AbortSignal,
): Promise<FileDigest> {
  const digest = new FileDigest(hasher);
  const buffer = new Uint8Array(Math.min(bytes, FILE_BLOCK_BYTES));
  for (let at = 0; at < bytes; at += FILE_BLOCK_BYTES) {
    signal?.throwIfAborted();
    const block = buffer.subarray(0, Math.min(FILE_BLOCK_BYTES, bytes - at));
    await file.read(at, block);
    await digest.add(block);
  }
  return digest;
}

export const sameDigest = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
