import { expect, test } from "vitest";
import { Codec } from "./codec.ts";
import { RemoteError } from "./error-codec.ts";
import { Unreadable, mendExits, unreadableIn } from "./unreadable.ts";
import type { ValueClass } from "./value-class.ts";

class Point {
  readonly x = 1;
}
class Picky {
  readonly y = 2;
}
class Odd extends Error {
  override readonly name = "Odd";
  readonly line = 7;
}
const forms: readonly ValueClass[] = [
  { Class: Point, tag: "Point", toWire: () => ({ x: 1 }), fromWire: () => new Point() },
  {
    Class: Picky,
    tag: "Picky",
    toWire: () => 0,
    fromWire: () => {
      throw new RangeError("not of this version");
    },
  },
  {
    Class: Odd,
    tag: "Odd",
    toWire: (value) => ({ ...value, message: (value as Odd).message, stack: (value as Odd).stack }),
    fromWire: () => new Odd(),
  },
];
const there = new Codec(forms);

test("an instance of a class that is not known here, or that refuses its data, spoils only its own entry", () => {
  const here = new Codec(forms.slice(1, 2));
  expect(unreadableIn(here.decodeEntries(there.encode([[new Odd("x")]])).entries)).toBe(undefined);
  const { entries, partly } = here.decodeEntries(
    there.encode([[1], [2, { deep: new Map([["key", [new Point()]]]) }], [3, new Set([new Picky()])], [4]]),
  );
  expect(partly).toBe(true);
  expect(entries.map((entry) => unreadableIn(entry)?.message)).toEqual([
    undefined,
    'an instance of class "Point" came, which is not registered here',
    'an instance of class "Picky" can\'t be made of what came',
    undefined,
  ]);
  expect(here.decodeEntries(there.encode([[1]])).partly).toBe(false);
  expect(() => here.decode(there.encode(new Point()))).toThrowError(expect.objectContaining({ code: "WIRE_INVALID" }));
});

test("an error of a class that is not known here is a RemoteError of its name; its cause never hides it", () => {
  const here = new Codec();
  const [odd, plain] = here.decode(
    there.encode([new Odd("line 7"), new Error("why", { cause: new Point() })]),
  ) as Error[];
  expect(odd).toBeInstanceOf(RemoteError);
  expect(odd).toMatchObject({ name: "Odd", message: "line 7", line: 7 });
  expect(plain).toMatchObject({ message: "why", cause: { code: "NOT_SERIALIZABLE" } });
});

test("an exit with a part that can't be read is a failed one", () => {
  const unreadable = new Unreadable("Point");
  const entry = [6, "news", { exits: [{ serial: 1, exit: { type: "returned", value: [unreadable] } }, { serial: 2 }] }];
  mendExits(entry);
  expect(entry).toMatchObject([
    6,
    "news",
    { exits: [{ serial: 1, exit: { type: "failed", error: { code: "NOT_SERIALIZABLE" } } }, { serial: 2 }] },
  ]);
  expect(unreadableIn(entry)).toBe(undefined);
});

test("parts of a value that go round are looked through once", () => {
  const value: Record<string, unknown> = { list: [new Uint8Array(3)] };
  value["self"] = value;
  expect(unreadableIn(value)).toBe(undefined);
});
