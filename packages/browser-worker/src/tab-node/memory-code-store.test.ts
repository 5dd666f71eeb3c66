import { sha256 } from "@noble/hashes/sha2.js";
import type { CodeDigest } from "@skein/runtime";
import { expect, test } from "vitest";
import { memoryCodeStore } from "./memory-code-store.ts";

const clock = { nowMs: 0 };
const platform = { sha256: (bytes: Uint8Array) => sha256(bytes), now: () => clock.nowMs };
const code = (letter: string, bytes = 10): Uint8Array => new TextEncoder().encode(letter.repeat(bytes));
const digestOf = (bytes: Uint8Array): CodeDigest =>
  // What a SHA-256 in hexadecimal is.
  Array.from(sha256(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("") as CodeDigest;

test("code is kept under its own digest only", async () => {
  const store = memoryCodeStore(platform);
  const bundle = code("a");
  await store.put(digestOf(bundle), bundle);
  expect(store.get(digestOf(bundle))).toEqual(bundle);
  expect(store.has(digestOf(code("b")))).toBe(false);
  await expect(store.put(digestOf(code("b")), bundle)).rejects.toMatchObject({ code: "CODE_MISMATCH" });
  expect(store.has(digestOf(code("b")))).toBe(false);
});

test("what was used longest ago makes room, but nothing that is in use", async () => {
  const store = memoryCodeStore(platform, 25);
  const [a, b, c] = [code("a"), code("b"), code("c")];
  await store.put(digestOf(a), a);
  await store.put(digestOf(b), b);
  await expect(store.put(digestOf(c), c)).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
  clock.nowMs += 15 * 60_000;
  expect(store.has(digestOf(a))).toBe(true);
  await store.put(digestOf(c), c);
  expect([a, b, c].map((one) => store.has(digestOf(one)))).toEqual([true, false, true]);
});
