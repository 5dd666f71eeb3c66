import { expect, test } from "vitest";
import { SkeinError } from "../errors.ts";
import { registeredClass } from "../peer/value-classes.ts";
import { Codec } from "./codec.ts";
import { dateOfMs } from "./engine-values.ts";

class Node {
  readonly name: string;
  next: Node | undefined;
  owner: unknown;
  constructor(name: string) {
    this.name = name;
  }
}
class Leaf extends Node {}
class Failure extends Error {
  override readonly name = "Failure";
  readonly where: Node;
  constructor(where: Node) {
    super("it broke");
    this.where = where;
  }
}

const codec = new Codec([registeredClass("Node", Node), registeredClass("Failure", Failure)]);
const roundTrip = <T>(value: T): T => {
  codec.check(value);
  return codec.decode(codec.encode(value)) as T;
};

const buffer = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]).buffer;

/** Everything that comes back as it was sent, in every engine: its name, and what makes it. */
const SAME: readonly (readonly [name: string, value: () => unknown])[] = [
  ["undefined and null", () => [undefined, null, { a: undefined }]],
  [
    "numbers",
    () => [0, -0, 1, 63, 64, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -1, -256, -257],
  ],
  ["more numbers", () => [-(2 ** 31), -(2 ** 31) - 1, 0.1, 5e-324, 1.7e308, Number.NaN, Infinity, -Infinity]],
  [
    "BigInts",
    () => [
      0n,
      1n,
      -1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      2n ** 63n,
      2n ** 64n,
      -(2n ** 64n),
      2n ** 2000n,
      -(2n ** 2001n) - 1n,
    ],
  ],
  ["the largest BigInt", () => 2n ** (2n ** 20n - 1n) - 1n],
  [
    "text",
    () => ["", "a", "ü", "🙂", "\0", "\uFEFFmark", "x".repeat(31), "x".repeat(32), "ä".repeat(40), "€".repeat(300)],
  ],
  ["long text", () => ["x".repeat(100_000), "grüße ".repeat(9000), "🙂".repeat(9000)]],
  ["halves of a pair", () => ["\uD83D", "\uDE42", "a\uDE42\uD83Db", "x".repeat(100) + "\uD800", { "\uD800": 1 }]],
  ["dates", () => [0, 1, -1, 8.64e15, -8.64e15, 1.5e12 + 0.5, Number.NaN].map((ms) => new Date(ms))],
  ["regular expressions", () => [/a/, /a\/b(?<name>c)/dgimsuy, /\p{L}/v, new RegExp(""), /\n/]],
  [
    "Maps and Sets",
    () => [
      new Map<unknown, unknown>([
        [Number.NaN, 1],
        [{}, new Set([[]])],
        ["a", new Map()],
      ]),
      new Set([undefined, null]),
    ],
  ],
  [
    "binary data of each kind",
    () => [
      new Int8Array(buffer),
      new Uint8Array(buffer),
      new Uint8ClampedArray(buffer),
      new Int16Array(buffer),
      new Uint16Array(buffer),
      new Int32Array(buffer),
      new Uint32Array(buffer),
      new Float32Array(buffer),
      new Float64Array(buffer),
      new BigInt64Array(buffer),
      new BigUint64Array(buffer),
      new DataView(buffer),
      buffer,
      new Uint8Array(0),
      new ArrayBuffer(0),
      new Float64Array(0),
    ],
  ],
  [
    "parts of binary data",
    () => [new Uint8Array(buffer, 3, 5), new Float32Array(buffer, 4, 2), new DataView(buffer, 5, 3)],
  ],
  [
    "fields named like machinery",
    () =>
      JSON.parse(
        '[{"__proto__":{"a":1}},{"constructor":2,"prototype":{},"toString":3,"valueOf":4,"then":5}]',
      ) as unknown,
  ],
  ["objects of many fields", () => Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`field ${n}`, n]))],
  [
    "more shapes than a message may have",
    () => Array.from({ length: 5000 }, (_, n) => ({ [`k${n}`]: n, x: { y: n } })),
  ],
  ["numbers as names of fields", () => ({ 3: "c", 1: "a", x: 0, "-1": 1, "01": 2 })],
  [
    "long arrays",
    () => [
      Array.from({ length: 15 }, () => 0),
      Array.from({ length: 16 }, () => 0),
      Array.from({ length: 70_000 }, (_, n) => n),
    ],
  ],
];

