import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defaultsPage } from "./docs-defaults.ts";
import { errorsPage } from "./docs-errors.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

test("docs/errors.md says what error-codes.ts says, of every code", () => {
  const source = read("packages/runtime/src/error-codes.ts");
  const codes = Array.from(source.matchAll(/^ *\| "(\w+)"/gm), (match) => match[1] ?? "");
  const page = read("docs/errors.md");
  expect(page).toBe(errorsPage(source));
  const entries = Array.from(page.matchAll(/^### (.+)\n(.*)$/gm), ([, code = "", text = ""]) => [code, text] as const);
  expect(codes.length).toBeGreaterThan(40);
  expect(entries.map(([code]) => code)).toEqual(codes);
  expect(entries.filter(([, text]) => !text.includes("*Do:* "))).toEqual([]);
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
