/** Finds what can't cross the wire before it is sent, says where it is, and estimates how many bytes a value takes. */
import { MESSAGE_LIMIT_BYTES } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { DEPTH_LIMIT, STACK_LIMIT, VALUE_COUNT_LIMIT } from "./limits.ts";

/**
 * Whether instances of a class cross by a form of their own (references, registered classes); gives their estimate, or
 * {@link OWN_FIELDS} where their own fields are what crosses.
 */
export type KnownClass = (value: object) => number | undefined;

export const OWN_FIELDS = -1;

/** Containers checked without remembering them; larger and cyclic values take the careful path. */
const QUICK_CONTAINERS = 10_000;

/**
 * Estimates the encoded size of `value` in bytes (text at one byte a character; the encoder's own check is exact).
 *
 * @throws {SkeinError} `NOT_SERIALIZABLE` with the path to a function, symbol, promise or weak collection;
 *   `MESSAGE_TOO_LARGE` above the limits of size, depth or count
 */
export function checkValue(value: unknown, known: KnownClass): number {
  if (typeof value === "number") return 9;
  const walk = new Walk(known);
  try {
    return walk.visit(value, 0);
  } catch (error) {
    if (error !== careful) throw error;
  }
  return new Walk(known, new Set()).visit(value, 0);
}

/** Thrown by the quick walk when a value may be cyclic, is large or is to be refused with its path. */
const careful: Error = new Error("take the careful path");

class Walk {
  readonly #known: KnownClass;
  readonly #seen: Set<object> | undefined;
  #containers = 0;
  #values = 0;
  /** Only the careful walk keeps the way here. */
  readonly #path: (string | number)[] = [];

  constructor(known: KnownClass, seen?: Set<object>) {
    this.#known = known;
    this.#seen = seen;
  }