test.each(SAME)("%s come back as they were sent", (_name, make) => {
  const value = make();
  const back = roundTrip(value);
  expect(back).toStrictEqual(value);
  expect(back).toStrictEqual(structuredClone(value));
});

test("half-precision numbers come back where the engine has them", () => {
  const Half: unknown = Reflect.get(globalThis, "Float16Array");
  if (typeof Half !== "function")
    return expect(() => codec.decode(new Uint8Array([0xe8, 13, 2, 0, 60]))).toThrowError("Float16Array");
  const value: unknown = Reflect.construct(Half, [[1, 0.5, -2]]);
  expect(roundTrip(value)).toStrictEqual(value);
});

test("what has no form of its own comes back as its data", () => {
  class Plain {
    readonly a = 1;
    readonly #secret = 2;
    get b(): number {
      return this.#secret;
    }
  }
  class Names extends Map<string, number> {}
  const bare: unknown = Object.assign(Object.create(null) as object, { a: 1 });
  expect(roundTrip<unknown>([new Plain(), bare, new Names([["a", 1]])])).toStrictEqual([
    { a: 1 },
    { a: 1 },
    new Map([["a", 1]]),
  ]);
  const holes: unknown[] = [1];
  holes[2] = 3;
  expect(roundTrip(holes)).toStrictEqual([1, undefined, 3]);
  expect(roundTrip({ [Symbol("s")]: 1, a: 2 })).toStrictEqual({ a: 2 });
});

test("a view brings its own bytes only, and views of one buffer part", () => {
  const [one, other] = roundTrip([new Uint8Array(buffer, 2, 2), new Uint8Array(buffer, 4, 2)]);
  expect(one?.buffer.byteLength).toBe(2);
  expect(one?.buffer).not.toBe(other?.buffer);
});

test("instances of registered classes may lead back to themselves, also through others", () => {
  const [a, b] = [new Node("a"), new Leaf("b")];
  [a.next, b.next, a.owner, b.owner] = [b, a, [a, new Map([[b, a]])], new Set([a])];
  const back = roundTrip({ a, b, again: a });
  expect(back.a).toBeInstanceOf(Node);
  expect(back.a).toBe(back.again);
  expect(back.a.next).toBe(back.b);
  expect(back.b.next).toBe(back.a);
  expect(back.b).not.toBeInstanceOf(Leaf);
  expect((back.a.owner as unknown[])[0]).toBe(back.a);
  expect((back.a.owner as [Node, Map<Node, Node>])[1].get(back.b)).toBe(back.a);
  expect(back.b.owner).toEqual(new Set([back.a]));
});

test("errors come back with cause, fields and what they lead back to", () => {
  const cause = new TypeError("why", { cause: { code: 7, list: [1n] } });
  const error = Object.assign(new RangeError("far", { cause }), {
    code: "E_FAR",
    at: new Date(5),
    data: { deep: [cause] },
    skip: () => 1,
  });
  const back = roundTrip(error);
  expect(back).toBeInstanceOf(RangeError);
  expect(back).toMatchObject({ message: "far", code: "E_FAR", at: new Date(5), stack: error.stack });
  expect(back.cause).toBeInstanceOf(TypeError);
  expect(back.cause).toMatchObject({ message: "why", cause: { code: 7, list: [1n] } });
  expect(back.data.deep[0]).toBe(back.cause);
  expect("skip" in back).toBe(false);
  expect(Object.keys(back)).toEqual(["code", "at", "data"]);

  const round: Error & { self?: unknown } = new Error("round");
  round.self = { list: [round] };
  round.cause = round;
  const same = roundTrip(round);
  expect(same.cause).toBe(same);
  expect(same.self).toEqual({ list: [same] });

  const many = new AggregateError([new SyntaxError("a"), "b", round], "many", { cause });
  const all = roundTrip(many);
  expect(all).toBeInstanceOf(AggregateError);
  expect(all.errors[0]).toBeInstanceOf(SyntaxError);
  expect(all.errors.slice(1)).toMatchObject(["b", { message: "round" }]);
  expect(all.cause).toMatchObject({ message: "why" });

  const ours = Object.assign(new SkeinError("NO_PLACE", "none", { hint: "add", cause }), { tried: [1, 2] });
  expect(roundTrip(ours)).toMatchObject({ code: "NO_PLACE", hint: "add", tried: [1, 2], cause: { message: "why" } });
});

