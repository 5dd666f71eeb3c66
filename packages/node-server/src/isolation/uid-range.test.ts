import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FIRST_UID, UidRange, UIDS_LIMIT } from "./uid-range.ts";

let root: string;
let folder: string;
const ended: number[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "skein-uids-"));
  folder = join(root, "uids");
  ended.length = 0;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const range = (...folders: readonly string[]): UidRange =>
  new UidRange({ folders: folders.length === 0 ? [folder] : folders, endAll: (uid) => void ended.push(uid) });

test("two nodes of a machine never have a user id at the same time", () => {
  const nodes = [range(), range()];
  const uids = Array.from({ length: 20 }, (_, i) => nodes[i % 2]?.take());
  expect(new Set(uids).size).toBe(20);
  expect(ended).toEqual([]);
});

test("an id that was given back is for any node of the machine", () => {
  const [one, other] = [range(), range()];
  for (let i = 0; i < UIDS_LIMIT; i += 1) one.take();
  expect(() => other.take()).toThrow(expect.objectContaining({ code: "SETUP_FAILED" }));
  one.giveBack(FIRST_UID + 7);
  one.giveBack(FIRST_UID + 7);
  expect(other.take()).toBe(FIRST_UID + 7);
  expect(ended).toEqual([]);
});

test("an id of a node that was killed is taken over once what ran as that user is ended", () => {
  const uids = range();
  uids.giveBack(uids.take());
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, String(FIRST_UID)), JSON.stringify({ pid: 2 ** 22 + 1, started: "1" }));
  expect(range().take()).toBe(FIRST_UID);
  expect(ended).toEqual([FIRST_UID]);
});

test("a folder that is not this user's own alone is not used; where there is none, it is said", () => {
  symlinkSync(root, join(root, "link"));
  const nowhere = range(join(root, "no", "uids"), join(root, "link"));
  expect(() => nowhere.open()).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  range(join(root, "no", "uids"), folder).take();
  expect(existsSync(join(folder, String(FIRST_UID)))).toBe(true);
});
