import fc from "fast-check";
import { expect, test } from "vitest";
import { SkeinError } from "../errors.ts";
import { Codec } from "./codec.ts";
import { RemoteError } from "./error-codec.ts";
import { rounds } from "../../test/rounds.ts";

const roundTrip = (value: unknown, codec = new Codec()): unknown => {
  codec.check(value);
  return codec.decode(codec.encode(value));
};

test("values of structured clone come back as they were sent", () => {
  const date = new Date("1969-07-20T20:17:40.123Z");
  const value = {
    text: "grüße 🙂",
    long: "x".repeat(100_000),
    nothing: null,
    missing: undefined,
    big: [2n ** 63n, -(2n ** 63n) - 1n, 12345678901234567890123456789n, 5n],
    numbers: [0, 1, -1, 0.1, 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53],
    map: new Map<unknown, unknown>([
      ["a", 1],
      [{ key: true }, new Set([1, "two"])],
    ]),
    date,
    invalid: new Date(Number.NaN),
    pattern: /a+\/b/giu,
    bytes: new Uint8Array([1, 2, 255]),
    floats: new Float64Array([1.5, -2.5]),
    clamped: new Uint8ClampedArray([1, 2]),
    bigs: new BigInt64Array([1n, -1n]),
    buffer: new Uint8Array([9, 8]).buffer,
    view: new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2),
    empty: [[], {}, "", new Map(), new Set(), new Uint8Array(0)],
  };
  const back = roundTrip(value) as typeof value;
  expect(back).toEqual(value);
  expect(back.bytes.constructor).toBe(Uint8Array);
  expect(back.view).toBeInstanceOf(DataView);
  expect([...new Uint8Array(back.view.buffer)]).toEqual([2, 3]);
  expect(back.date.getTime()).toBe(date.getTime());
});

test("binary values are copies, so that a frame isn't kept alive by a part of it", () => {
  const codec = new Codec();
  const frame = codec.encode({ bytes: new Uint8Array([1, 2, 3]) });
  const back = codec.decode(frame) as { bytes: Uint8Array };
  expect(back.bytes.buffer).not.toBe(frame.buffer);
  expect(back.bytes.buffer.byteLength).toBe(3);
});

test("cycles and shared references are kept", () => {
  const shared = { n: 1 };
  const value: Record<string, unknown> = { left: shared, right: shared, list: [] };
  value["self"] = value;
  (value["list"] as unknown[]).push(value);
  const back = roundTrip(value) as typeof value;
  expect(back["self"]).toBe(back);
  expect(back["left"]).toBe(back["right"]);
  expect((back["list"] as unknown[])[0]).toBe(back);
});

test("many objects of many shapes in one message come back", () => {
  const rows = Array.from({ length: 2000 }, (_, n) => ({
    [`field${n % 300}`]: n,
    other: `row ${n}`,
    [`x${n % 7}`]: [n],
  }));
  expect(roundTrip(rows)).toEqual(rows);
});

test("any JSON value comes back", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      expect(roundTrip(plain)).toStrictEqual(plain);
    }),
    { numRuns: rounds(300) },
  );
});

test("errors of ours come back with class, code, hint, cause and stack", () => {
  const error = new SkeinError("NO_PLACE", "nowhere", { hint: "add a node", cause: new TypeError("inner") });
  const back = roundTrip(error) as SkeinError;
  expect(back).toBeInstanceOf(SkeinError);
  expect(back).toMatchObject({ code: "NO_PLACE", message: "nowhere", hint: "add a node", stack: error.stack });
  expect(back.cause).toBeInstanceOf(TypeError);
});

