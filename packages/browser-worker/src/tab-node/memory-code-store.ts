/** Keeps code bundles in the page's memory, checked by their digest. */
import { type CodeDigest, MIB, MINUTE_MS, type Platform, SkeinError } from "@skein/runtime";
import { BUNDLE_LIMIT_BYTES, type CodeStore, isCodeDigest } from "@skein/runtime/host";

/** Bytes of all bundles together; the ones used longest ago make room. */
export const TAB_CODE_LIMIT_BYTES: number = 32 * MIB;
/** A client that was told that a bundle is here relies on it for so long. */
const IN_USE_MS: number = 10 * MINUTE_MS;

interface Kept {
  readonly code: Uint8Array;
  usedMs: number;
}

export interface MemoryCodeStore extends CodeStore {
  /** The bundle, if it is here. */
  get(digest: CodeDigest): Uint8Array | undefined;
}

/**
 * `put` throws `CODE_MISMATCH` when the bytes have another digest, `MESSAGE_TOO_LARGE` above `BUNDLE_LIMIT_BYTES`,
 * `FILE_TOO_LARGE` when all that is kept is in use.
 */
export function memoryCodeStore(
  platform: Pick<Platform, "sha256" | "now">,
  limitBytes: number = TAB_CODE_LIMIT_BYTES,
): MemoryCodeStore {
  const kept = new Map<CodeDigest, Kept>();
  let bytes = 0;
  const use = (digest: CodeDigest): Kept | undefined => {
    const found = kept.get(digest);
    if (found === undefined) return undefined;
    found.usedMs = platform.now();
    // The first in the map is the one used longest ago.
    kept.delete(digest);
    kept.set(digest, found);
    return found;
  };
  const makeRoom = (needed: number): void => {
    for (const [digest, { code, usedMs }] of kept) {
      if (bytes + needed <= limitBytes) return;
      if (platform.now() - usedMs < IN_USE_MS) break;
      kept.delete(digest);
      bytes -= code.byteLength;
    }
    if (bytes + needed > limitBytes) throw full(limitBytes);
  };
  return {
    has: (digest) => use(digest) !== undefined,
    get: (digest) => use(digest)?.code,
    put: async (digest, code) => {
      if (code.byteLength > BUNDLE_LIMIT_BYTES) {
        throw new SkeinError("MESSAGE_TOO_LARGE", `a bundle of ${code.byteLength} bytes`, {
          hint: `bundles may have ${BUNDLE_LIMIT_BYTES} bytes; read large data from files instead`,
        });
      }
      const found = isCodeDigest(digest) ? hexOf(platform.sha256(code)) : "no digest";
      if (found !== digest) {
        throw new SkeinError("CODE_MISMATCH", `code was refused: the bytes have ${found}, not ${digest}`, {
          hint: "the code was damaged or changed on its way: send it again",
        });
      }
      if (use(digest) !== undefined) return;
      makeRoom(code.byteLength);
      // Its own copy: what came may be a view of a larger buffer.
      kept.set(digest, { code: code.slice(), usedMs: platform.now() });
      bytes += code.byteLength;
    },
    urlOf: (digest) => `skein:${digest}`,
  };
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const full = (limitBytes: number): SkeinError =>
  new SkeinError("FILE_TOO_LARGE", `this tab keeps ${limitBytes} bytes of code, and all of it is in use`, {
    hint: "try again in ten minutes, or run it on nodes",
  });
