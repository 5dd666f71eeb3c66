/** Finds what can't cross the wire before it is sent, says where it is, and estimates how many bytes a value takes. */
import { MESSAGE_LIMIT_BYTES } from "../defaults.ts";
import { SkeinError, isSkeinError } from "../errors.ts";
import { errorParts } from "./error-codec.ts";
import { isDate, msOfDate } from "./engine-values.ts";
import { binaryKind } from "./forms.ts";
import {
  BIGINT_LIMIT_BYTES,
  CONTAINER_VALUE_COUNT,
  DEPTH_LIMIT,
  HEAVY_VALUE_COUNT,
  REGEXP_LIMIT,
  STACK_LIMIT,
  VALUE_COUNT_LIMIT,
} from "./limits.ts";

/**
 * Whether instances of a class cross by a form of their own (references, registered classes); gives their estimate, or
 * {@link OWN_FIELDS} where their own fields are what crosses.
 */
export type KnownClass = (value: object) => number | undefined;

export const OWN_FIELDS = -1;

/** Containers checked without remembering them; larger and cyclic values take the careful path. */
const QUICK_CONTAINERS = 10_000;

/** Whether causes and fields of errors are looked into: they are sent if they can be. */
export interface CheckOptions {
  readonly errorsWhole: boolean;
  /** Characters that stacks are cut and filled to; absent: they are cut only. */
  readonly stackLength?: number | undefined;
}

/**
 * Estimates the encoded size of `value` in bytes (text at one byte a character; the encoder's own check is exact).
 *
 * @throws {SkeinError} `NOT_SERIALIZABLE` with the path to a function, symbol, promise, weak collection, object of the
 *   host or a getter that throws; `MESSAGE_TOO_LARGE` above the limits of size, depth or count
 */
export function checkValue(value: unknown, known: KnownClass, options: CheckOptions = { errorsWhole: true }): number {
  if (typeof value === "number") return 9;
  try {
    return new Walk(known, options).visit(value, 0);
  } catch {
    // Thrown by a getter, or to get here: the careful walk tells where it is.
  }
  const walk = new Walk(known, options, new Set());
  try {
    return walk.visit(value, 0);
  } catch (error) {
    throw isSkeinError(error) ? error : walk.refused("what throws when it is read", error);
  }
}

/** Thrown by the quick walk when a value may be cyclic, is large or is to be refused with its path. */
const careful: Error = new Error("take the careful path");

class Walk {
  readonly #known: KnownClass;
  readonly #seen: Set<object> | undefined;
  readonly #options: CheckOptions;
  #containers = 0;
  #values = 0;
  /** Only the careful walk keeps the way here. */
  readonly #path: (string | number)[] = [];

  constructor(known: KnownClass, options: CheckOptions, seen?: Set<object>) {
    this.#known = known;
    this.#options = options;
    this.#seen = seen;
  }

