import fc from "fast-check";
import { expect, test } from "vitest";
import { Codec } from "./codec.ts";
import { rounds } from "../../test/rounds.ts";

const codec = new Codec();
const roundTrip = (value: unknown): unknown => {
  codec.check(value);
  return codec.decode(codec.encode(value));
};

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom("__proto__", "constructor", "toString", "", "then", "__keys__"),
);
const plain = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 300 }),
  fc.float64Array(),
  fc.int16Array(),
  fc.bigUint64Array().map((array) => array.subarray(1)),
);

/** Values whose parts may be the same, or the whole: `at` chooses among what was made before. */
const values = fc
  .array(
    fc.tuple(fc.constantFrom("object", "array", "map", "set", "plain"), fc.array(fc.tuple(text, plain, fc.nat()))),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((parts) => {
    const made: unknown[] = parts.map(([kind, [first]]) =>
      kind === "object"
        ? {}
        : kind === "array"
          ? []
          : kind === "map"
            ? new Map()
            : kind === "set"
              ? new Set()
              : first?.[1],
    );
    for (const [index, [, fields]] of parts.entries()) {
      const to = made[index];
      for (const [name, value, choice] of fields) {
        const part = choice % 2 === 0 ? value : made[choice % made.length];
        if (Array.isArray(to)) to.push(part);
        else if (to instanceof Map) to.set(choice % 3 === 0 ? made[choice % made.length] : name, part);
        else if (to instanceof Set) to.add(part);
        else if (to?.constructor === Object) {
          Object.defineProperty(to, name, { value: part, enumerable: true, writable: true, configurable: true });
        }
      }
    }
    return made;
  });

test("what comes back is what structured clone makes of it, cycles and shared parts included", () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(shapeOf(roundTrip(value))).toEqual(shapeOf(structuredClone(value)));
    }),
    { numRuns: rounds(400) },
  );
});

/** A value as a flat list in which each object has a number: cycles and sharing can be compared. */
function shapeOf(value: unknown): unknown[] {
  const numbers = new Map<object, number>();
  const list: unknown[] = [];
  const visit = (one: unknown): unknown => {
    if (typeof one !== "object" || one === null) return Object.is(one, -0) ? "−0" : one;
    // WebKit's structured clone makes two of one date: such leaves are compared by what they hold.
    if (one instanceof Date) return ["Date", one.getTime()];
    if (ArrayBuffer.isView(one)) {
      const bytes = new Uint8Array(one.buffer, one.byteOffset, one.byteLength);
      return [Object.prototype.toString.call(one), ...bytes];
    }
    const known = numbers.get(one);
    if (known !== undefined) return `#${known}`;
    const number = numbers.size;
    numbers.set(one, number);
    const name = Object.prototype.toString.call(one);
    if (one instanceof Map) list.push([number, name, [...one].map(([key, part]) => [visit(key), visit(part)])]);
    else if (one instanceof Set || Array.isArray(one)) list.push([number, name, [...one].map(visit)]);
    else list.push([number, name, Object.keys(one).map((key) => [key, visit(Reflect.get(one, key))])]);
    return `#${number}`;
  };
  return [visit(value), ...list];
}