test("a registered error may hold what leads back to it", () => {
  const node = new Node("n");
  const failure = new Failure(node);
  node.owner = failure;
  const back = roundTrip(failure);
  expect(back).toBeInstanceOf(Failure);
  expect(back.where).toBeInstanceOf(Node);
  expect(back.where.owner).toBe(back);
  expect(back.stack).toBe(failure.stack);
});

/** What is refused, where it stands, and with which words. */
const REFUSED: readonly (readonly [what: string, value: () => unknown, message: string])[] = [
  ["a function", () => ({ a: [() => 1] }), "value.a[0]"],
  ["a symbol", () => [[Symbol("s")]], "value[0][0]"],
  ["a promise", () => ({ p: Promise.resolve() }), "value.p"],
  ["a WeakMap", () => ({ w: new WeakMap() }), "value.w"],
  ["a WeakRef", () => [new WeakRef({})], "value[0]"],
  ["a generator", () => [(function* () {})()], "value[0]"],
  [
    "a getter that throws",
    () => ({
      a: {
        get b(): unknown {
          throw new Error("no");
        },
      },
    }),
    "value.a.b",
  ],
  [
    "a proxy that throws",
    () => ({
      a: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
    }),
    "value.a",
  ],
  [
    "a revoked proxy",
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return [proxy];
    },
    "value[0]",
  ],
  ["a proxy of a Map", () => [new Proxy(new Map(), {})], "value[0]"],
  ["a URL", () => ({ at: new URL("http://x/") }), "value.at"],
  ["an AbortSignal", () => [new AbortController().signal], "value[0]"],
  ["a boxed number", () => [Object(5)], "value[0]"],
  ["a function within a registered class", () => [Object.assign(new Node("n"), { owner: () => 1 })], "value[0].owner"],
  ["a function within a Map's key", () => new Map([[{ f: () => 1 }, 1]]), "value(key object).f"],
  ["a function within a Set", () => new Set([[() => 1]]), "value(entry object)[0]"],
];

test.each(REFUSED)("%s is refused, with the path to it", (_what, make, path) => {
  expect(() => codec.check(make())).toThrowError(
    expect.objectContaining({ code: "NOT_SERIALIZABLE", message: expect.stringContaining(path) as unknown }),
  );
});

test("a BigInt larger than every engine knows is refused where an engine knows it", () => {
  let large: bigint;
  try {
    large = 2n ** (2n ** 20n + 1000n);
  } catch {
    // Firefox and WebKit know none.
    return;
  }
  expect(() => codec.check(large)).toThrowError(expect.objectContaining({ code: "MESSAGE_TOO_LARGE" }));
});

test("dates, patterns and binary data that were the same are the same", () => {
  const parts = [dateOfMs(5), /a/, new Uint8Array(3), new ArrayBuffer(2), new DataView(buffer)];
  const [ones, others] = roundTrip([parts, [...parts]]);
  for (const [index, one] of (ones ?? []).entries()) expect(one).toBe(others?.[index]);
});

test("what is too large is refused before it is written, with the limit and the size", () => {
  const refused = expect.objectContaining({ code: "MESSAGE_TOO_LARGE" }) as Error;
  expect(() => codec.check(new RegExp("a".repeat(40_000)))).toThrowError(refused);
  const sparse: unknown[] = [];
  sparse.length = 2 ** 32 - 1;
  expect(() => codec.check(sparse)).toThrowError(refused);
  expect(() => codec.check(Array.from({ length: 1_000_000 }, () => new Map()))).toThrowError(refused);
  expect(() => codec.check([new Uint8Array(17 * 1024 * 1024)])).toThrowError(/\d+ bytes/);
});