  visit(value: unknown, depth: number): number {
    switch (typeof value) {
      case "string":
        if (value.length > MESSAGE_LIMIT_BYTES)
          throw this.#tooLarge(
            `a string of ${value.length} characters is more than a message may have (${MESSAGE_LIMIT_BYTES} bytes)`,
          );
        return value.length + 3;
      case "number":
        return 9;
      case "boolean":
      case "undefined":
        return 3;
      case "bigint":
        return this.#bigint(value);
      case "object":
        return value === null ? 1 : this.#object(value, depth);
      default:
        // Functions and symbols.
        if (this.#seen === undefined) throw careful;
        throw this.refused(`a ${typeof value}`);
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
    this.#count(CONTAINER_VALUE_COUNT);
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
    for (const key in value) {
      if (!Object.hasOwn(value, key)) continue;
      this.#count(1);
      if (this.#seen !== undefined) this.#path.push(key);
      const field = (value as Readonly<Record<string, unknown>>)[key];
      size += key.length + 1 + this.visit(field, depth + 1);
      if (this.#seen !== undefined) this.#path.pop();
    }
    return size;
  }

  #instance(value: object, depth: number): number {
    this.#count(HEAVY_VALUE_COUNT);
    const known = this.#known(value);
    if (known === OWN_FIELDS) {
      return 40 + this.#fields(value, depth) + (value instanceof Error ? this.#error(value, depth) : 0);
    }
    if (known !== undefined) return known;
    if (value instanceof Map) return this.#map(value, depth);
    if (value instanceof Set) return this.#set(value, depth);
    if (value instanceof RegExp) return this.#regexp(value);
    if (isDate(value)) return Number.isNaN(msOfDate(value)) ? 9 : 10;
    if (value instanceof Error) return this.#error(value, depth);
    if (value instanceof ArrayBuffer) return this.#bytes(value.byteLength, value);
    if (ArrayBuffer.isView(value) && binaryKind(value) !== undefined) {
      return this.#bytes(value.byteLength, value.buffer);
    }
    const reason = foreign(value);
    if (reason === undefined) return this.#fields(value, depth);
    if (this.#seen === undefined) throw careful;
    throw this.refused(reason);
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): number {
    let size = 5;
    this.#count(map.size * 2);
    for (const [key, entry] of map) {
      if (this.#seen !== undefined) this.#path.push(`(key ${show(key)})`);
      size += this.visit(key, depth + 1) + this.visit(entry, depth + 1);
      if (this.#seen !== undefined) this.#path.pop();
    }
    return size;
  }

  #set(set: ReadonlySet<unknown>, depth: number): number {
    let size = 5;
    this.#count(set.size);
    for (const entry of set) {
      if (this.#seen !== undefined) this.#path.push(`(entry ${show(entry)})`);
      size += this.visit(entry, depth + 1);
      if (this.#seen !== undefined) this.#path.pop();
    }
    return size;
  }

  #bigint(value: bigint): number {
    if (BigInt.asIntN(64, value) === value) return 12;
    const bytes = value.toString(16).length / 2;
    if (bytes > BIGINT_LIMIT_BYTES) throw this.#tooLarge(`a BigInt of more than ${BIGINT_LIMIT_BYTES} bytes`);
    return bytes + 6;
  }

  #regexp({ source, flags }: RegExp): number {
    if (source.length > REGEXP_LIMIT) throw this.#tooLarge(`a regular expression of ${source.length} characters`);
    return source.length + flags.length + 3;
  }

  /** What can't travel with an error is left out rather than hiding the error; the rest counts. */
  #error(error: Error, depth: number): number {
    this.#count(HEAVY_VALUE_COUNT * 2);
    let size = errorBytes(error, this.#options.stackLength);
    if (!this.#options.errorsWhole) return size;
    for (const part of errorParts(error)) {
      if (sendable(part, this.#known)) size += this.visit(part, depth + 2);
    }
    return size;
  }

  #bytes(size: number, buffer: ArrayBufferLike): number {
    if (!(buffer instanceof ArrayBuffer)) {
      if (this.#seen === undefined) throw careful;
      throw this.refused("shared memory");
    }
    if (size > MESSAGE_LIMIT_BYTES) {
      throw this.#tooLarge(`${size} bytes of binary data are more than a message may have (${MESSAGE_LIMIT_BYTES})`);
    }
    return size + 8;
  }

  #count(more: number): void {
    this.#values += more;
    if (this.#values > VALUE_COUNT_LIMIT) throw this.#tooLarge(`more than ${VALUE_COUNT_LIMIT} values in one message`);
  }

  refused(what: string, cause?: unknown): SkeinError {
    const path = this.#path.length === 0 ? "the value itself" : formatPath(this.#path);
    return new SkeinError("NOT_SERIALIZABLE", `${what} can't be sent to another process: ${path}`, {
      hint: "send data only; put a TaskRef, a channel or a registered class where behaviour is needed",
      ...(cause === undefined ? {} : { cause }),
    });
  }

  #tooLarge(what: string): SkeinError {
    const path = this.#path.length === 0 ? "" : `: ${formatPath(this.#path)}`;
    const hint =
      "send it in parts, or as a file: its path where it can be read, else sendFile of a job, a task or a peer";
    return new SkeinError("MESSAGE_TOO_LARGE", `${what}${path}`, { hint });
  }
}

/** Whether an error's part is sent with it, not looking into errors in it: those are judged by themselves. */
function sendable(part: unknown, known: KnownClass): boolean {
  try {
    checkValue(part, known, { errorsWhole: false });
    return true;
  } catch {
    return false;
  }
}

/** Its text may be anything in a program: only what is text counts. */
function errorBytes(error: Error, stackLength: number | undefined): number {
  const { message, stack }: { readonly message: unknown; readonly stack?: unknown } = error;
  const text = typeof message === "string" ? message.length : 0;
  return 100 + text + (typeof stack === "string" ? (stackLength ?? Math.min(stack.length, STACK_LIMIT)) : 0);
}

const tagOf = (value: object): string => Object.prototype.toString.call(value);

/** Why an instance of a class that isn't registered can't be copied; `undefined` for what has only fields. */
export function foreign(value: object): string | undefined {
  const tag = tagOf(value);
  if (tag === "[object SharedArrayBuffer]") return "shared memory";
  if (ArrayBuffer.isView(value)) return "a view of binary data of this kind";
  if (value instanceof Promise) return "a promise (wait for it first)";
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) return "a weak collection";
  if ("then" in value && typeof value.then === "function") return "something to wait for (wait for it first)";
  if (Symbol.iterator in value && typeof (value as { next?: unknown }).next === "function") return "an iterator";
  // What calls itself something else and has no fields, or was made by the host, is not data: a URL, a node of a page.
  if (tag !== "[object Object]" && (Object.keys(value).length === 0 || isHosts(value))) {
    return `an object of the host (${tag.slice(8, -1).slice(0, 40)})`;
  }
  return undefined;
}

function isHosts(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== "object" || prototype === null) return false;
  const { constructor }: { readonly constructor: unknown } = prototype;
  return typeof constructor === "function" && Function.prototype.toString.call(constructor).includes("[native code]");
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
