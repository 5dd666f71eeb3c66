import { expect, test } from "vitest";
import { usersFrames } from "./users-frames.ts";

const ours = new URL("../open-client.ts", import.meta.url).pathname;

const shown = (...frames: readonly string[]): readonly string[] => {
  const error = new Error("no");
  error.stack = ["Error: no", ...frames.map((frame) => `    at ${frame}`)].join("\n");
  return usersFrames(error);
};

test("of a stack, the lines of the program's author are shown", () => {
  expect(
    shown(
      `openClient (${ours}:24:5)`,
      "processTicksAndRejections (node:internal/process/task_queues:103:5)",
      "node:internal/main/run_main_module:33:47",
      "parse (/home/me/node_modules/zod/index.js:1:1)",
      "async main (file:///home/me/main.ts:3:22)",
      "file:///home/me/main.ts:9:1",
    ),
  ).toEqual(["at async main (file:///home/me/main.ts:3:22)", "at file:///home/me/main.ts:9:1"]);
});

test("a line that names no file says nothing", () => {
  expect(shown("Array.map (<anonymous>)", "new Promise (<anonymous>)", "<anonymous>")).toEqual([]);
  expect(shown("Array.map (<anonymous>)", "<anonymous> (/home/me/main.ts:1:1)")).toHaveLength(1);
});
