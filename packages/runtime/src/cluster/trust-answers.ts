/** Whether two answers to one task are the same. Pure. */
import { isDate, msOfDate } from "../wire/engine-values.ts";
import { type Answer } from "./trust.ts";

/** The same value, or an error of the same name and text (of an engine's own errors the name); `equal` compares values where the job gives it. */
export function sameAnswer(a: Answer, b: Answer, equal: (a: unknown, b: unknown) => boolean = sameValue): boolean {
  if (a.type === "returned") return b.type === "returned" && equal(a.value, b.value);
  if (b.type !== "failed" || engineName(a.error) !== engineName(b.error)) return false;
  return ENGINES_OWN.has(a.error.name) || a.error.message === b.error.message;
}

/** What an engine throws by itself has a text of each engine's own. */
const ENGINES_OWN: ReadonlySet<string> = new Set([
  "TypeError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "URIError",
  "InternalError",
]);
/** Too deep a recursion is an `InternalError` in Firefox. */
const engineName = ({ name }: Error): string => (name === "InternalError" ? "RangeError" : name);

/**
 * Whether two values that came over the wire are the same all the way down: numbers by `Object.is` (0 and −0 are one),
 * objects by their class's fields, maps and sets in any order of their keys.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  return sameParts(a, b, new Map());
}

/** Pairs that are being compared: in a cycle they are the same if the rest is. */
type Pairs = Map<object, Set<object>>;

function sameParts(a: unknown, b: unknown, pairs: Pairs): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const known = pairs.get(a) ?? new Set<object>();
  if (known.has(b)) return true;
  pairs.set(a, known.add(b));
  const same = sameObjects(a, b, pairs);
  known.delete(b);
  return same;
}

function sameObjects(a: object, b: object, pairs: Pairs): boolean {
  if (isDate(a) && isDate(b)) return Object.is(msOfDate(a), msOfDate(b));
  if (a instanceof RegExp && b instanceof RegExp) return String(a) === String(b);
  if (a instanceof Error && b instanceof Error) {
    return a.name === b.name && a.message === b.message && sameParts(a.cause, b.cause, pairs);
  }
  if (isBytes(a) && isBytes(b)) return sameBytes(bytesOf(a), bytesOf(b));
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && sameMembers([...a], [...b], pairs);
  }
  if (a instanceof Set && b instanceof Set) return a.size === b.size && sameMembers([...a], [...b], pairs);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameParts(Reflect.get(a, key), Reflect.get(b, key), pairs));
}

/** Whether each of `a` has one of its own in `b`; mostly they come in the same order. */
function sameMembers(a: readonly unknown[], b: readonly unknown[], pairs: Pairs): boolean {
  const left = [...b];
  return a.every((member, at) => {
    const there =
      at < left.length && sameParts(member, left[at], pairs)
        ? at
        : left.findIndex((one) => one !== TAKEN && sameParts(member, one, pairs));
    if (there < 0) return false;
    left[there] = TAKEN;
    return true;
  });
}

const TAKEN = Symbol("taken");

type Bytes = ArrayBuffer | ArrayBufferView;

const isBytes = (value: object): value is Bytes => value instanceof ArrayBuffer || ArrayBuffer.isView(value);

const bytesOf = (value: Bytes): Uint8Array =>
  value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);
