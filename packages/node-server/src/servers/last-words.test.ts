import { expect, test } from "vitest";
import { LastWords } from "./last-words.ts";

const wordsOf = (lines: readonly string[]): LastWords => {
  const words = new LastWords();
  for (const line of lines) words.add(line);
  return words;
};

test("what V8 says of a full heap is kept, its addresses are not", () => {
  const words = wordsOf([
    "[14:0x2ea] 512 ms: Mark-Compact 62.9 (65.8) -> 62.9 (65.8) MB",
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    "----- Native stack trace -----",
    "",
    ...Array.from({ length: 30 }, (_, index) => ` ${index}: 0x931db0 node::Abort() [skein server 1]`),
  ]);
  expect(words.heapFull).toBe(true);
  expect(words.text.split("\n")).toHaveLength(2);
  expect(words.text).toContain("heap out of memory");
});

test("of a stack the user's own frames are kept", () => {
  const own = new URL("server-child.ts", import.meta.url).pathname;
  const words = wordsOf([
    "Error: no",
    "    at work (file:///data/servers/1/code/abc.mjs:1:2)",
    `    at run (file://${own}:1:2)`,
    "    at node:internal/process/task_queues:104:5",
    "Node.js v24.13.0",
  ]);
  expect(words.text).toBe("Error: no\n    at work (file:///data/servers/1/code/abc.mjs:1:2)");
  expect(words.heapFull).toBe(false);
});

test("the last ten lines are kept", () => {
  const words = wordsOf(Array.from({ length: 12 }, (_, index) => `line ${index}`));
  expect(words.text.split("\n").at(0)).toBe("line 2");
});
