import { expect, test } from "vitest";
import { Codec } from "./codec.ts";
import { Form } from "./forms.ts";
import { parseEntry } from "./schema.ts";
import { mendExits, unreadableIn } from "./unreadable.ts";

const invalid = expect.objectContaining({ code: "WIRE_INVALID" }) as Error;
const decode = (...bytes: number[]): unknown => new Codec().decode(new Uint8Array(bytes));
const HUGE = [0xff, 0xff, 0xff, 0xff, 0x0f];

test("a few bytes that claim something huge are refused before anything is allocated", () => {
  const forms = [Form.array, Form.map, Form.set, Form.newShape, Form.fields, Form.text, Form.text16, Form.bigint];
  for (const form of forms) expect(() => decode(form, ...HUGE, 0x41)).toThrowError(invalid);
  expect(() => decode(Form.binary, 0, ...HUGE)).toThrowError(invalid);
  expect(() => decode(Form.array, ...HUGE, ...HUGE)).toThrowError(invalid);
});

test("endless nesting is refused, not followed", () => {
  for (const start of [
    [Form.shortArray | 1],
    [Form.error],
    [Form.instance, Form.shortText],
    [Form.set, 1],
    [Form.map, 1, 0],
  ]) {
    const bytes = Array.from({ length: 100_000 }, () => start).flat();
    expect(() => decode(...bytes.slice(0, 100_000))).toThrowError(invalid);
  }
});

test("many empty Maps are refused before they fill the memory", () => {
  const count = 1_500_000;
  const bytes = new Uint8Array(6 + count * 2);
  bytes.set([Form.array, 0x80 | (count & 127), 0x80 | ((count >> 7) & 127), 0x80 | ((count >> 14) & 127), 0]);
  bytes.fill(0, 4);
  for (let at = 4; at + 1 < bytes.byteLength; at += 2) bytes[at] = Form.map;
  expect(() => new Codec().decode(bytes)).toThrowError(invalid);
});

test("what points nowhere, to itself or to an unknown shape is refused or harmless", () => {
  expect(() => decode(Form.pointer, 0)).toThrowError(invalid);
  expect(() => decode(Form.shaped | 3)).toThrowError(invalid);
  expect(() => decode(Form.object, 9)).toThrowError(invalid);
  const self = decode(Form.shortArray | 1, Form.pointer, 0) as unknown[];
  expect(self[0]).toBe(self);
  expect(() => decode(Form.error, Form.pointer, 0)).toThrowError(invalid);
  expect(() => decode(Form.instance, Form.shortText | 1, 0x61, Form.pointer, 0)).toThrowError(invalid);
});

test("values that share what they hold take no more time than they have bytes", () => {
  // Each list holds the next one twice: 2 to the 60th ways through them.
  let list: unknown[] = [{ type: "returned", value: 1 }];
  for (let level = 0; level < 60; level += 1) list = [list, list];
  const codec = new Codec();
  const back = codec.decode(codec.encode([list, list]));
  expect(unreadableIn(back)).toBe(undefined);
  mendExits(back);
  expect(() => parseEntry([back])).toThrowError(invalid);
});

test("an entry whose kind can't be made text of is refused like any other", () => {
  for (const kind of [{ toString: 1 }, { toString: null, valueOf: null }, [[]], Symbol.iterator.toString()]) {
    expect(() => parseEntry([kind])).toThrowError(invalid);
  }
});
