/** Whether two answers to one task are the same. Pure. */
import { SAME_STEPS_LIMIT } from "../defaults.ts";
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
 * objects by their class's fields, maps and sets in any order of their keys. After {@link SAME_STEPS_LIMIT} parts, which
 * only large sets of objects in another order need, they count as different.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  return new Comparison().same(a, b);
}

/** Shared parts are compared once, and in a cycle two are the same if the rest is. */
class Comparison {
  /** Pairs that are the same, as far as was seen, each with those that were found after it at its end. */
  readonly #pairs = new Map<object, Set<object>>();
  readonly #found: (readonly [a: object, b: object])[] = [];
  #steps = 0;

  same(a: unknown, b: unknown): boolean {
    if (Object.is(a, b) || a === b) return true;
    if (!isObject(a) || !isObject(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    this.#steps += 1;
    if (this.#steps > SAME_STEPS_LIMIT) return false;
    let known = this.#pairs.get(a);
    if (known?.has(b) === true) return true;
    if (known === undefined) this.#pairs.set(a, (known = new Set()));
    known.add(b);
    const before = this.#found.push([a, b]) - 1;
    const same = this.#sameObjects(a, b);
    // What was found on the way rested on this pair.
    if (!same) for (const [one, other] of this.#found.splice(before)) this.#pairs.get(one)?.delete(other);
    return same;
  }

  #sameObjects(a: object, b: object): boolean {
    if (isDate(a) && isDate(b)) return Object.is(msOfDate(a), msOfDate(b));
    if (a instanceof RegExp && b instanceof RegExp) return String(a) === String(b);
    if (a instanceof Error && b instanceof Error) {
      return a.name === b.name && a.message === b.message && this.same(a.cause, b.cause);
    }
    if (isBytes(a) && isBytes(b)) return sameBytes(bytesOf(a), bytesOf(b));
    if (a instanceof Map && b instanceof Map) {
      if (a.size !== b.size) return false;
      for (const [key, value] of a) if (!isObject(key) && !(b.has(key) && this.same(value, b.get(key)))) return false;
      const keyed = (map: Map<unknown, unknown>): unknown[] => [...map].filter(([key]) => isObject(key));
      return this.#sameMembers(keyed(a), keyed(b));
    }
    if (a instanceof Set && b instanceof Set) {
      if (a.size !== b.size) return false;
      for (const member of a) if (!isObject(member) && !b.has(member)) return false;
      return this.#sameMembers([...a].filter(isObject), [...b].filter(isObject));
    }
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every((key) => Object.hasOwn(b, key) && this.same(Reflect.get(a, key), Reflect.get(b, key)));
  }

  /** Whether each of `a` has one of its own in `b`; mostly they come in the same order. */
  #sameMembers(a: readonly unknown[], b: readonly unknown[]): boolean {
    if (a.length !== b.length) return false;
    const left = [...b];
    return a.every((member, at) => {
      const there = this.same(member, left[at]) ? at : left.findIndex((one) => one !== TAKEN && this.same(member, one));
      if (there < 0) return false;
      left[there] = TAKEN;
      return true;
    });
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const TAKEN = Symbol("taken");

type Bytes = ArrayBuffer | ArrayBufferView;

const isBytes = (value: object): value is Bytes => value instanceof ArrayBuffer || ArrayBuffer.isView(value);

const bytesOf = (value: Bytes): Uint8Array =>
  value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);
