import { expect, test } from "vitest";
import { errorToWire } from "./error-codec.ts";
import { ownFolders, withoutOwnFrames } from "./own-frames.ts";

const OWN = ["/packages/runtime/src/"];
const stack = (...lines: readonly string[]): string => lines.join("\n");

test("a stack ends with the last frame that is not skein's", () => {
  const users = [
    "RangeError: no",
    "    at sleep (file:///packages/runtime/src/task/sleep.ts:1:2)",
    "    at work (file:///mine.ts:3:4)",
  ];
  const below = [
    "    at work.next (<anonymous>)",
    "    at Cell.step (file:///packages/runtime/src/task/cell.ts:5:6)",
    "    at process.processTicksAndRejections (node:internal/process/task_queues:7:8)",
  ];
  expect(withoutOwnFrames(stack(...users, ...below), OWN)).toBe(stack(...users));
  expect(
    withoutOwnFrames(stack("work@http://host/mine.js:1:2", "step@http://host/packages/runtime/src/cell.ts:1:2"), OWN),
  ).toBe("work@http://host/mine.js:1:2");
});

test("a stack of skein's frames alone, one that a trace has added to, and one without frames stay as they are", () => {
  const own = "    at Cell.step (file:///packages/runtime/src/task/cell.ts:5:6)";
  for (const kept of [
    stack("TIMEOUT: no", own),
    stack("Error: no", "    at work (file:///mine.ts:3:4)", own, "  in task work, spawned", own),
    "Error: about /packages/runtime/src/ alone",
  ]) {
    expect(withoutOwnFrames(kept, OWN)).toBe(kept);
  }
  expect(withoutOwnFrames(stack("    at work (file:///mine.ts:3:4)", own), [])).toContain("Cell.step");
});

test("errors travel with a stack", () => {
  expect(errorToWire(new Error("no"), () => true).stack).toBeTypeOf("string");
});

test("skein's own folders are known in each form that it has, and nowhere else", () => {
  const installed = ["/app/node_modules/@skein/runtime/dist/", "/app/node_modules/@skein/node-server/dist/"];
  expect(ownFolders("file:///app/node_modules/@skein/runtime/dist/node/parts/chunk-B4YC.js")).toEqual(installed);
  expect(ownFolders("file:///app/node_modules/@skein/runtime/dist/wire/own-frames.js")).toEqual(installed);
  expect(ownFolders("file:///skein/packages/runtime/src/wire/own-frames.ts")).toEqual([
    "/skein/packages/runtime/src/",
    "/skein/packages/node-server/src/",
  ]);
  expect(ownFolders("file:///app/node_modules/@skein/node-server/dist/pool/worker-process.js")).toEqual(installed);
  expect(ownFolders(`file:///home/ada/.cache/skein/pool/${"0f".repeat(32)}.mjs`)).toEqual([
    "/home/ada/.cache/skein/pool/",
  ]);
  expect(ownFolders("https://host/assets/page-1234.js")).toEqual([]);
});
