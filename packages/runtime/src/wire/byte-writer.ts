/** Bytes under way: numbers, text and binary data are put behind each other in a buffer that grows. */
import { Form } from "./forms.ts";

/** One buffer is filled with many messages; what is handed out are parts of it. */
const BUFFER_BYTES = 64 * 1024;
/** A message begins in a new buffer when less than this is left. */
const LEAST_BYTES = 2048;
/** Text up to this is written by hand: asking the host costs more. */
const SHORT_TEXT = 48;

const encoder = new TextEncoder();
const number = new DataView(new ArrayBuffer(8));
const numberBytes = new Uint8Array(number.buffer);

/** Fields are public because the encoder's hot path uses them. */
export class ByteWriter {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(BUFFER_BYTES);
  at = 0;
  /** Where the message under way begins. */
  #start = 0;
  readonly #limitBytes: number;
  readonly #tooLarge: (bytes: number) => Error;

  /** Growing a message past `limitBytes` throws what `tooLarge` gives. */
  constructor(limitBytes: number, tooLarge: (bytes: number) => Error) {
    this.#limitBytes = limitBytes;
    this.#tooLarge = tooLarge;
  }

  /** Begins a message behind `reserve` free bytes. */
  begin(reserve: number): void {
    if (this.bytes.byteLength - this.at < LEAST_BYTES) {
      this.bytes = new Uint8Array(BUFFER_BYTES);
      this.at = 0;
    }
    this.#start = this.at;
    this.room(reserve);
    this.at += reserve;
  }

  /** The message from its beginning; the next one comes behind it. */
  end(): Uint8Array {
    return this.bytes.subarray(this.#start, this.at);
  }

  /** Bytes of the message under way. */
  get written(): number {
    return this.at - this.#start;
  }

  /** Forgets the message under way. */
  drop(): void {
    this.at = this.#start;
  }

  /** Makes sure that `count` bytes can be written. */
  room(count: number): void {
    if (this.at + count > this.bytes.byteLength) this.#grow(count);
  }

  #grow(count: number): void {
    const had = this.written;
    const needed = had + count;
    if (needed > this.#limitBytes * 3) throw this.#tooLarge(needed);
    const bytes = new Uint8Array(Math.max(BUFFER_BYTES, needed + Math.min(needed, this.#limitBytes / 4) + LEAST_BYTES));
    bytes.set(this.bytes.subarray(this.#start, this.at));
    this.bytes = bytes;
    this.at = had;
    this.#start = 0;
  }

  byte(value: number): void {
    if (this.at === this.bytes.byteLength) this.#grow(1);
    this.bytes[this.at++] = value;
  }

  /** At most 32 bits. */
  count(value: number): void {
    this.room(5);
    let rest = value;
    while (rest > 127) {
      this.bytes[this.at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  number(value: number): void {
    this.room(9);
    if (value >>> 0 === value) {
      if (value === 0 && 1 / value < 0) this.f64(value);
      else if (value < 128) this.bytes[this.at++] = value;
      else this.#unsigned(value, Form.u8);
    } else if (value >> 0 === value) this.#unsigned(-1 - value, Form.minusU8);
    else this.f64(value);
  }

  #unsigned(value: number, form: number): void {
    const { bytes } = this;
    if (value < 0x100) bytes[this.at++] = form;
    else {
      if (value < 0x1_0000) bytes[this.at++] = form + 1;
      else {
        bytes[this.at++] = form + 2;
        bytes[this.at++] = value >>> 24;
        bytes[this.at++] = value >>> 16;
      }
      bytes[this.at++] = value >>> 8;
    }
    bytes[this.at++] = value;
  }

  f64(value: number): void {
    this.room(9);
    this.bytes[this.at++] = Form.f64;
    this.double(value);
  }

  double(value: number): void {
    this.room(8);
    number.setFloat64(0, value);
    for (let index = 0; index < 8; index += 1) this.bytes[this.at++] = numberBytes[index] ?? 0;
  }

  text(value: string): void {
    const { length } = value;
    if (length > SHORT_TEXT) return this.#longText(value);
    this.room(length * 3 + 6);
    const { bytes } = this;
    const start = this.at;
    // The length is known after writing: it takes a byte more when it doesn't fit into the token.
    let at = start + 1;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 127) return this.#longText(value);
      bytes[at++] = code;
    }
    if (length < 32) bytes[start] = Form.shortText | length;
    else {
      bytes.copyWithin(start + 2, start + 1, at);
      at += 1;
      bytes[start] = Form.text8;
      bytes[start + 1] = length;
    }
    this.at = at;
  }

  #longText(value: string): void {
    if (!value.isWellFormed()) return this.#text16(value);
    const most = value.length * 3;
    this.room(most + 6);
    const start = this.at;
    // The length is known after writing; a count of a fixed size has zeros at its upper end.
    const header = most < 256 ? 2 : most < 0x4000 ? 3 : most < 0x20_0000 ? 4 : 5;
    const { written } = encoder.encodeInto(value, this.bytes.subarray(start + header));
    this.bytes[start] = most < 256 ? Form.text8 : Form.text;
    let rest = written;
    for (let index = 1; index < header - 1; index += 1) {
      this.bytes[start + index] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.bytes[start + header - 1] = rest;
    this.at = start + header + written;
  }

  #text16(value: string): void {
    this.room(value.length * 2 + 6);
    this.bytes[this.at++] = Form.text16;
    this.count(value.length);
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      this.bytes[this.at++] = code >>> 8;
      this.bytes[this.at++] = code;
    }
  }

  raw(data: Uint8Array): void {
    this.room(data.byteLength);
    this.bytes.set(data, this.at);
    this.at += data.byteLength;
  }

  bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.room(10);
      this.bytes[this.at++] = Form.bigint;
      this.bytes[this.at++] = 8;
      number.setBigInt64(0, value);
      for (let index = 0; index < 8; index += 1) this.bytes[this.at++] = numberBytes[index] ?? 0;
      return;
    }
    // Two's complement in whole bytes: one bit is the sign's.
    const digits = (value < 0n ? -1n - value : value).toString(16);
    const count = (digits.length >>> 1) + 1;
    const hex = BigInt.asUintN(count * 8, value)
      .toString(16)
      .padStart(count * 2, "0");
    this.room(count + 6);
    this.bytes[this.at++] = Form.bigint;
    this.count(count);
    for (let index = 0; index < count; index += 1) {
      this.bytes[this.at++] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16);
    }
  }
}
