import * as v from "valibot";
import { expect, test } from "vitest";
import { fields, object, parseAs } from "./parse.ts";

const schema = object({ name: v.pipe(v.string(), v.maxLength(5)), n: v.exactOptional(v.number()), any: v.unknown() });

test("of what a peer sent, only what the schema knows is kept", () => {
  expect(parseAs(schema, { name: "a", any: [1], more: 2 })).toEqual({ name: "a", any: [1] });
});

test("what doesn't fit is refused without repeating it", () => {
  const secret = "s".repeat(1000);
  for (const value of [undefined, null, secret, [secret], { name: secret }, { name: "a", any: 1, n: secret }]) {
    expect(() => parseAs(schema, value)).toThrow(/^it has no \w+ where one belongs$/);
  }
});

test("fields by name are those of a plain object, and not too many", () => {
  const schema = fields(v.string(), v.unknown(), 3);
  expect(parseAs(schema, { a: 1, b: undefined })).toEqual({ a: 1, b: undefined });
  const many = { a: 1, b: 2, c: 3, d: 4 };
  // Names that are usual ones elsewhere are kept; the one that may set a prototype is none.
  const odd = { constructor: 1, prototype: 2, toString: 3 };
  expect(parseAs(schema, odd)).toEqual(odd);
  const own: unknown = JSON.parse('{"__proto__":{"a":1}}');
  for (const value of [own, new Uint8Array(1_000_000), [1], new Error("no"), new Map(), new Date(), many, null, "a"]) {
    expect(() => parseAs(schema, value)).toThrow(/^it has no \w+ where one belongs$/);
  }
});

test("what has fields and is no plain object is refused", () => {
  const any = object({ any: v.exactOptional(v.unknown()) });
  expect(parseAs(any, Object.assign(Object.create(null), { any: 1 }))).toEqual({ any: 1 });
  class Own {
    any = 1;
  }
  for (const value of [[], new Error("no"), new Map(), new Uint8Array(1), new Own(), Object.create({ any: 1 })]) {
    expect(() => parseAs(any, value)).toThrow(/^it has no object where one belongs$/);
  }
  const either = v.variant("is", [object({ is: v.literal("a") }), object({ is: v.literal("b"), n: v.number() })]);
  expect(parseAs(either, { is: "b", n: 1 })).toEqual({ is: "b", n: 1 });
  expect(() => parseAs(either, Object.assign([], { is: "a" }))).toThrow(/where one belongs$/);
});
