/** Reads numbers, text and binary data out of bytes that a peer sent; nothing is allocated that isn't there. */
import { Form } from "./forms.ts";
import { invalidFrame } from "./frames.ts";
import { BIGINT_LIMIT_BYTES, BLOB_LIMIT_BYTES } from "./limits.ts";

/** Text up to this many bytes is looked up among what was read before. */
const CACHED_TEXT = 64;
const CACHE_SIZE = 4096;
/** Code units put into text at once. */
const PIECE = 8192;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const number = new DataView(new ArrayBuffer(8));
const numberBytes = new Uint8Array(number.buffer);

/** Text up to this is made by hand when it is new: asking the host costs more. */
const SHORT_TEXT = 32;
/** One list for each length, filled anew for each text. */
const UNITS: readonly number[][] = Array.from({ length: SHORT_TEXT + 1 }, (_, length) =>
  Array.from({ length }, () => 0),
);

/** Fields are public because the decoder's hot path uses them. */
export class ByteReader {
  bytes: Uint8Array;
  at = 0;
  #view: DataView | undefined;
  readonly #cache: (string | undefined)[];

  constructor(bytes: Uint8Array, cache: TextCache) {
    this.bytes = bytes;
    this.#cache = cache.texts;
  }

  get left(): number {
    return this.bytes.byteLength - this.at;
  }

  byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw ended();
    this.at += 1;
    return value;
  }

  /** Where `count` bytes begin that are then behind. */
  skip(count: number): number {
    const { at } = this;
    if (count > this.bytes.byteLength - at) throw ended();
    this.at = at + count;
    return at;
  }

  u16(): number {
    const at = this.skip(2);
    return ((this.bytes[at] ?? 0) << 8) | (this.bytes[at + 1] ?? 0);
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16();
  }

  count(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      // By multiplication: the upper bits must not become a sign.
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw invalidFrame("a count in a message is too long");
  }

  f64(): number {
    const at = this.skip(8);
    const { bytes } = this;
    this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#view.getFloat64(at);
  }

  bigint(): bigint {
    const count = this.count();
    if (count > BIGINT_LIMIT_BYTES + 1) throw invalidFrame("a BigInt in a message is too large");
    const at = this.skip(count);
    if (count === 8) {
      for (let index = 0; index < 8; index += 1) numberBytes[index] = this.bytes[at + index] ?? 0;
      return number.getBigInt64(0);
    }
    if (count === 0) return 0n;
    const digits: string[] = [];
    for (let index = 0; index < count; index += 1) {
      digits.push((this.bytes[at + index] ?? 0).toString(16).padStart(2, "0"));
    }
    return BigInt.asIntN(count * 8, BigInt(`0x${digits.join("")}`));
  }

  /** The bytes themselves, as a copy: a frame isn't kept alive by a part of it. */
  copy(count: number): Uint8Array<ArrayBuffer> {
    if (count > BLOB_LIMIT_BYTES) throw invalidFrame("a single value is larger than a message may be");
    const at = this.skip(count);
    const bytes = new Uint8Array(count);
    bytes.set(this.bytes.subarray(at, at + count));
    return bytes;
  }

  /** A value that must be text. */
  text(): string {
    const token = this.byte();
    const text = this.textOf(token);
    if (text === undefined) throw invalidFrame("something else stands in place of text");
    return text;
  }

  /** The text that `token` announces; `undefined` when it announces something else. */
  textOf(token: number): string | undefined {
    if (token >= Form.shortText && token < Form.shaped) return this.#short(token & 31);
    switch (token) {
      case Form.text8: {
        const count = this.byte();
        return count <= CACHED_TEXT ? this.#short(count) : this.#utf8(count);
      }
      case Form.text:
        return this.#utf8(this.count());
      case Form.text16:
        return this.#text16(this.count());
      default:
        return undefined;
    }
  }

  #short(count: number): string {
    if (count === 0) return "";
    const at = this.skip(count);
    const { bytes } = this;
    const last = at + count - 1;
    const ends = ((bytes[at] ?? 0) << 5) ^ ((bytes[last] ?? 0) << 2) ^ ((bytes[(at + last) >> 1] ?? 0) << 7) ^ count;
    const place = (ends ^ ((bytes[last - 1] ?? 0) << 4)) & (CACHE_SIZE - 1);
    const cached = this.#cache[place];
    if (cached !== undefined && cached.length === count) {
      let index = 0;
      while (index < count && cached.charCodeAt(index) === bytes[at + index]) index += 1;
      if (index === count) return cached;
    }
    const units = UNITS[count];
    if (units === undefined) {
      this.at = at;
      const text = this.#utf8(count);
      if (text.length === count) this.#cache[place] = text;
      return text;
    }
    let upper = 0;
    for (let index = 0; index < count; index += 1) {
      const byte = bytes[at + index] ?? 0;
      upper |= byte;
      units[index] = byte;
    }
    if (upper > 127) {
      this.at = at;
      return this.#utf8(count);
    }
    const text = String.fromCharCode.apply(undefined, units);
    this.#cache[place] = text;
    return text;
  }

  #utf8(count: number): string {
    if (count > BLOB_LIMIT_BYTES) throw invalidFrame("a single text is larger than a message may be");
    const at = this.skip(count);
    try {
      return decoder.decode(this.bytes.subarray(at, at + count));
    } catch {
      throw invalidFrame("a text in a message is no UTF-8");
    }
  }

  #text16(count: number): string {
    if (count * 2 > BLOB_LIMIT_BYTES * 2) throw invalidFrame("a single text is larger than a message may be");
    const start = this.skip(count * 2);
    let text = "";
    for (let from = 0; from < count; from += PIECE) {
      const units: number[] = [];
      for (let index = from; index < Math.min(count, from + PIECE); index += 1) {
        const at = start + index * 2;
        units.push(((this.bytes[at] ?? 0) << 8) | (this.bytes[at + 1] ?? 0));
      }
      text += String.fromCharCode(...units);
    }
    return text;
  }
}

/** Short text that was read, names of fields and ids come again and again; kept by a codec from message to message. */
export class TextCache {
  readonly texts: (string | undefined)[] = Array.from({ length: CACHE_SIZE });
}

const ended = (): Error => invalidFrame("a message ends in the middle of a value");
