/** `CodeStore` in a folder: one read-only file per bundle, named by its digest. */
import { hash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type CodeDigest, SkeinError } from "@skein/runtime";
import { BUNDLE_LIMIT_BYTES, type CodeStore, isCodeDigest } from "@skein/runtime/host";

/** What the folder may hold when a node starts; the oldest bundles go first. Servers that run have loaded theirs. */
export const CODE_STORE_LIMIT_BYTES: number = 256 * 1024 * 1024;

/**
 * Opens the code store in `folder` (made when missing, mode 0700), tidied: half-written files of a node that was
 * killed and bundles above `limitBytes` are removed.
 *
 * `put` throws `CODE_MISMATCH` when the bytes have another digest, `MESSAGE_TOO_LARGE` above `BUNDLE_LIMIT_BYTES`.
 */
export function openCodeStore(folder: string, limitBytes: number = CODE_STORE_LIMIT_BYTES): CodeStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  tidy(folder, limitBytes);
  return new FolderCodeStore(folder);
}

class FolderCodeStore implements CodeStore {
  readonly #folder: string;
  readonly #writing = new Map<CodeDigest, Promise<void>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  has(digest: CodeDigest): boolean {
    return isCodeDigest(digest) && existsSync(this.#pathOf(digest));
  }

  async put(digest: CodeDigest, code: Uint8Array): Promise<void> {
    // The digest becomes a file name: its form is checked before anything else.
    if (!isCodeDigest(digest)) throw mismatch("no SHA-256 in hexadecimal");
    if (code.length > BUNDLE_LIMIT_BYTES) {
      throw new SkeinError("MESSAGE_TOO_LARGE", `a bundle of ${code.length} bytes, ${BUNDLE_LIMIT_BYTES} are allowed`, {
        hint: "import only what the tasks need from large packages",
      });
    }
    const found = hash("sha256", code, "hex");
    if (found !== digest) throw mismatch(`the bytes have ${found}, not ${digest}`);
    if (this.has(digest)) return;
    const writing = this.#writing.get(digest) ?? this.#write(digest, code);
    this.#writing.set(digest, writing);
    try {
      await writing;
    } finally {
      this.#writing.delete(digest);
    }
  }

  urlOf(digest: CodeDigest): string {
    if (!isCodeDigest(digest)) throw mismatch("no SHA-256 in hexadecimal");
    return pathToFileURL(this.#pathOf(digest)).href;
  }

  async #write(digest: CodeDigest, code: Uint8Array): Promise<void> {
    const unfinished = join(this.#folder, `${digest}.${randomUUID()}.tmp`);
    try {
      await using file = await open(unfinished, "wx", 0o444);
      await file.writeFile(code);
      await file.datasync(); // a name must never stand for half a file, also after a power cut
      await rename(unfinished, this.#pathOf(digest));
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  #pathOf(digest: CodeDigest): string {
    return join(this.#folder, `${digest}.mjs`);
  }
}

function mismatch(what: string): SkeinError {
  return new SkeinError("CODE_MISMATCH", `code was refused: ${what}`, {
    hint: "the code was damaged or changed on its way: send it again",
  });
}

function tidy(folder: string, limitBytes: number): void {
  const kept: { path: string; bytes: number; usedMs: number }[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.endsWith(".tmp")) rmSync(path, { force: true });
    else if (name.endsWith(".mjs")) {
      const { size, mtimeMs } = statSync(path);
      kept.push({ path, bytes: size, usedMs: mtimeMs });
    }
  }
  kept.sort((a, b) => b.usedMs - a.usedMs); // newest first
  let total = 0;
  for (const { path, bytes } of kept) {
    total += bytes;
    if (total > limitBytes) rmSync(path, { force: true });
  }
}
