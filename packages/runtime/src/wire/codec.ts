/** Turns values into bytes and back: structured clone's types, errors, references and registered classes. */
import { MESSAGE_LIMIT_BYTES } from "../defaults.ts";
import { SkeinError, isSkeinError } from "../errors.ts";
import { TextCache } from "./byte-reader.ts";
import { Decoder, type ObjectReaders } from "./decoder.ts";
import { Encoder, type ObjectForms, tooLarge } from "./encoder.ts";
import { RemoteError, beginError, errorToWire, finishError, type WireError } from "./error-codec.ts";
import { invalidFrame } from "./frames.ts";
import { Unreadable, UnreadableSearch, unreadableIn } from "./unreadable.ts";
import { OWN_FIELDS, checkValue, type KnownClass } from "./value-check.ts";
import { addByTag, type ValueClass } from "./value-class.ts";

/** Estimates up to this are within the limit for certain, whatever their text takes. */
const SURE_BYTES: number = Math.floor(MESSAGE_LIMIT_BYTES / 3);
/** Rough size of a reference or an instance of a registered class, for batches. */
const CLASS_ESTIMATE_BYTES = 120;

/**
 * One per runtime and endpoint. Encoding takes what structured clone takes, errors with their class and code, and
 * instances of {@link ValueClass}es; decoding trusts nothing. Holes of arrays arrive as `undefined`, a view of binary
 * data with its own bytes only, an object without prototype as a plain one.
 */
