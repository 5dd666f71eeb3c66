/** What every scope of a browser gives the runtime: clock, chance, turns and hashes. No keys and no network. */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Platform } from "@skein/runtime";
import { createTurns } from "./turns.ts";

/** Most bytes `crypto.getRandomValues` gives at once. */
const RANDOM_CHUNK_BYTES = 65_536;

export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += RANDOM_CHUNK_BYTES) {
    crypto.getRandomValues(bytes.subarray(at, at + RANDOM_CHUNK_BYTES));
  }
  return bytes;
}

/** Keys and the network are the rest of a {@link Platform}. */
export type BasePlatform = Omit<Platform, "generateKey" | "keyPair" | "sign" | "verify" | "network">;

export function createBasePlatform(): BasePlatform {
  return {
    kind: "browser",
    now: () => performance.now(),
    wallMs: () => Date.now(),
    random: () => Math.random(),
    randomBytes,
    startTimer: (delayMs, callback) => setTimeout(callback, delayMs),
    stopTimer: (timer) => {
      // Only what startTimer returned comes here: a number in browsers.
      clearTimeout(timer as number);
    },
    nextTurn: createTurns(),
    microtask: (callback) => {
      queueMicrotask(callback);
    },
    keepAlive: () => {},
    reportUnhandled: (error) => {
      reportError(error);
    },
    sha256: (bytes) => sha256(bytes),
    hmacSha256: (key, bytes) => hmac(sha256, key, bytes),
  };
}
