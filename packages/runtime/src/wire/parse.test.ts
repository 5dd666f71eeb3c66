import * as v from "valibot";
import { expect, test } from "vitest";
import { fields, parseAs } from "./parse.ts";

const schema = v.object({ name: v.pipe(v.string(), v.maxLength(5)), n: v.exactOptional(v.number()), any: v.unknown() });

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
  for (const value of [new Uint8Array(1_000_000), [1], new Error("no"), new Map(), new Date(), many, null, "a"]) {
    expect(() => parseAs(schema, value)).toThrow(/^it has no \w+ where one belongs$/);
  }
});
