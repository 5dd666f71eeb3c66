/** `CodeStore` in a folder: one read-only file per bundle, named by its digest. */
import { hash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type CodeDigest, SkeinError } from "@skein/runtime";
import { BUNDLE_LIMIT_BYTES, type CodeStore, isCodeDigest } from "@skein/runtime/host";

/** What the folder may hold; the bundles that nobody asked for longest go first. */
export const CODE_STORE_LIMIT_BYTES: number = 256 * 1024 * 1024;
/** A bundle asked for within this time stays: a server that starts may be about to load it. */
const IN_USE_MS: number = 10 * 60 * 1000;

/**
 * Opens the code store in `folder` (made when missing, mode 0700), tidied: half-written files of a node that was
 * killed and bundles above `limitBytes` are removed.
 *
 * `put` throws `CODE_MISMATCH` when the bytes have another digest, `MESSAGE_TOO_LARGE` above `BUNDLE_LIMIT_BYTES`,
 * `FILE_TOO_LARGE` when the folder is full of bundles in use.
 */
export function openCodeStore(folder: string, limitBytes: number = CODE_STORE_LIMIT_BYTES): CodeStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  tidy(folder, limitBytes, Number.POSITIVE_INFINITY);
  return new FolderCodeStore(folder, limitBytes);
}

class FolderCodeStore implements CodeStore {
  readonly #folder: string;
  readonly #limitBytes: number;
  readonly #writing = new Map<CodeDigest, Promise<void>>();

  constructor(folder: string, limitBytes: number) {
    this.#folder = folder;
    this.#limitBytes = limitBytes;
  }

  has(digest: CodeDigest): boolean {
    if (!isCodeDigest(digest) || !existsSync(this.#pathOf(digest))) return false;
    const now = new Date();
    utimesSync(this.#pathOf(digest), now, now);
    return true;
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
    const others = tidy(this.#folder, this.#limitBytes - code.length, Date.now() - IN_USE_MS);
    if (others + code.length > this.#limitBytes) throw full(this.#limitBytes);
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

const full = (limitBytes: number): SkeinError =>
  new SkeinError("FILE_TOO_LARGE", `this node keeps ${limitBytes} bytes of code, and all of it is in use`, {
    hint: "try again in ten minutes, or restart the node: it then keeps only what was used last",
  });

/** Removes half-written files that nobody writes, and what is above the limit and was last used before `usedBeforeMs`. @returns bytes left */
function tidy(folder: string, limitBytes: number, usedBeforeMs: number): number {
  const kept: { path: string; bytes: number; usedMs: number }[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const { size, mtimeMs } = statSync(path);
    if (name.endsWith(".tmp") && mtimeMs < usedBeforeMs) rmSync(path, { force: true });
    else if (/\.(mjs|tmp)$/.test(name)) kept.push({ path, bytes: size, usedMs: mtimeMs });
  }
  kept.sort((a, b) => a.usedMs - b.usedMs); // oldest first
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes, usedMs } of kept) {
    if (total <= limitBytes || usedMs >= usedBeforeMs) break;
    rmSync(path, { force: true });
    total -= bytes;
  }
  return total;
}
