import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { emptyFolder, makeServerFolder, openServersRoot } from "./server-folder.ts";

function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), "skein-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a folder is emptied with what was made unreadable in it, and links out of it are not followed", async () => {
  const root = temporary();
  const outside = join(root, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "kept"), "x");
  const { path, work } = makeServerFolder(root);
  mkdirSync(join(work, "deep", "deeper"), { recursive: true });
  writeFileSync(join(work, "deep", "deeper", "file"), "x");
  symlinkSync(outside, join(work, "link"));
  chmodSync(join(work, "deep", "deeper"), 0o500);
  chmodSync(join(work, "deep"), 0o000);
  expect(await emptyFolder(path)).toBe(undefined);
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(outside)).toEqual(["kept"]);
  expect(await emptyFolder(path)).toBe(undefined);
});

test("what a killed node left is removed when the next one starts", async () => {
  const data = temporary();
  const first = openServersRoot(data, false);
  makeServerFolder(first.path);
  const second = openServersRoot(data, false);
  expect(second.path).toBe(first.path);
  const own = makeServerFolder(second.path);
  expect(await second.cleared).toEqual([]);
  expect(readdirSync(second.path)).toEqual([own.path.split("/").at(-1)]);
});

test("folders are their node's alone, each of a name of its own", () => {
  const root = temporary();
  const [a, b] = [makeServerFolder(root), makeServerFolder(root)];
  expect(a.path).not.toBe(b.path);
  expect(statSync(a.path).mode & 0o777).toBe(0o700);
});
