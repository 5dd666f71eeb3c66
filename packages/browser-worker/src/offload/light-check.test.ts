import { expect, test } from "vitest";
import { lightCheck } from "./light-check.ts";
import { tokens } from "./tokens.ts";

const KNOWN = new Set(["Math", "console", "Map", "Array", "Promise", "fetch", "Error", "JSON", "Uint8Array"]);
const refused = (source: string): string | undefined => lightCheck(source, (name) => KNOWN.has(name)).refused;

test("functions that have all they use are never refused", () => {
  for (const source of [
    "(x) => x * Math.PI",
    "async (a, { b, c: [d = a] }, ...rest) => a + b + d + rest.length",
    "function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }",
    "() => { class Sum { #n = 0; count = 1; static of() { return new Sum(); } add(x) { this.#n += x; return this; } get n() { return this.#n; } } return new Sum().add(1); }",
    "() => { try { throw new Error('x'); } catch (error) { return error; } }",
    "() => { for (const [key, value] of new Map()) console.log(key, value); }",
    "() => { outer: for (;;) { break outer; } }",
    "function () { return arguments.length; }",
    "() => typeof window === 'undefined'",
    "(a) => ({ a, helper: 1, other() { return 2; }, async third() {}, [a.helper]: a?.helper.other })",
    "() => { let a = 1, b = a, { c, d: { e } } = a; [a, b] = [b, a]; return a + b + c + e; }",
    "(text) => text.replace(/helper(1)/g, 'other(2)').split(`${text} helper(3) ${text.length / 2}`)",
    "(text) => `a ${text.map((line) => `inner ${line}`).join('')} b`",
    "(x) => { var late = 1; { var inner = 2 } return late / inner / x; }",
    "async x => { for await (const part of x) console.log(part) }",
    "(x) => x.catch.of.get // helper(4)",
    "(s) => { switch (s) { case 'a': return 1; default: return s } }",
    "({ a = 1, b: { c } = {} } = {}) => a + c",
    "(n) => { const sieve = new Uint8Array(n); let found = 0; for (let i = 2; i < n; i += 1) { if (sieve[i] === 0) { found += 1; for (let j = i * i; j < n; j += i) sieve[j] = 1; } } return found; }",
  ]) {
    expect([source, refused(source)]).toEqual([source, undefined]);
  }
});

test("names from outside are named, with their line", () => {
  expect(refused("(x) => x * FACTOR")).toMatch("FACTOR (line 1");
  expect(refused("(x) => helper(x)")).toMatch("helper");
  expect(refused("() => {\n  return later;\n}")).toMatch("later (line 2");
  expect(refused("() => lib.work()")).toMatch("lib");
  expect(refused("(x) => { const y = load(x); return y; }")).toMatch("load");
  expect(refused("() => `${outside}`")).toMatch("outside");
  expect(refused("() => new Outside()")).toMatch("Outside");
});

test("methods, classes, generators and import.meta are told apart", () => {
  expect(lightCheck("work(x) { return x; }", () => false)).toEqual({ form: "method" });
  expect(lightCheck("async work(x) { return x; }", () => false)).toEqual({ form: "method" });
  expect(lightCheck("async (x) => x", () => false)).toEqual({ form: "expression" });
  expect(refused("class A {}")).toMatch("class");
  expect(refused("function* () { yield 1; }")).toMatch("generator");
  expect(refused("async *steps() { yield 1; }")).toMatch("generator");
  expect(refused("() => import.meta.url")).toMatch("import.meta");
  expect(refused("get size() { return 1; }")).toMatch("getter");
});

test("texts, templates, comments and regular expressions hide what looks like names", () => {
  const names = (source: string): string[] =>
    tokens(source)
      .filter((token) => token.type === "name")
      .map((token) => token.text);
  expect(names('a /* b */ + \'c\' + "d\\"e" + /f[/]g/.test(h) // i')).toEqual(["a", "test", "h"]);
  expect(names("`a ${b + `c ${d}`} e ${{ f: g }.f}`")).toEqual(["b", "d", "f", "g", "f"]);
  expect(names("x = a / b / c; y = (a) / b; return /d/")).toEqual(["x", "a", "b", "c", "y", "a", "b", "return"]);
});
