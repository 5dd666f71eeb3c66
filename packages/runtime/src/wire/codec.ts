/** Turns values into bytes and back: structured clone's types, errors, references and registered classes. */
import { Packr, addExtension, RESERVE_START_SPACE } from "msgpackr";
import { MESSAGE_LIMIT_BYTES } from "../defaults.ts";
import { SkeinError, isSkeinError } from "../errors.ts";
import { RemoteError, errorFromWire, errorToWire } from "./error-codec.ts";
import { invalidFrame } from "./frames.ts";
import { ENVELOPE_LIMIT_BYTES } from "./limits.ts";
import { scanPayload } from "./payload-scan.ts";
import { Unreadable, unreadableIn } from "./unreadable.ts";
import { OWN_FIELDS, checkValue } from "./value-check.ts";
import { addByTag, type ValueClass } from "./value-class.ts";

/** Types of our own in msgpack's space of extensions (1 to 100 are free for applications). */
const ERROR_EXTENSION = 0x45;
const CLASS_EXTENSION = 0x43;
/** Estimates up to this are within the limit for certain, whatever their text takes. */
const SURE_BYTES: number = Math.floor(MESSAGE_LIMIT_BYTES / 3);
/** Rough size of a reference or an instance of a registered class, for batches. */
const CLASS_ESTIMATE_BYTES = 120;

/** msgpackr keeps extensions per process; they ask the codec at work, so that classes hang on a runtime. */
let active: Codec | undefined;
let prepared = false;
const extended = new WeakSet<abstract new (...args: never) => object>();

/**
 * One per runtime and endpoint. Encoding takes what structured clone takes (not −0 and array holes), errors with
 * their class and code, and instances of {@link ValueClass}es; decoding trusts nothing.
 */
export class Codec {
  readonly #byTag = new Map<string, ValueClass>();
  readonly #byClass = new Map<unknown, ValueClass>();
  readonly #packr: Packr;
  /** Parts of the value under way that could not be read. */
  #unreadable = 0;
  readonly #known = (value: object): number | undefined => {
    const one = this.#classOf(value);
    return one === undefined ? undefined : one.open === true ? OWN_FIELDS : CLASS_ESTIMATE_BYTES;
  };

  constructor(classes: readonly ValueClass[] = []) {
    prepare();
    this.#packr = new Packr({ structuredClone: true, moreTypes: true, copyBuffers: true, useToJSON: false });
    for (const one of classes) this.register(one);
  }

  /** Makes a class known; the same one twice does nothing. @throws {SkeinError} `NAME_TAKEN` when the tag is another's */
  register(one: ValueClass): void {
    addByTag(this.#byTag, one);
    this.#byClass.set(one.Class, one);
    extend(one.Class);
  }

  /** Estimated bytes of `value`. @throws {SkeinError} `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE` */
  check(value: unknown): number {
    const estimate = checkValue(value, this.#known);
    // Text counts one byte a character there and may take three; numbers count nine and may take one.
    if (estimate <= SURE_BYTES) return estimate;
    const { byteLength } = this.encode(value);
    if (byteLength > MESSAGE_LIMIT_BYTES) throw tooLarge(byteLength);
    return byteLength;
  }

  /**
   * Encodes `value` behind `reserve` bytes left for a header (below 256).
   *
   * @throws {SkeinError} `MESSAGE_TOO_LARGE`; `NOT_SERIALIZABLE` for what {@link Codec.check} refuses
   */
  encode(value: unknown, reserve = 0): Uint8Array {
    const before = activate(this);
    try {
      const bytes = this.#packr.pack(value, RESERVE_START_SPACE | reserve);
      // A value of the largest size still fits with what encloses it.
      if (bytes.byteLength - reserve <= MESSAGE_LIMIT_BYTES + ENVELOPE_LIMIT_BYTES) return bytes;
      throw tooLarge(bytes.byteLength - reserve);
    } catch (error) {
      if (isSkeinError(error)) throw error;
      throw new SkeinError("NOT_SERIALIZABLE", "a value can't be encoded", {
        hint: "send plain data, references and registered classes",
        cause: error,
      });
    } finally {
      activate(before);
    }
  }

  /** Decodes one value from all of `bytes`. @throws {SkeinError} `WIRE_INVALID`, also when a part can't be read */
  decode(bytes: Uint8Array): unknown {
    const value = this.#unpack(bytes);
    const error = this.#unreadable === 0 ? undefined : unreadableIn(value);
    if (error === undefined) return value;
    throw Object.assign(invalidFrame(error.message), { cause: error });
  }

  /**
   * Decodes the entries of a batch. `partly` says that some of them hold an {@link Unreadable}: those fail by themselves.
   *
   * @throws {SkeinError} `WIRE_INVALID`
   */
  decodeEntries(bytes: Uint8Array): { readonly entries: readonly unknown[]; readonly partly: boolean } {
    const entries = this.#unpack(bytes);
    if (!Array.isArray(entries)) throw invalidFrame("a payload is no array");
    return { entries, partly: this.#unreadable > 0 };
  }

  #unpack(bytes: Uint8Array): unknown {
    scanPayload(bytes);
    this.#unreadable = 0;
    const before = activate(this);
    try {
      // A plain view: of a Node Buffer the decoder would hand out Buffers.
      const view =
        bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return this.#packr.unpack(view);
    } catch (error) {
      throw new SkeinError("WIRE_INVALID", "a peer sent bytes that can't be decoded", {
        hint: "check that both sides run the same version of skein and registered the same classes",
        cause: error,
      });
    } finally {
      activate(before);
    }
  }

  #classOf(value: object): ValueClass | undefined {
    // By prototypes, not by a field named `constructor`; a subclass crosses as its registered base class.
    let prototype: object | null = Object.getPrototypeOf(value);
    while (prototype !== null && prototype !== Object.prototype) {
      const found = this.#byClass.get(prototype.constructor);
      if (found !== undefined) return found;
      prototype = Object.getPrototypeOf(prototype);
    }
    return undefined;
  }

  /** For the extension below. */
  static instanceToWire(value: object): readonly [string, unknown] {
    const one = active === undefined ? undefined : active.#classOf(value);
    if (one === undefined) {
      throw new SkeinError(
        "NOT_SERIALIZABLE",
        `instances of ${value.constructor.name} are known to another runtime only`,
        {
          hint: "register the class with this runtime too",
        },
      );
    }
    return [one.tag, one.toWire(value)];
  }

  /** For the extension below. */
  static instanceFromWire(wire: unknown): unknown {
    if (!Array.isArray(wire) || typeof wire[0] !== "string") throw invalidFrame("a malformed instance");
    const [tag, data]: readonly unknown[] = wire;
    if (active === undefined || typeof tag !== "string") throw invalidFrame("an instance outside of a message");
    const one = active.#byTag.get(tag);
    if (one === undefined) return errorOfUnknownClass(tag, data) ?? active.#cannotRead(tag);
    const inside = active.#unreadable === 0 ? undefined : unreadableIn(data);
    if (inside !== undefined) return new Unreadable(tag, undefined, inside);
    try {
      return one.fromWire(data);
    } catch (error) {
      return active.#cannotRead(tag, error);
    }
  }

  #cannotRead(tag: string, cause?: unknown): Unreadable {
    this.#unreadable += 1;
    return new Unreadable(tag, cause);
  }

  /** For the extension below: an error's cause that can't be read is no reason to lose the error. */
  static errorFromWire(wire: unknown): Error {
    if (active === undefined || active.#unreadable === 0 || typeof wire !== "object" || wire === null) {
      return errorFromWire(wire);
    }
    const readable = (part: unknown): unknown => unreadableIn(part) ?? part;
    return errorFromWire({
      ...wire,
      ...("cause" in wire ? { cause: readable(wire.cause) } : {}),
      ...("errors" in wire && Array.isArray(wire.errors) ? { errors: wire.errors.map(readable) } : {}),
    });
  }

  /** For the extension below: what can't travel with an error is left out of it. */
  static errorToWire(error: Error): unknown {
    const wire = errorToWire(error);
    return {
      ...wire,
      ...(wire.cause === undefined ? {} : { cause: sendable(wire.cause) }),
      ...(wire.errors === undefined ? {} : { errors: wire.errors.map(sendable) }),
    };
  }

  static isActive(): boolean {
    return active !== undefined;
  }
  static canSend(value: unknown): boolean {
    try {
      active?.check(value);
      return true;
    } catch {
      return false;
    }
  }
}

