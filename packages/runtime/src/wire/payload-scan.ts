/** Walks an encoded payload before it is decoded: bounds depth, counts and sizes, and lets only known forms through. */
import { BLOB_LIMIT_BYTES, DEPTH_LIMIT, SHAPE_LIMIT, VALUE_COUNT_LIMIT } from "./limits.ts";
import { invalidFrame, readU16, readU32 } from "./frames.ts";

/** Levels that enclose a value besides its own (batch, entry, reference forms). */
const DEPTH_ALLOWED: number = DEPTH_LIMIT * 2 + 16;

// Forms of msgpack and of msgpackr (records, ids of a structured clone) that our encoder writes.
const EXT_UNDEFINED = 0x00;
const EXT_BIGINT = 0x42;
const EXT_CLASS = 0x43;
const EXT_ERROR = 0x45;
const EXT_ID = 0x69;
const EXT_POINTER = 0x70;
const EXT_RECORD = 0x72;
const EXT_SET = 0x73;
const EXT_BINARY = 0x74;
const EXT_REGEXP = 0x78;
const EXT_DATE = 0xff;

/** Extensions whose one data byte is a filler, followed by a value. */
const isTag = (type: number): boolean =>
  type === EXT_SET || type === EXT_REGEXP || type === EXT_ERROR || type === EXT_CLASS;

/**
 * @throws {SkeinError} `WIRE_INVALID` when the bytes are no single well-formed value within the limits
 */
export function scanPayload(bytes: Uint8Array): void {
  new Scan(bytes).run();
}

class Scan {
  readonly #bytes: Uint8Array;
  #at = 0;
  #values = 0;
  #shapeCount = 0;
  /** Fields of the shapes defined so far, by their id (0x40–0x7f). */
  readonly #shapes: number[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  run(): void {
    this.#value(0);
    if (this.#at !== this.#bytes.byteLength) throw invalidFrame("bytes are left over after a message");
  }

  #many(count: number, depth: number): void {
    this.#values += count;
    // Each value takes a byte at least, so a small header can't claim a large array.
    if (count > this.#bytes.byteLength - this.#at) throw ended();
    if (this.#values > VALUE_COUNT_LIMIT) throw invalidFrame(`more than ${VALUE_COUNT_LIMIT} values in one message`);
    if (depth > DEPTH_ALLOWED) throw invalidFrame("a message is nested too deeply");
    for (let index = 0; index < count; index += 1) this.#value(depth);
  }

  #skip(count: number): void {
    if (count > this.#bytes.byteLength - this.#at) throw ended();
    this.#at += count;
  }

  #length(size: 1 | 2 | 4): number {
    const at = this.#at;
    this.#skip(size);
    return size === 1 ? (this.#bytes[at] ?? 0) : size === 2 ? readU16(this.#bytes, at) : readU32(this.#bytes, at);
  }

  #blob(count: number): void {
    if (count > BLOB_LIMIT_BYTES) throw invalidFrame("a single value is larger than a message may be");
    this.#skip(count);
  }

