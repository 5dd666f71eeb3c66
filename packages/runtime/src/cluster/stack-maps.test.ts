import { expect, test } from "vitest";
import { type CodeDigest } from "../ids.ts";
import { StackMaps } from "./stack-maps.ts";

const DIGEST = "ab".repeat(32) as CodeDigest;

function maps(): StackMaps {
  const made = new StackMaps(
    (map) => (line, column) => (line > 9 ? undefined : { file: map, line: line + 100, column }),
  );
  made.add(DIGEST, "file:///app/main.ts");
  return made;
}

test("places in bundles become places in the user's files; others stay as they are", () => {
  const text = [
    "Error: no",
    `    at work (file:///data/code/${DIGEST}.mjs:3:4)`,
    `    at file:///data/code/${DIGEST}.mjs:5:6`,
    `    at unmapped (file:///data/code/${DIGEST}.mjs:10:1)`,
    `    at other (file:///data/code/${"cd".repeat(32)}.mjs:3:4)`,
    "    at node:internal/process:1:2",
  ].join("\n");
  const lines = maps().text(text).split("\n");
  expect(lines.slice(0, 3)).toEqual([
    "Error: no",
    "    at work (file:///app/main.ts:103:4)",
    "    at file:///app/main.ts:105:6",
  ]);
  expect(lines.slice(3)).toEqual(text.split("\n").slice(3));
});

test("the stacks of an error, of its causes and of the errors in it are led back, also where they go round", () => {
  const at = (error: Error): Error =>
    Object.defineProperty(error, "stack", { value: `at ${DIGEST}.mjs:1:2`, configurable: true, writable: true });
  const inner = at(new TypeError("inner"));
  const cause = at(new Error("cause"));
  const error = at(new AggregateError([inner], "outer", { cause }));
  cause.cause = error;
  maps().error(error);
  for (const one of [error, inner, cause]) expect(one.stack).toBe("at file:///app/main.ts:101:2");
  expect(Object.keys(error)).not.toContain("stack");
});

test("without a way to read maps, and without maps, texts stay as they are", () => {
  const text = `at ${DIGEST}.mjs:1:2`;
  expect(new StackMaps(undefined).text(text)).toBe(text);
  const unread = new StackMaps(undefined);
  unread.add(DIGEST, "{}");
  expect(unread.text(text)).toBe(text);
});
