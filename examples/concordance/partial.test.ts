import { expect, test } from "vitest";
import { addWord, emptyCounts } from "./count.ts";
import { Merger, type Partial, partsOf } from "./partial.ts";

function countsOf(words: number): ReturnType<typeof emptyCounts> {
  const counts = emptyCounts();
  for (let word = 0; word < words; word += 1) addWord(counts.words, `word${word}`, word + 1, 1);
  counts.files = 3;
  counts.bytes = 1000;
  counts.types.set(".ts", { files: 3, bytes: 1000 });
  return counts;
}

test("a group that comes in many parts and any order is put together whole", () => {
  const parts = [...partsOf(0, "run", countsOf(20_000))];
  expect(parts.length).toBe(3);
  const merger = new Merger(1);
  for (const part of parts.toReversed()) {
    expect(merger.done).toBe(false);
    merger.add(part);
  }
  expect(merger.done).toBe(true);
  expect(merger.counts.words).toEqual(countsOf(20_000).words);
  expect(merger.counts.files).toBe(3);
});

test("a group that was counted twice counts once, also when the first run came only in part", () => {
  const merger = new Merger(1);
  const [first] = [...partsOf(0, "lost run", countsOf(20_000))] as [Partial];
  merger.add(first);
  for (const run of ["second run", "third run"]) {
    for (const part of partsOf(0, run, countsOf(20_000))) merger.add(part);
  }
  expect(merger.counts.words.get("word9")).toEqual({ times: 10, files: 1 });
  expect(merger.counts.bytes).toBe(1000);
});

test("a group without words still brings its files and bytes", () => {
  const merger = new Merger(1);
  for (const part of partsOf(0, "run", countsOf(0))) merger.add(part);
  expect([merger.done, merger.counts.files, merger.counts.bytes]).toEqual([true, 3, 1000]);
});