test("built-in errors keep their class, errors with a code keep it, unknown classes become RemoteError", () => {
  class ParseError extends Error {
    override readonly name = "ParseError";
    readonly line = 7;
  }
  expect(roundTrip(new RangeError("r"))).toBeInstanceOf(RangeError);
  expect(roundTrip(Object.assign(new Error("no file"), { code: "ENOENT", path: "/x" }))).toMatchObject({
    code: "ENOENT",
    path: "/x",
  });
  const parse = roundTrip(new ParseError("bad")) as RemoteError;
  expect(parse).toBeInstanceOf(RemoteError);
  expect(parse).toMatchObject({ name: "ParseError", message: "bad", line: 7, code: "REMOTE_ERROR" });
  expect(roundTrip(parse)).toMatchObject({ name: "ParseError", code: "REMOTE_ERROR", line: 7 });
  const coded = roundTrip(roundTrip(Object.assign(new ParseError("bad"), { code: "E_SYNTAX" })));
  expect(coded).toBeInstanceOf(RemoteError);
  expect(coded).toMatchObject({
    name: "ParseError",
    code: "E_SYNTAX",
    line: 7,
    hint: expect.stringContaining("class"),
  });
  const several = roundTrip(new AggregateError([new Error("a")], "both")) as AggregateError;
  expect(several.errors[0]).toMatchObject({ message: "a" });
});

test("what can't travel with an error is left out, the error arrives", () => {
  const error = new Error("outer", { cause: { callback: () => 1 } });
  expect(roundTrip(error)).toMatchObject({ message: "outer", cause: "[object Object]" });
  const endless = new Error("endless");
  endless.cause = endless;
  expect(roundTrip(endless)).toMatchObject({ message: "endless" });
});

test("functions, symbols, promises and weak collections are refused with the path to them", () => {
  const codec = new Codec();
  const refused = (value: unknown): string => {
    try {
      codec.check(value);
    } catch (error) {
      if (error instanceof SkeinError && error.code === "NOT_SERIALIZABLE") return error.message;
    }
    throw new Error("it was not refused");
  };
  expect(refused(() => 1)).toContain("the value itself");
  expect(refused({ a: [1, { "b c": () => 1 }] })).toContain('value.a[1]["b c"]');
  expect(refused([Symbol("s")])).toContain("value[0]");
  expect(refused(new Map([["k", Promise.resolve()]]))).toContain('value(key "k")');
  expect(refused({ weak: new WeakMap() })).toContain("value.weak");
  // Pages that aren't isolated from others have no such class.
  if (typeof SharedArrayBuffer !== "undefined") {
    expect(refused(new SharedArrayBuffer(8))).toContain("shared memory");
    expect(refused([new Uint8Array(new SharedArrayBuffer(8))])).toContain("value[0]");
  }
  const cyclic: Record<string, unknown> = { deep: { fn: () => 1 } };
  cyclic["self"] = cyclic;
  expect(refused(cyclic)).toContain("value.deep.fn");
});

test("values that are too deep are refused before they are sent; cycles are not depth", () => {
  const codec = new Codec();
  let deep: unknown = "end";
  for (let level = 0; level < 200; level += 1) deep = [deep];
  expect(() => codec.check(deep)).toThrowError(expect.objectContaining({ code: "MESSAGE_TOO_LARGE" }));
  const ring: { next?: unknown }[] = Array.from({ length: 50 }, () => ({}));
  for (const [index, node] of ring.entries()) node.next = ring[(index + 1) % ring.length];
  expect(codec.check(ring[0])).toBeGreaterThan(0);
});

test("registered classes come back as instances, also subclasses as their registered base", () => {
  class Point {
    x: number;
    y: number;
    constructor(x: number, y: number) {
      this.x = x;
      this.y = y;
    }
    get sum(): number {
      return this.x + this.y;
    }
  }
  class Special extends Point {}
  const codec = new Codec([
    {
      Class: Point,
      tag: "point",
      toWire: (value) => [(value as Point).x, (value as Point).y],
      fromWire: (wire) => new Point(...(wire as [number, number])),
    },
  ]);
  const [a, b] = roundTrip([new Point(1, 2), new Special(3, 4)], codec) as [Point, Point];
  expect(a).toBeInstanceOf(Point);
  expect(a.sum).toBe(3);
  expect(b.sum).toBe(7);
  expect(() => new Codec().decode(codec.encode(new Point(1, 2)))).toThrowError(
    expect.objectContaining({ code: "WIRE_INVALID" }),
  );
});