  #value(depth: number): void {
    const token = this.#bytes[this.#at];
    if (token === undefined) throw ended();
    this.#at += 1;
    if (token < 0x40 || token >= 0xe0) return;
    if (token < 0x80) {
      const fields = this.#shapes[token & 0x3f];
      if (fields !== undefined) this.#many(fields, depth + 1);
    } else if (token < 0x90) this.#many((token & 0x0f) * 2, depth + 1);
    else if (token < 0xa0) this.#many(token & 0x0f, depth + 1);
    else if (token < 0xc0) this.#skip(token & 0x1f);
    else this.#long(token, depth);
  }

  #long(token: number, depth: number): void {
    switch (token) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return;
      case 0xc4:
      case 0xd9:
        return this.#blob(this.#length(1));
      case 0xc5:
      case 0xda:
        return this.#blob(this.#length(2));
      case 0xc6:
      case 0xdb:
        return this.#blob(this.#length(4));
      case 0xc7:
        return this.#extension(this.#length(1), false, depth);
      case 0xc8:
        return this.#extension(this.#length(2), false, depth);
      case 0xc9:
        return this.#extension(this.#length(4), false, depth);
      case 0xcc:
      case 0xd0:
        return this.#skip(1);
      case 0xcd:
      case 0xd1:
        return this.#skip(2);
      case 0xca:
      case 0xce:
      case 0xd2:
        return this.#skip(4);
      case 0xcb:
      case 0xcf:
      case 0xd3:
        return this.#skip(8);
      case 0xd4:
        return this.#extension(1, true, depth);
      case 0xd5:
        return this.#extension(2, true, depth);
      case 0xd6:
        return this.#extension(4, true, depth);
      case 0xd7:
        return this.#extension(8, true, depth);
      case 0xd8:
        return this.#extension(16, true, depth);
      case 0xdc:
        return this.#many(this.#length(2), depth + 1);
      case 0xdd:
        return this.#many(this.#length(4), depth + 1);
      case 0xde:
        return this.#many(this.#length(2) * 2, depth + 1);
      case 0xdf:
        return this.#many(this.#length(4) * 2, depth + 1);
      default:
        throw invalidFrame(`a message holds the unknown form ${token}`);
    }
  }

  #extension(size: number, fixed: boolean, depth: number): void {
    const type = this.#bytes[this.#at];
    this.#skip(1);
    const start = this.#at;
    if (type === EXT_BIGINT || (type === EXT_BINARY && this.#isBinary(size))) return this.#blob(size);
    if (type === EXT_DATE) return this.#skip(size);
    if (fixed && type !== undefined) {
      if (size === 1 && type === EXT_UNDEFINED) return this.#skip(1);
      if (size === 4 && type === EXT_POINTER) return this.#skip(4);
      if (size === 1 && isTag(type)) {
        this.#skip(1);
        return this.#many(1, depth + 1);
      }
      if (size === 4 && type === EXT_ID) {
        this.#skip(4);
        return this.#many(1, depth + 1);
      }
      if (size === 1 && type === EXT_RECORD) return this.#record(start, depth);
    }
    throw invalidFrame(`a message holds the unknown extension ${String(type)}`);
  }

  /** A typed array's type code must be one of ours, and its bytes whole elements. */
  #isBinary(size: number): boolean {
    const code = this.#bytes[this.#at] ?? 255;
    const elementBytes = ELEMENT_BYTES[code];
    return elementBytes !== undefined && elementBytes < Infinity && size > 0 && (size - 1) % elementBytes === 0;
  }

  /** `r`, an id, the names of the fields as an array of strings, then the values of the first object of this shape. */
  #record(start: number, depth: number): void {
    this.#skip(1);
    const id = this.#bytes[start] ?? 0;
    this.#shapeCount += 1;
    if (id < 0x40 || id > 0x7f || this.#shapeCount > SHAPE_LIMIT) throw invalidFrame("a malformed shape");
    const token = this.#bytes[this.#at] ?? 0;
    this.#at += 1;
    const fields =
      token >= 0x90 && token < 0xa0
        ? token & 0x0f
        : token === 0xdc
          ? this.#length(2)
          : token === 0xdd
            ? this.#length(4)
            : -1;
    if (fields < 0) throw invalidFrame("a malformed shape");
    this.#many(fields, depth + 1);
    this.#shapes[id & 0x3f] = fields;
    this.#many(fields, depth + 1);
  }
}

/** By msgpackr's type code: Int8, Uint8, Uint8Clamped, Int16, …, then ArrayBuffer (16) and DataView (17). */
const ELEMENT_BYTES: readonly number[] = [1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8].concat(
  // 11 to 15 stand for nothing: no size is a multiple of it.
  [Infinity, Infinity, Infinity, Infinity, Infinity],
  [1, 1],
);

const ended = (): Error => invalidFrame("a message ends in the middle of a value");