  visit(value: unknown, depth: number): number {
    switch (typeof value) {
      case "string":
        if (value.length > MESSAGE_LIMIT_BYTES) throw this.#tooLarge("a string is longer than a message may be");
        return value.length + 3;
      case "number":
        return 9;
      case "boolean":
      case "undefined":
        return 3;
      case "bigint":
        return 12;
      case "object":
        return value === null ? 1 : this.#object(value, depth);
      default:
        // Functions and symbols.
        if (this.#seen === undefined) throw careful;
        throw this.#refused(`a ${typeof value}`);
    }
  }

  #object(value: object, depth: number): number {
    if (this.#seen === undefined) {
      this.#containers += 1;
      if (depth > DEPTH_LIMIT || this.#containers > QUICK_CONTAINERS) throw careful;
    } else {
      if (this.#seen.has(value)) return 6;
      this.#seen.add(value);
      if (depth > DEPTH_LIMIT) throw this.#tooLarge(`values are nested deeper than ${DEPTH_LIMIT} levels`);
    }
    // The prototype's own word, not `value.constructor`: a field of that name must not mislead us.
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#fields(value, depth);
    if (Array.isArray(value)) return this.#items(value, depth);
    return this.#instance(value, depth);
  }

  #items(items: readonly unknown[], depth: number): number {
    let size = 5;
    this.#count(items.length);
    for (let index = 0; index < items.length; index += 1) {
      const item = items[index];
      if (typeof item === "number") {
        size += 9;
        continue;
      }
      if (this.#seen !== undefined) this.#path.push(index);
      size += this.visit(item, depth + 1);
      if (this.#seen !== undefined) this.#path.pop();
    }
    return size;
  }

  #fields(value: object, depth: number): number {
    let size = 3;
    // The encoder reads `constructor` and `hasOwnProperty`; own fields of these names would mislead it.
    for (const key in value) {
      if (!Object.hasOwn(value, key)) continue;
      this.#count(1);
      // In a structured clone a field of this name stays a field; a decoder must never meet it.
      if (key === "__proto__") throw this.#fieldRefused(key);
      const field = (value as Readonly<Record<string, unknown>>)[key];
      if (this.#seen !== undefined) this.#path.push(key);
      size += key.length + 1 + this.visit(field, depth + 1);
      if (this.#seen !== undefined) this.#path.pop();
    }
    return size;
  }

  #instance(value: object, depth: number): number {
    const known = this.#known(value);
    if (known === OWN_FIELDS) {
      return 40 + this.#fields(value, depth) + (value instanceof Error ? errorBytes(value) : 0);
    }
    if (known !== undefined) return known;
    if (value instanceof Map) {
      let size = 5;
      this.#count(value.size * 2);
      for (const [key, entry] of value) {
        if (this.#seen !== undefined) this.#path.push(`(key ${show(key)})`);
        size += this.visit(key, depth + 1) + this.visit(entry, depth + 1);
        if (this.#seen !== undefined) this.#path.pop();
      }
      return size;
    }
    if (value instanceof Set) {
      let size = 8;
      this.#count(value.size);
      for (const entry of value) {
        if (this.#seen !== undefined) this.#path.push(`(entry ${show(entry)})`);
        size += this.visit(entry, depth + 1);
        if (this.#seen !== undefined) this.#path.pop();
      }
      return size;
    }
    if (value instanceof RegExp || tagOf(value) === "[object Date]") return 40;
    // An error's cause is checked where it is encoded: what can't travel is left out rather than hiding the error.
    if (value instanceof Error) return errorBytes(value);
    if (value instanceof ArrayBuffer) return this.#bytes(value.byteLength, value);
    const view = ArrayBuffer.isView(value);
    if (view && VIEWS.has(value.constructor.name)) return this.#bytes(value.byteLength, value.buffer);
    const reason = view ? `a ${value.constructor.name}` : foreign(value);
    if (reason !== undefined) {
      if (this.#seen === undefined) throw careful;
      throw this.#refused(reason);
    }
    return this.#fields(value, depth);
  }

  #bytes(size: number, buffer: ArrayBufferLike): number {
    if (!(buffer instanceof ArrayBuffer)) {
      if (this.#seen === undefined) throw careful;
      throw this.#refused("shared memory");
    }
    if (size > MESSAGE_LIMIT_BYTES) throw this.#tooLarge(`${size} bytes of binary data`);
    return size + 8;
  }

  #count(more: number): void {
    this.#values += more;
    if (this.#values > VALUE_COUNT_LIMIT) throw this.#tooLarge(`more than ${VALUE_COUNT_LIMIT} values in one message`);
  }

  #fieldRefused(key: string): Error {
    return this.#seen === undefined ? careful : this.#refused(`a field named ${key}`);
  }

  #refused(what: string): SkeinError {
    const path = this.#path.length === 0 ? "the value itself" : formatPath(this.#path);
    return new SkeinError("NOT_SERIALIZABLE", `${what} can't be sent to another process: ${path}`, {
      hint: "send data only; put a TaskRef, a channel or a registered class where behaviour is needed",
    });
  }

  #tooLarge(what: string): SkeinError {
    return new SkeinError("MESSAGE_TOO_LARGE", what, { hint: "send it in parts, or as a file" });
  }
}

/** Views of binary data that the encoder knows; newer ones (Float16Array) it would garble. */
const VIEWS: ReadonlySet<string> = new Set([
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
  "Buffer",
]);

/** Its text may be anything in a program: only what is text counts. */
function errorBytes(error: Error): number {
  const { message, stack }: { readonly message: unknown; readonly stack?: unknown } = error;
  const text = typeof message === "string" ? message.length : 0;
  return 100 + text + (typeof stack === "string" ? Math.min(stack.length, STACK_LIMIT) : 0);
}

const tagOf = (value: object): string => Object.prototype.toString.call(value);

/** Why an instance of a built-in class can't be copied; `undefined` for what has only fields. */
function foreign(value: object): string | undefined {
  if (tagOf(value) === "[object SharedArrayBuffer]") return "shared memory";
  if (value instanceof Promise) return "a promise (wait for it first)";
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) return "a weak collection";
  if ("then" in value && typeof value.then === "function") return "something to wait for (wait for it first)";
  if (Symbol.iterator in value && typeof (value as { next?: unknown }).next === "function") return "an iterator";
  return undefined;
}

const show = (key: unknown): string =>
  typeof key === "string" ? JSON.stringify(key.slice(0, 40)) : typeof key === "number" ? String(key) : typeof key;

function formatPath(path: readonly (string | number)[]): string {
  let text = "value";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (part.startsWith("(")) text += part;
    else text += /^[A-Za-z_$][\w$]*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`;
  }
  return text;
}