export class Codec {
  readonly #byTag = new Map<string, ValueClass>();
  readonly #byClass = new Map<unknown, ValueClass>();
  readonly #texts = new TextCache();
  #encoder: Encoder | undefined;
  /** Parts of the value under way that could not be read. */
  #unreadable = 0;
  #search = new UnreadableSearch();
  readonly #known: KnownClass = (value) => {
    const one = this.#classOf(value);
    return one === undefined ? undefined : one.open === true ? OWN_FIELDS : CLASS_ESTIMATE_BYTES;
  };
  readonly #forms: ObjectForms = {
    instanceToWire: (value) => {
      const one = this.#classOf(value);
      if (one === undefined) return undefined;
      const data = one.toWire(value);
      return [one.tag, value instanceof Error ? this.#withCause(data) : data, one.shared === true];
    },
    errorToWire: (error) => errorToWire(error, this.#sendable, this.#stackLength),
  };
  readonly #readers: ObjectReaders = {
    begin: (tag) => this.#byTag.get(tag)?.begin?.(),
    instance: (tag, data, begun) => this.#instance(tag, data, begun),
    beginError,
    error: (wire, begun) => finishError(begun ?? beginError(wire), wire, this.#readable),
    unreadable: (what, cause) => this.#cannotRead(what, cause),
  };

  readonly #stackLength: number | undefined;

  /** `stackLength`: characters that each stack is cut and filled to, so that sizes are the same in every engine. */
  constructor(classes: readonly ValueClass[] = [], stackLength?: number) {
    this.#stackLength = stackLength;
    for (const one of classes) this.register(one);
  }

  /** Makes a class known; the same one twice does nothing. @throws {SkeinError} `NAME_TAKEN` when the tag is another's */
  register(one: ValueClass): void {
    addByTag(this.#byTag, one);
    this.#byClass.set(one.Class, one);
  }

  /** Estimated bytes of `value`. @throws {SkeinError} `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE` */
  check(value: unknown): number {
    const estimate = checkValue(value, this.#known, { errorsWhole: true, stackLength: this.#stackLength });
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
    return this.#encode((encoder) => encoder.encode(value, reserve));
  }

  /**
   * Encodes the entries of a batch, whose messages share no objects where they arrive. `isStrict`: values that nobody has
   * checked; what {@link Codec.check} refuses is refused, without its path. `sizes` gets the bytes of each entry.
   *
   * @throws {SkeinError} as {@link encode}
   */
  encodeEntries(entries: readonly unknown[], reserve = 0, isStrict = false, sizes?: number[]): Uint8Array {
    return this.#encode((encoder) => encoder.encodeEntries(entries, reserve, isStrict, sizes));
  }

  #encode(write: (encoder: Encoder) => Uint8Array): Uint8Array {
    // A getter may send something while a message is written: that takes an encoder of its own.
    const encoder = this.#encoder ?? new Encoder(this.#forms);
    this.#encoder = undefined;
    try {
      return write(encoder);
    } catch (error) {
      if (isSkeinError(error)) throw error;
      throw new SkeinError("NOT_SERIALIZABLE", "a value can't be encoded", {
        hint: "send plain data, references and registered classes",
        cause: error,
      });
    } finally {
      this.#encoder = encoder;
    }
  }

  /** Decodes one value from all of `bytes`. @throws {SkeinError} `WIRE_INVALID`, also when a part can't be read */
  decode(bytes: Uint8Array): unknown {
    const { value, partly } = this.#decode(bytes);
    const error = partly ? unreadableIn(value) : undefined;
    if (error === undefined) return value;
    throw Object.assign(invalidFrame(error.message), { cause: error });
  }

  /**
   * Decodes the entries of a batch; `sizes` gets the bytes of each. `partly` says that some of them hold an {@link Unreadable}: those fail by themselves.
   *
   * @throws {SkeinError} `WIRE_INVALID`
   */
  decodeEntries(
    bytes: Uint8Array,
    sizes?: number[],
  ): { readonly entries: readonly unknown[]; readonly partly: boolean } {
    const { value, partly } = this.#decode(bytes, sizes);
    if (!Array.isArray(value)) throw invalidFrame("a payload is no array");
    return { entries: value, partly };
  }

  #decode(bytes: Uint8Array, sizes?: number[]): { readonly value: unknown; readonly partly: boolean } {
    const [before, search] = [this.#unreadable, this.#search];
    this.#unreadable = 0;
    try {
      // A plain view: parts of a Node Buffer would be Buffers.
      const view =
        bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const value = new Decoder(view, this.#readers, this.#texts).decode(sizes);
      return { value, partly: this.#unreadable > 0 };
    } catch (error) {
      if (isSkeinError(error) && error.code === "WIRE_INVALID") throw error;
      throw new SkeinError("WIRE_INVALID", "a peer sent bytes that can't be decoded", {
        hint: "check that both sides run the same version of skein and registered the same classes",
        cause: error,
      });
    } finally {
      this.#unreadable = before;
      this.#search = search;
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

  #instance(tag: string, data: unknown, begun: object | undefined): unknown {
    const one = this.#byTag.get(tag);
    if (one === undefined) return this.#errorOfUnknownClass(tag, data) ?? this.#cannotRead(tag);
    const inside = this.#unreadable === 0 ? undefined : this.#search.find(data);
    if (inside !== undefined) return new Unreadable(tag, undefined, inside);
    try {
      if (begun === undefined || one.finish === undefined) return one.fromWire(data);
      one.finish(begun, data);
      return begun;
    } catch (error) {
      return this.#cannotRead(tag, error);
    }
  }

  /** Errors tell what they are by their name, whether or not their class is known here. */
  #errorOfUnknownClass(name: string, data: unknown): Error | undefined {
    if (typeof data !== "object" || data === null || !("message" in data) || !("stack" in data)) return undefined;
    const { message, stack, cause, ...fields }: { [key: string]: unknown } = { ...data };
    if (typeof message !== "string" || typeof stack !== "string") return undefined;
    const wire: WireError = { skein: { code: "REMOTE_ERROR", hint: "" }, name, message, stack, cause, fields };
    return finishError(beginError(wire), wire, this.#readable);
  }

  #cannotRead(tag: string, cause?: unknown): Unreadable {
    // What was readable may lead here now.
    if (this.#unreadable === 0) this.#search = new UnreadableSearch();
    this.#unreadable += 1;
    return new Unreadable(tag, cause);
  }

  /** An error's cause that can't be read is no reason to lose the error. */
  readonly #readable = (part: unknown): unknown => (this.#unreadable === 0 ? part : (this.#search.find(part) ?? part));

  /** What can't travel with an error is left out of it. */
  readonly #sendable = (part: unknown): boolean => {
    try {
      checkValue(part, this.#known, { errorsWhole: false });
      return true;
    } catch {
      return false;
    }
  };

  #withCause(data: unknown): unknown {
    if (typeof data !== "object" || data === null || !("cause" in data) || this.#sendable(data.cause)) return data;
    const { cause } = data;
    return { ...data, cause: cause instanceof Error ? new RemoteError(cause.name, cause.message) : String(cause) };
  }
}
