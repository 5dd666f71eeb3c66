import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countFile, emptyCounts, longerLine } from "./count.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-count-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function counted(content: string | Uint8Array, name = "file.txt"): ReturnType<typeof emptyCounts> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const counts = emptyCounts();
  countFile(path, counts);
  return counts;
}

test("words are runs of 3 to 64 letters of any script, in lower case", () => {
  const { words } = counted(`The the of Straße 日本語 x1abc2 ${"a".repeat(64)} ${"b".repeat(65)}`);
  expect(Object.fromEntries(words)).toEqual({
    the: { times: 2, files: 1 },
    straße: { times: 1, files: 1 },
    日本語: { times: 1, files: 1 },
    abc: { times: 1, files: 1 },
    ["a".repeat(64)]: { times: 1, files: 1 },
  });
});

test("a word and a character that lie across the border of two pieces stay whole", () => {
  const border = 4 * 1024 * 1024;
  const content = Buffer.alloc(border + 100, " ");
  content.write("concordance", border - 5);
  const split = Buffer.alloc(border + 100, " ");
  split.write("über", border - 1, "utf8");
  expect(counted(content).words.get("concordance")).toEqual({ times: 1, files: 1 });
  const { words, notes } = counted(split);
  expect([words.get("über"), notes]).toEqual([{ times: 1, files: 1 }, []]);
});

test("a run of letters longer than a word is none, also across pieces", () => {
  const { words } = counted(`${"z".repeat(9 * 1024 * 1024)} end`);
  expect([...words.keys()]).toEqual(["end"]);
});

test("the longest line is found with its number, line breaks of either kind left out", () => {
  const { longest } = counted("short\r\nthe longest\r\nlast");
  expect([longest?.length, longest?.line]).toEqual([11, 2]);
});

test("an empty, a binary, an unreadable and a broken file are each said, and none stops the count", () => {
  expect(counted("").notes[0]?.kind).toBe("empty");
  const binary = counted(Buffer.from([1, 0, 2, 65, 66, 67]));
  expect([binary.notes[0]?.kind, binary.bytes, binary.words.size]).toEqual(["binary", 6, 0]);
  const broken = counted(Buffer.from([0xff, 0xfe, 0x61, 0x62, 0x63]));
  expect([broken.notes[0]?.kind, broken.words.get("abc")?.times]).toEqual(["invalid-utf8", 1]);
  const counts = emptyCounts();
  countFile(join(folder, "missing"), counts);
  expect(counts.notes).toEqual([{ path: join(folder, "missing"), kind: "unreadable", detail: "ENOENT" }]);
});

test("of two equal lines the first by path and number wins, whichever is counted first", () => {
  const a = { length: 3, path: "a", line: 9 };
  const b = { length: 3, path: "b", line: 1 };
  expect([longerLine(a, b), longerLine(b, a)]).toEqual([a, a]);
});
