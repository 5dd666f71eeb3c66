import { expect, test } from "vitest";
import { sameAnswer, sameValue } from "./trust-answers.ts";

test("values are the same all the way down, whatever the order of their keys", () => {
  const value = (): unknown => ({
    list: [1, NaN, "x", null, undefined, 10n],
    map: new Map<unknown, unknown>([
      ["a", { b: 1 }],
      ["c", 2],
    ]),
    set: new Set([{ x: 1 }, { x: 2 }]),
    bytes: new Float32Array([1.5, 2]),
    date: new Date(5),
    pattern: /a/g,
    error: new RangeError("e", { cause: new Error("f") }),
  });
  expect(sameValue(value(), value())).toBe(true);
  expect(sameValue({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(sameValue(new Set([{ x: 1 }, { x: 2 }]), new Set([{ x: 2 }, { x: 1 }]))).toBe(true);
  expect(sameValue(0, -0)).toBe(true);
});

test("values that differ anywhere are not the same", () => {
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [1, 2],
    [1, "1"],
    [{ a: 1 }, { a: 1, b: undefined }],
    [{ a: undefined }, { b: undefined }],
    [
      [1, 2],
      [2, 1],
    ],
    [[], {}],
    [new Map([["a", 1]]), new Map([["a", 2]])],
    [new Set([{ x: 1 }, { x: 1 }]), new Set([{ x: 1 }, { x: 2 }])],
    [new Uint8Array([1]), new Uint8Array([2])],
    [new Uint8Array([1]), new Int8Array([1])],
    [new Date(1), new Date(2)],
    [new RangeError("e"), new TypeError("e")],
    [new Error("e", { cause: 1 }), new Error("e", { cause: 2 })],
    [null, {}],
  ];
  for (const [a, b] of pairs) expect([a, b, sameValue(a, b), sameValue(b, a)]).toEqual([a, b, false, false]);
});

test("values with cycles are compared, too", () => {
  const ring = (end: number): unknown => {
    const first: { next?: unknown; end: number } = { end };
    first.next = { next: first };
    return first;
  };
  expect([sameValue(ring(1), ring(1)), sameValue(ring(1), ring(2))]).toEqual([true, false]);
});

test("parts that are shared are compared once, however often they are met", () => {
  const nested = (depth: number, last: unknown): unknown => {
    let value = last;
    for (let level = 0; level < depth; level += 1) value = { left: value, right: value };
    return value;
  };
  expect(sameValue(nested(200, { end: 1 }), nested(200, { end: 1 }))).toBe(true);
  expect(sameValue(nested(200, { end: 1 }), nested(200, { end: 2 }))).toBe(false);
  const grid = (): object => {
    const rows = Array.from({ length: 40 }, () => Array.from({ length: 40 }, (): Record<string, object> => ({})));
    for (const [y, row] of rows.entries()) {
      for (const [x, node] of row.entries()) {
        Object.assign(node, { right: row[x + 1] ?? {}, down: rows[y + 1]?.[x] ?? {} });
      }
    }
    return rows[0]?.[0] ?? {};
  };
  expect(sameValue(grid(), grid())).toBe(true);
});

test("a pair that differs takes back what rested on it", () => {
  const ring = (end: number): object => {
    const value: Record<string, unknown> = { inner: {} };
    value["inner"] = { outer: value };
    value["end"] = end;
    return value;
  };
  const [first, second] = [ring(1), ring(2)];
  expect(sameValue(new Set([first]), new Set([second]))).toBe(false);
  expect(sameValue([new Set([first, second])], [new Set([ring(2), ring(1)])])).toBe(true);
  expect(sameValue([new Set([first, second])], [new Set([ring(2), ring(2)])])).toBe(false);
});

test("large sets and maps are compared by their keys", () => {
  const numbers = Array.from({ length: 100_000 }, (_, n) => n);
  expect(sameValue(new Set(numbers), new Set(numbers.toReversed()))).toBe(true);
  expect(sameValue(new Set(numbers), new Set(numbers.map((n) => n + 1)))).toBe(false);
  const paired = (order: readonly number[]): Map<number, object> => new Map(order.map((n) => [n, { n }]));
  expect(sameValue(paired(numbers), paired(numbers.toReversed()))).toBe(true);
});

test("errors are the same by name and text, and never the same as a value", () => {
  const failed = (error: Error) => ({ type: "failed", error }) as const;
  expect(sameAnswer(failed(new RangeError("e")), failed(new RangeError("e")))).toBe(true);
  expect(sameAnswer(failed(new Error("e")), failed(new Error("f")))).toBe(false);
  expect(sameAnswer(failed(new RangeError("e")), failed(new Error("e")))).toBe(false);
  expect(sameAnswer(failed(new Error("e")), { type: "returned", value: new Error("e") })).toBe(false);
});

test("values are compared by the job's own equal where it gives one", () => {
  const near = (a: unknown, b: unknown): boolean => Math.abs(Number(a) - Number(b)) < 0.01;
  const value = (n: number) => ({ type: "returned", value: n }) as const;
  expect(sameAnswer(value(1), value(1.001), near)).toBe(true);
  expect(sameAnswer(value(1), value(1.1), near)).toBe(false);
});

test("what an engine throws by itself is the same by its name: each engine has words of its own", () => {
  const failed = (error: Error) => ({ type: "failed", error }) as const;
  expect(sameAnswer(failed(new TypeError("x is not a function")), failed(new TypeError("x is no function")))).toBe(
    true,
  );
  const deep = Object.assign(new Error("too much recursion"), { name: "InternalError" });
  expect(sameAnswer(failed(deep), failed(new RangeError("Maximum call stack size exceeded")))).toBe(true);
  expect(sameAnswer(failed(new TypeError("e")), failed(new RangeError("e")))).toBe(false);
});
