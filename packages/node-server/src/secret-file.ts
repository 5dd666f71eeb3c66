/** Secrets kept in files that only their owner can read. */
import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { SkeinError } from "@skein/runtime";

/**
 * The secret of `bytes` bytes in the file at `path`, made when there is none; two processes that make it at the same
 * time get the same.
 *
 * @throws {SkeinError} `OPTION_INVALID` when the file holds something else
 */
export function secretFile(path: string, bytes: number): Uint8Array<ArrayBuffer> {
  const kept = readOr(path) ?? make(path, bytes);
  if (kept.length === bytes) return kept;
  throw new SkeinError("OPTION_INVALID", `${path} holds ${kept.length} bytes, ${bytes} were expected`, {
    hint: "remove the file if it is not needed elsewhere: a new one is made",
  });
}

function make(path: string, bytes: number): Uint8Array<ArrayBuffer> {
  const secret = new Uint8Array(randomBytes(bytes));
  const aside = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(aside, secret, { mode: 0o600 });
  try {
    linkSync(aside, path);
    return secret;
  } catch (error) {
    const others = readOr(path);
    if (others !== undefined) return others;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readOr(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
