import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MIB } from "@skein/runtime";
import { expect, onTestFinished, test } from "vitest";
import { sizeOf } from "../isolation/folder-size.ts";
import { GivenFiles } from "./given-files.ts";

test("what was given counts as much as it takes on the disk, each file once, with its folders", async () => {
  const from = mkdtempSync(join(tmpdir(), "skein-given-"));
  onTestFinished(() => rmSync(from, { recursive: true, force: true }));
  mkdirSync(join(from, "deep", "er"), { recursive: true });
  writeFileSync(join(from, "large"), Buffer.alloc(MIB, 1));
  writeFileSync(join(from, "deep", "er", "small"), "x");
  const given = new GivenFiles();
  for (const path of ["large", "deep/er/small", "large"]) await given.add(from, path);
  const all = { bytes: Infinity, files: Infinity };
  expect(given.size).toEqual(await sizeOf([from], all));
  expect(given.size.files).toBe(4);
  // One that was replaced counts as the one that is there.
  writeFileSync(join(from, "large"), "x");
  await given.add(from, "large");
  expect(given.size).toEqual(await sizeOf([from], all));
});
