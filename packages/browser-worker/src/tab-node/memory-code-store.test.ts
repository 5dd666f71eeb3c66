import { sha256 } from "@noble/hashes/sha2.js";
import type { CodeDigest, PeerId } from "@skein/runtime";
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

test("a client that fills the store loses what is above its share to others, and nobody else does", async () => {
  const store = memoryCodeStore(platform, 40);
  const peer = (name: string): PeerId => name as PeerId; // names will do
  const [greedy, other] = [peer("greedy"), peer("other")];
  const put = async (letter: string, client: PeerId): Promise<void> =>
    await store.put(digestOf(code(letter)), code(letter), client);
  const here = (letters: string): string =>
    Array.from(letters)
      .filter((one) => store.get(digestOf(code(one))))
      .join("");
  for (const letter of "eabc") await put(letter, greedy);
  // Above its share, it loses its own first.
  await put("d", greedy);
  expect(here("eabcd")).toBe("abcd");
  // On this one somebody relies who has no more than his share.
  expect(store.has(digestOf(code("a")), other)).toBe(true);
  await put("f", other);
  expect(here("abcdf")).toBe("acdf");
  await put("g", other);
  expect(here("acdfg")).toBe("acdg");
  await put("h", peer("third"));
  expect(here("acdgh")).toBe("cdgh");
  // What each used last stays, however many they are.
  await put("i", peer("fourth"));
  expect(here("cdghi")).toBe("dghi");
  const small = code("j", 5);
  await expect(store.put(digestOf(small), small, peer("fifth"))).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
  expect(here("dghi")).toBe("dghi");
});
