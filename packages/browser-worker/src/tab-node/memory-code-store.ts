/** Keeps code bundles in the page's memory, checked by their digest. */
import { type CodeDigest, MIB, MINUTE_MS, type PeerId, type Platform, SkeinError } from "@skein/runtime";
import { BUNDLE_LIMIT_BYTES, type CodeStore, isCodeDigest } from "@skein/runtime/host";

/** Bytes of all bundles together; the ones used longest ago make room, then those of clients that have more than their share, as who adds one has. */
export const TAB_CODE_LIMIT_BYTES: number = 32 * MIB;
/** A client that was told that a bundle is here relies on it for so long. */
const IN_USE_MS: number = 10 * MINUTE_MS;

interface Kept {
  readonly code: Uint8Array;
  usedMs: number;
  /** Who relies on it, and since when: it counts for each of them. */
  readonly clients: Map<PeerId, number>;
}

export interface MemoryCodeStore extends CodeStore {
  /** The bundle, if it is here. */
  get(digest: CodeDigest): Uint8Array | undefined;
}

/**
 * `put` throws `CODE_MISMATCH` when the bytes have another digest, `MESSAGE_TOO_LARGE` above `BUNDLE_LIMIT_BYTES`,
 * `FILE_TOO_LARGE` when others use all that is kept, and its client would have more than an even share of the room. What
 * made room comes again when a server needs it.
 */
export function memoryCodeStore(
  platform: Pick<Platform, "sha256" | "now">,
  limitBytes: number = TAB_CODE_LIMIT_BYTES,
): MemoryCodeStore {
  const kept = new Map<CodeDigest, Kept>();
  let bytes = 0;
  const use = (digest: CodeDigest, client?: PeerId): Kept | undefined => {
    const found = kept.get(digest);
    if (found === undefined) return undefined;
    found.usedMs = platform.now();
    forgetClients(found, found.usedMs);
    if (client !== undefined) found.clients.set(client, found.usedMs);
    // The first in the map is the one used longest ago.
    kept.delete(digest);
    kept.set(digest, found);
    return found;
  };
  const drop = (digest: CodeDigest, { code }: Kept): void => {
    kept.delete(digest);
    bytes -= code.byteLength;
  };
  const makeRoom = (needed: number, client: PeerId | undefined): void => {
    for (const [digest, one] of kept) {
      if (bytes + needed <= limitBytes) return;
      if (platform.now() - one.usedMs < IN_USE_MS) break;
      drop(digest, one);
    }
    if (bytes + needed <= limitBytes) return;
    for (const one of kept.values()) forgetClients(one, platform.now());
    const going = client === undefined ? [] : overShares(kept, { limitBytes, client, needed });
    const more = going.reduce((sum, [, { code }]) => sum + code.byteLength, 0);
    // Nobody loses anything where it would not do.
    if (bytes - more + needed > limitBytes) throw full(limitBytes);
    for (const [digest, one] of going) {
      if (bytes + needed > limitBytes) drop(digest, one);
    }
  };
  return {
    has: (digest, client) => use(digest, client) !== undefined,
    get: (digest) => use(digest)?.code,
    put: async (digest, code, client) => {
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
      if (use(digest, client) !== undefined) return;
      makeRoom(code.byteLength, client);
      // Its own copy: what came may be a view of a larger buffer.
      const usedMs = platform.now();
      const clients = new Map(client === undefined ? [] : [[client, usedMs]]);
      kept.set(digest, { code: code.slice(), usedMs, clients });
      bytes += code.byteLength;
    },
    urlOf: (digest) => `skein:${digest}`,
  };
}

/** Those that were told long ago that it is here ask again before they rely on it. */
function forgetClients({ clients }: Kept, nowMs: number): void {
  for (const [client, toldMs] of clients) if (nowMs - toldMs >= IN_USE_MS) clients.delete(client);
}

interface Asked {
  readonly limitBytes: number;
  readonly client: PeerId;
  readonly needed: number;
}

/**
 * What may go for `client`, longest unused first: bundles on which only clients rely that have more than an even share,
 * as far as they keep that and what they used last. When `client` would have more than its own, what only it relies on.
 */
function overShares(
  kept: ReadonlyMap<CodeDigest, Kept>,
  { limitBytes, client, needed }: Asked,
): readonly (readonly [CodeDigest, Kept])[] {
  const held = new Map<PeerId, number>([[client, needed]]);
  const last = new Map<PeerId, CodeDigest>();
  for (const [digest, { code, clients }] of kept) {
    for (const one of clients.keys()) {
      held.set(one, (held.get(one) ?? 0) + code.byteLength);
      last.set(one, digest);
    }
  }
  const share = limitBytes / held.size;
  if ((held.get(client) ?? 0) > share) {
    return [...kept].filter(([, { clients }]) => clients.size === 1 && clients.has(client));
  }
  return [...kept].filter(([digest, { code, clients }]) => {
    if (![...clients.keys()].every((one) => (held.get(one) ?? 0) > share && last.get(one) !== digest)) return false;
    for (const one of clients.keys()) held.set(one, (held.get(one) ?? 0) - code.byteLength);
    return true;
  });
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const full = (limitBytes: number): SkeinError =>
  new SkeinError("FILE_TOO_LARGE", `this tab keeps ${limitBytes} bytes of code, and all of it is in use`, {
    hint: "try again in ten minutes, or run it on nodes",
  });
