import { expect, test } from "vitest";
import { type FunctionSource, readFunction } from "./free-names.ts";

const look = (source: string): FunctionSource => readFunction(source, (name) => name in globalThis);
const missing = (source: string): string[] => look(source).missing.map(({ name }) => name);

test("functions that have all they use lack nothing", () => {
  for (const source of [
    "(x) => x * Math.PI",
    "async (a, { b, c: [d = a] }, ...rest) => a + b + d + rest.length",
    "function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }",
    "async function f() { const { readFile } = await import('node:fs/promises'); return readFile; }",
    "() => { class Sum { #n = 0; add(x) { this.#n += x; return new Sum(); } } return new Sum().add(1); }",
    "() => { const Named = class Inner { make() { return new Inner(); } }; return Named; }",
    "() => { try { throw 1; } catch (error) { return error; } }",
    "() => { for (const [key, value] of new Map()) console.log(key, value); }",
    "() => { outer: for (;;) { break outer; } }",
    "function () { return arguments.length; }",
    "() => typeof window === 'undefined'",
    "(a) => ({ a, helper: 1, [a.helper]: a?.helper.other })",
    "() => { var late = 1; if (late) { var inner = 2; } return hoisted(inner); function hoisted(x) { return x; } }",
    "function f() { let undefined_ = `${(() => 1)()}`; return undefined_; }",
  ]) {
    expect([source, missing(source)]).toEqual([source, []]);
  }
});

test("names from outside are found, with their line", () => {
  expect(missing("(x) => x * FACTOR")).toEqual(["FACTOR"]);
  expect(missing("(x) => helper(x)")).toEqual(["helper"]);
  expect(missing("() => { total += 1; }")).toEqual(["total"]);
  expect(missing("({ a = fallback }) => a")).toEqual(["fallback"]);
  expect(missing("() => { if (true) { let inner = 1; } return inner; }")).toEqual(["inner"]);
  expect(missing("() => ({ outside })")).toEqual(["outside"]);
  expect(missing("() => __vite_ssr_import_0__.join('a')")).toEqual(["__vite_ssr_import_0__"]);
  expect(look("() => {\n  return 1 +\n    later;\n}").missing).toEqual([{ name: "later", line: 3 }]);
});

test("methods are told from expressions", () => {
  expect(look("work(x) { return x; }")).toMatchObject({ form: "method", missing: [] });
  expect(look("async work(x) { return x * FACTOR; }")).toMatchObject({ form: "method", missing: [{ name: "FACTOR" }] });
  expect(look("(x) => x").form).toBe("expression");
});

test("what can't run elsewhere is refused: classes, generators, import.meta, relative imports", () => {
  expect(look("class A {}").form).toBe("class");
  expect(look("function* () { yield 1; }").form).toBe("generator");
  expect(look("*steps() { yield 1; }").form).toBe("generator");
  expect(look("() => import.meta.url").refused).toMatch("import.meta");
  expect(look("() => import('./lib.ts')").refused).toMatch("relative");
  expect(look("get size() { return 1; }").refused).toMatch("getter");
});

test("syntax that the parser doesn't know is left to the engine", () => {
  expect(look("(x) => x |> y")).toEqual({ form: "unknown", missing: [] });
});