test("fields named like an object's own machinery are data like any others", () => {
  const value: unknown = JSON.parse(
    '{"constructor":1,"hasOwnProperty":2,"toString":3,"prototype":{"x":1},"__keys__":[4],"length":5,"__proto__":{"polluted":true}}',
  );
  for (const one of [value, [value, value, { __keys__: 1, length: 2, push: 3 }], new Map([["k", value]])]) {
    expect(roundTrip(one)).toStrictEqual(one);
  }
  const back = roundTrip(value) as object;
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  expect(Object.getOwnPropertyDescriptor(back, "__proto__")?.value).toEqual({ polluted: true });
  expect(Reflect.get({}, "polluted")).toBe(undefined);
  expect(Reflect.get(Array.prototype.push, "__keys__")).toBe(undefined);
});

test("messages of one batch share no objects where they arrive, parts of one message do", () => {
  const codec = new Codec();
  const shared = { n: 1 };
  const task = "t_01234567890123456789abcdef";
  const sent = [
    [0, task, [shared, [shared, shared]]],
    [3, 9, shared],
  ];
  const { entries } = codec.decodeEntries(codec.encodeEntries(sent, 102).subarray(102));
  expect(entries).toEqual(sent);
  const [[, , [first, second]], [, , third]] = entries as [
    [0, string, [object, [object, object]]],
    [3, number, object],
  ];
  expect(second[0]).toBe(second[1]);
  expect(second[0]).not.toBe(first);
  expect(third).not.toBe(first);
});

test("what never changes stands in a batch once, however many of its messages hold it", () => {
  class Mark {
    readonly name: string = "a name that takes some bytes";
  }
  const forms = {
    Class: Mark,
    tag: "mark",
    toWire: (value: object) => (value as Mark).name,
    fromWire: () => new Mark(),
  };
  const [plain, sharing] = [new Codec([forms]), new Codec([{ ...forms, shared: true }])];
  const mark = new Mark();
  const sent = [
    [0, "t_01234567890123456789abcdef", [{ mark }, [mark, {}]]],
    [3, 9, { mark }],
  ];
  const batch = sharing.encodeEntries(sent, 102);
  expect(batch.byteLength).toBeLessThan(plain.encodeEntries(sent, 102).byteLength - 2 * mark.name.length);
  const { entries } = plain.decodeEntries(batch.subarray(102));
  expect(entries).toEqual(sent);
  const [[, , [first, second]], [, , third]] = entries as [
    [0, string, [{ mark: Mark }, readonly [Mark, object]]],
    [3, number, { mark: Mark }],
  ];
  expect(first.mark).toBeInstanceOf(Mark);
  expect([second[0], third.mark].every((one) => one === first.mark)).toBe(true);
  expect(plain.decodeEntries(sharing.encodeEntries(sent)).entries).toEqual(sent);
});

test("a message that fails to be written leaves nothing behind, also when a getter sends another one", () => {
  const codec = new Codec();
  const bad = {
    get inner(): unknown {
      return codec.encode({ other: 1 }).byteLength;
    },
    get late(): unknown {
      throw new Error("no");
    },
  };
  expect(() => codec.encode([1, bad])).toThrowError(expect.objectContaining({ code: "NOT_SERIALIZABLE" }));
  expect(codec.decode(codec.encode({ fine: [true] }))).toEqual({ fine: [true] });
});

test("values that are too large together, or take more bytes than characters, are refused before they are queued", () => {
  const codec = new Codec();
  const mib = 1024 * 1024;
  const refused = expect.objectContaining({ code: "MESSAGE_TOO_LARGE" }) as Error;
  expect(() => codec.check({ exits: [new Uint8Array(9 * mib), new Uint8Array(9 * mib)] })).toThrowError(refused);
  expect(() => codec.check(["€".repeat(6 * mib)])).toThrowError(refused);
  // Numbers may take nine bytes and these take three: what counts is what leaves.
  expect(codec.check(Array.from({ length: 3 * mib }, () => 300))).toBeLessThan(10 * mib);
  // The largest value fits with what encloses it.
  const largest = new Uint8Array(16 * mib - 16);
  codec.check(largest);
  codec.encode([[6, "x".repeat(256), largest]]);
});