const tooLarge = (bytes: number): SkeinError =>
  new SkeinError("MESSAGE_TOO_LARGE", `a message of ${bytes} bytes`, {
    hint: `the limit is ${MESSAGE_LIMIT_BYTES} bytes; send it in parts, or as a file`,
  });

const sendable = (value: unknown): unknown => {
  if (Codec.canSend(value)) return value;
  return value instanceof Error ? new RemoteError(value.name, value.message) : String(value);
};

/** Errors tell what they are by their name, whether or not their class is known here. */
function errorOfUnknownClass(name: string, data: unknown): Error | undefined {
  if (typeof data !== "object" || data === null || !("message" in data) || !("stack" in data)) return undefined;
  const { message, stack, cause, ...fields }: { [key: string]: unknown } = { ...data };
  if (typeof message !== "string" || typeof stack !== "string") return undefined;
  return Codec.errorFromWire({ skein: { code: "REMOTE_ERROR" }, name, message, stack, cause, fields });
}

/** Sets the codec at work; gives the one before. */
function activate(codec: Codec | undefined): Codec | undefined {
  const before = active;
  active = codec;
  return before;
}

/** Registers our extensions, once a process. */
function prepare(): void {
  if (prepared) return;
  prepared = true;
  addExtension({
    type: CLASS_EXTENSION,
    read: (wire: unknown) => Codec.instanceFromWire(wire),
  });
  addExtension({
    Class: Error,
    type: ERROR_EXTENSION,
    // Outside our codecs (a program's own use of msgpackr) an error is written as three fields.
    write: (error: Error) =>
      Codec.isActive() ? Codec.errorToWire(error) : { name: error.name, message: error.message, cause: error.cause },
    read: (wire: unknown) => Codec.errorFromWire(wire),
  });
  // A subclass of Map that isn't registered crosses as what it is: a Map.
  addExtension({ Class: Map, write: (map: Map<unknown, unknown>) => new Map(map) });
}

function extend(Class: abstract new (...args: never) => object): void {
  if (extended.has(Class)) return;
  extended.add(Class);
  addExtension({
    Class,
    type: CLASS_EXTENSION,
    write: (value: object) => Codec.instanceToWire(value),
    read: (wire: unknown) => Codec.instanceFromWire(wire),
  });
}
