import { hash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CodeDigest } from "@skein/runtime";
import { openCodeStore } from "./code-store.ts";

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "skein-code-")), "code");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

const code = Buffer.from("export const answer = 42;\n");
const digestOf = (bytes: Uint8Array): CodeDigest => hash("sha256", bytes, "hex") as CodeDigest;

test("what was put is there under its digest, read-only, and can be imported", async () => {
  const store = openCodeStore(folder);
  const digest = digestOf(code);
  expect(store.has(digest)).toBe(false);
  await store.put(digest, code);
  expect(store.has(digest)).toBe(true);
  expect(statSync(fileURLToPath(store.urlOf(digest))).mode & 0o777).toBe(0o444);
  const loaded: { answer: number } = await import(store.urlOf(digest));
  expect(loaded.answer).toBe(42);
  expect(openCodeStore(folder).has(digest)).toBe(true);
});

test("bytes with another digest are refused and nothing is kept", async () => {
  const store = openCodeStore(folder);
  await expect(store.put(digestOf(Buffer.from("other")), code)).rejects.toMatchObject({ code: "CODE_MISMATCH" });
  expect(readdirSync(folder)).toEqual([]);
});

test("a digest that is no digest never becomes a path", async () => {
  const store = openCodeStore(folder);
  const hostile = "../../etc/passwd" as CodeDigest;
  expect(store.has(hostile)).toBe(false);
  expect(() => store.urlOf(hostile)).toThrow(expect.objectContaining({ code: "CODE_MISMATCH" }));
  await expect(store.put(hostile, code)).rejects.toMatchObject({ code: "CODE_MISMATCH" });
});

test("a bundle above the limit is refused", async () => {
  const store = openCodeStore(folder);
  const large = new Uint8Array(9 * 1024 * 1024);
  await expect(store.put(digestOf(large), large)).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
});

test("the same bundle put many times at once is written once", async () => {
  const store = openCodeStore(folder);
  const digest = digestOf(code);
  await Promise.all(Array.from({ length: 20 }, () => store.put(digest, code)));
  expect(readdirSync(folder)).toEqual([`${digest}.mjs`]);
  expect(readFileSync(fileURLToPath(store.urlOf(digest)))).toEqual(code);
});

test("opening removes half-written files and the oldest bundles above the limit", async () => {
  const store = openCodeStore(folder);
  const digests: CodeDigest[] = [];
  for (const letter of ["a", "b", "c"]) {
    const bytes = Buffer.from(letter.repeat(100));
    digests.push(digestOf(bytes));
    await store.put(digestOf(bytes), bytes);
    utimesSync(fileURLToPath(store.urlOf(digestOf(bytes))), 1000, 1000 + digests.length);
  }
  writeFileSync(join(folder, `${digests[0]}.123.tmp`), "half");
  const again = openCodeStore(folder, 250);
  expect(digests.map((digest) => again.has(digest))).toEqual([false, true, true]);
  expect(readdirSync(folder)).toHaveLength(2);
});

test("a full store makes room by what was not asked for lately, and refuses when all of it is in use", async () => {
  const store = openCodeStore(folder, 250);
  const put = async (letter: string): Promise<CodeDigest> => {
    const bytes = Buffer.from(letter.repeat(100));
    await store.put(digestOf(bytes), bytes);
    return digestOf(bytes);
  };
  const first = await put("a");
  const second = await put("b");
  await expect(put("c")).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
  utimesSync(fileURLToPath(store.urlOf(first)), 1000, 1000);
  const third = await put("c");
  expect([first, second, third].map((digest) => store.has(digest))).toEqual([false, true, true]);
});
