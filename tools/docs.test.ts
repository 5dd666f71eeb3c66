import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defaultsPage } from "./docs-defaults.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

test("every error code has its entry in docs/errors.md, and no entry is left over", () => {
  const union = /export type ErrorCode =([^;]+);/.exec(read("packages/runtime/src/errors.ts"))?.[1] ?? "";
  const codes = Array.from(union.matchAll(/"([A-Z_]+)"/g), (match) => match[1] ?? "");
  const entries = Array.from(read("docs/errors.md").matchAll(/^### ([A-Z_]+)$/gm), (match) => match[1] ?? "");
  expect(codes.length).toBeGreaterThan(40);
  expect(entries.toSorted()).toEqual(codes.toSorted());
});

test("docs/defaults.md says what defaults.ts says", () => {
  expect(read("docs/defaults.md")).toBe(defaultsPage(read("packages/runtime/src/defaults.ts")));
});

test("every file that docs/architecture.md names exists", () => {
  const page = read("docs/architecture.md");
  const files = Array.from(
    page.matchAll(/`((?:packages|tools|bench|examples|playwright|docs|\.ci)\/[\w./-]+)`/g),
    (match) => match[1] ?? "",
  );
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => !existsSync(new URL(`../${file}`, import.meta.url)))).toEqual([]);
});
