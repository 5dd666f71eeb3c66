import { expect, test } from "vitest";
import { mostlySays, sameWords, wordsOf } from "./function-words.ts";

const imports = new Map([
  ["basename", false],
  ["path", true],
]);
const same = (live: string, written: string): boolean =>
  sameWords(wordsOf(live, imports) ?? [], wordsOf(written, imports) ?? ["unreadable"]);

test("what test runners make of a function says the same as what was written", () => {
  const written = "(p) => basename(path.dirname(p), { a: 1 }) + 1";
  expect(
    same("(p) => (0,__vite_ssr_import_1__.basename)(__vite_ssr_import_0__.dirname(p), { a: 1 }) + 1", written),
  ).toBe(true);
  expect(
    same(
      "p => { cov_2ytsuxb7s().f[0]++; cov_2ytsuxb7s().s[1]++; return basename(path.dirname(p), { a: 1 }) + 1; }",
      written,
    ),
  ).toBe(true);
  expect(same("(list) => { for (const x of list) x; }", "(list) => { for (const x2 of list) x2 }")).toBe(true);
});

test("functions that differ in a number, an operator or an arrow are not the same", () => {
  expect(same("(n) => n * 2", "(n) => n * 3")).toBe(false);
  expect(same("(n) => n * k", "(n) => n - k")).toBe(false);
  expect(same("() => f(1)", "() => () => f(1)")).toBe(false);
});

test("what a tool has wrapped around most of the words is known again, a small part of it is not", () => {
  const live = wordsOf("(n) => __name(helper(n, 1), 'x')", imports) ?? [];
  expect(mostlySays(live, wordsOf("(n) => helper(n, 1)", imports) ?? [])).toBe(true);
  expect(mostlySays(live, wordsOf("() => 1", imports) ?? [])).toBe(false);
});
