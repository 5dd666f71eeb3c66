import fc from "fast-check";
import { expect, test } from "vitest";
import { SkeinError } from "../errors.ts";
import { Codec } from "./codec.ts";
import { scanPayload } from "./payload-scan.ts";

const samples: readonly unknown[] = [
  { a: 1, b: [new Date(), /x/g, new Map([[1, new Set([2])]])], c: new Float64Array([1, 2]) },
  Array.from({ length: 100 }, (_, n) => ({ kind: "row", n, label: `label ${n}` })),
  [new Error("e", { cause: new TypeError("t") }), 12345678901234567890n, undefined, null, -5, 300, 70_000, 2 ** 40],
  (() => {
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = [cyclic, cyclic];
    return cyclic;
  })(),
];

test("everything the encoder writes passes", () => {
  const codec = new Codec();
  for (const sample of samples) scanPayload(codec.encode(sample));
});

test("a small header that claims a huge array, map or text is refused before anything is allocated", () => {
  for (const bytes of [
    [0xdd, 0xff, 0xff, 0xff, 0xff],
    [0xdf, 0x7f, 0xff, 0xff, 0xff],
    [0xdb, 0xff, 0xff, 0xff, 0xff, 0x41],
    [0xc6, 0xff, 0xff, 0xff, 0xff],
    [0xdd, 0x01, 0xc9, 0xc3, 0x80, 0xdd, 0x01, 0xc9, 0xc3, 0x80],
  ]) {
    expect(() => scanPayload(new Uint8Array(bytes))).toThrowError(expect.objectContaining({ code: "WIRE_INVALID" }));
  }
});

test("endless nesting is refused, not followed", () => {
  const bytes = new Uint8Array(1_000_000).fill(0x91);
  expect(() => new Codec().decode(bytes)).toThrowError(expect.objectContaining({ code: "WIRE_INVALID" }));
});

test("mutated payloads decode or are refused with WIRE_INVALID, and nothing else happens", () => {
  const codec = new Codec();
  const encoded = samples.map((sample) => codec.encode(sample).slice());
  fc.assert(
    fc.property(
      fc.constantFrom(...encoded),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 }),
      fc.nat(),
      (original, changes, cut) => {
        const bytes = original.slice(0, cut % 4 === 0 ? cut % (original.length + 1) : original.length);
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        try {
          codec.decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SkeinError);
          expect(error).toMatchObject({ code: "WIRE_INVALID" });
        }
        expect(Reflect.get({}, "polluted")).toBe(undefined);
      },
    ),
    { numRuns: 3000 },
  );
});
