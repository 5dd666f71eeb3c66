/** Makes values of bytes that a peer sent, in one pass: `forms.ts` says how they stand there. Trusts nothing. */
import { ByteReader, type TextCache } from "./byte-reader.ts";
import { VIEWS, dateOfMs } from "./engine-values.ts";
import { BINARY, Form } from "./forms.ts";
import { invalidFrame } from "./frames.ts";
import {
  BLOB_LIMIT_BYTES,
  CONTAINER_VALUE_COUNT,
  DEPTH_ENCLOSED_LIMIT,
  HEAVY_VALUE_COUNT,
  REGEXP_LIMIT,
  SHAPE_LIMIT,
  VALUE_COUNT_ENCLOSED_LIMIT,
} from "./limits.ts";

/** How objects come back that have a form of their own. */
export interface ObjectReaders {
  /** An instance before its data is known, where a part of that may point back to it. */
  begin(tag: string): object | undefined;
  /** The instance, made of its data, or what {@link begin} gave, with it; or what stands for it. */
  instance(tag: string, data: unknown, begun: object | undefined): unknown;
  /** An error as far as its data is there. */
  beginError(wire: object): Error;
  /** The error with all of its data. */
  error(wire: object, begun: Error | undefined): Error;
  /** Stands for what this engine can't make, or what points to an unfinished instance. */
  unreadable(what: string, cause?: unknown): unknown;
}

/** The fields of a shape; `plain` where assigning to them does nothing but make them. */
interface Shape {
  readonly keys: readonly string[];
  readonly plain: boolean;
}

/** An instance that nothing may point to until it is made. */
const unfinished: object = {};

export class Decoder {
  readonly #in: ByteReader;
  readonly #readers: ObjectReaders;
  readonly #shapes: Shape[] = [];
  /** What has begun, by its number. */
  readonly #begun: unknown[] = [];
  /** Errors whose data is being read, by their number. */
  #errors: Map<number, { error: Error | undefined }> | undefined;
  #values = 0;

  constructor(bytes: Uint8Array, readers: ObjectReaders, texts: TextCache) {
    this.#in = new ByteReader(bytes, texts);
    this.#readers = readers;
  }

  /** The one value that the bytes are; of an array `sizes` gets the bytes of each item. @throws {SkeinError} `WIRE_INVALID` */
  decode(sizes?: number[]): unknown {
    const value = sizes === undefined ? this.#value(0) : this.#sized(sizes);
    if (this.#in.left > 0) throw invalidFrame("bytes are left over after a message");
    return value;
  }

  #value(depth: number): unknown {
    const token = this.#in.byte();
    if (token < Form.shortText) return token;
    if (token < Form.shaped) return this.#in.textOf(token);
    if (token < Form.shortArray) return this.#shaped(token & 31, depth);
    if (token < Form.null) return this.#array(token & 15, depth);
    return this.#long(token, depth);
  }

  #long(token: number, depth: number): unknown {
    const from = this.#in;
    switch (token) {
      case Form.null:
        return null;
      case Form.undefined:
        return undefined;
      case Form.false:
        return false;
      case Form.true:
        return true;
      case Form.u8:
        return from.byte();
      case Form.u16:
        return from.u16();
      case Form.u32:
        return from.u32();
      case Form.minusU8:
        return -1 - from.byte();
      case Form.minusU16:
        return -1 - from.u16();
      case Form.minusU32:
        return -1 - from.u32();
      case Form.f64:
        return from.f64();
      case Form.bigint:
        return from.bigint();
      case Form.array:
        return this.#array(from.count(), depth);
      case Form.map:
        return this.#map(from.count(), depth);
      case Form.set:
        return this.#set(from.count(), depth);
      case Form.object:
        return this.#shaped(from.count(), depth);
      case Form.newShape:
        return this.#newShape(from.count(), depth);
      case Form.fields:
        return this.#fields(from.count(), depth);
      case Form.pointer:
        return this.#pointer(from.count());
      case Form.date:
        return this.#heavy(dateOfMs(from.f64()));
      case Form.regexp:
        return this.#regexp();
      case Form.binary:
        return this.#heavy(this.#binary(from.byte(), from.count()));
      case Form.error:
        return this.#error(depth);
      case Form.instance:
        return this.#instance(depth);
      default: {
        const text = from.textOf(token);
        if (text === undefined) throw invalidFrame(`a message holds the unknown form ${token}`);
        return text;
      }
    }
  }

  /** Before a container of `count` values is made: each of them takes `bytes` at least, and there are not too many. */
  #many(count: number, depth: number): void {
    if (count > this.#in.left) throw invalidFrame("a message ends in the middle of a value");
    this.#counted(count + CONTAINER_VALUE_COUNT);
    if (depth > DEPTH_ENCLOSED_LIMIT) throw invalidFrame("a message is nested too deeply");
  }

  #counted(count: number): void {
    this.#values += count;
    if (this.#values > VALUE_COUNT_ENCLOSED_LIMIT)
      throw invalidFrame(`more than ${VALUE_COUNT_ENCLOSED_LIMIT} values in one message`);
  }

  #heavy<T>(value: T): T {
    this.#counted(HEAVY_VALUE_COUNT);
    this.#begun.push(value);
    return value;
  }

  #array(count: number, depth: number): unknown[] {
    this.#many(count, depth);
    // What is there is bounded by the bytes that are there.
    const items: unknown[] = [];
    this.#begun.push(items);
    for (let index = 0; index < count; index += 1) items.push(this.#value(depth + 1));
    return items;
  }

  /** An array, as the others are read. */
  #sized(sizes: number[]): unknown[] {
    const token = this.#in.byte();
    const isShort = token >= Form.shortArray && token < Form.null;
    if (!isShort && token !== Form.array) throw invalidFrame("a payload is no array");
    const count = isShort ? token & 15 : this.#in.count();
    this.#many(count, 0);
    const items: unknown[] = [];
    this.#begun.push(items);
    for (let index = 0; index < count; index += 1) {
      const before = this.#in.left;
      items.push(this.#value(1));
      sizes.push(before - this.#in.left);
    }
    return items;
  }

  #map(count: number, depth: number): Map<unknown, unknown> {
    this.#many(count * 2, depth);
    const map = this.#heavy(new Map<unknown, unknown>());
    for (let index = 0; index < count; index += 1) {
      const key = this.#value(depth + 1);
      map.set(key, this.#value(depth + 1));
    }
    return map;
  }

  #set(count: number, depth: number): Set<unknown> {
    this.#many(count, depth);
    const set = this.#heavy(new Set());
    for (let index = 0; index < count; index += 1) set.add(this.#value(depth + 1));
    return set;
  }

  #shaped(number: number, depth: number): object {
    const shape = this.#shapes[number];
    if (shape === undefined) throw invalidFrame("a message names an unknown shape");
    return this.#object(shape, depth);
  }

  #newShape(count: number, depth: number): object {
    if (this.#shapes.length >= SHAPE_LIMIT) throw invalidFrame(`more than ${SHAPE_LIMIT} shapes in one message`);
    this.#many(count, depth);
    const keys: string[] = [];
    let plain = true;
    for (let index = 0; index < count; index += 1) {
      const key = this.#in.text();
      if (key in Object.prototype) plain = false;
      keys.push(key);
    }
    const shape: Shape = { keys, plain };
    this.#shapes.push(shape);
    return this.#object(shape, depth);
  }

  #object({ keys, plain }: Shape, depth: number): object {
    this.#many(keys.length, depth);
    const object: Record<string, unknown> = {};
    this.#begun.push(object);
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index];
      if (key === undefined) continue;
      const value = this.#value(depth + 1);
      if (plain) object[key] = value;
      else define(object, key, value);
    }
    return object;
  }

  #fields(count: number, depth: number): object {
    this.#many(count * 2, depth);
    const object: Record<string, unknown> = {};
    this.#begun.push(object);
    for (let index = 0; index < count; index += 1) {
      const key = this.#in.text();
      define(object, key, this.#value(depth + 1));
    }
    return object;
  }

  #pointer(number: number): unknown {
    if (number >= this.#begun.length) throw invalidFrame("a message points to what is not there");
    const error = this.#errors?.get(number);
    if (error !== undefined) return this.#begunError(error, number);
    const value = this.#begun[number];
    return value === unfinished ? this.#readers.unreadable("which holds itself") : value;
  }

  #begunError(state: { error: Error | undefined }, number: number): unknown {
    // Its data is the next that began.
    const wire = this.#begun[number + 1];
    if (typeof wire !== "object" || wire === null) throw invalidFrame("a malformed error");
    state.error ??= this.#readers.beginError(wire);
    return state.error;
  }

  #error(depth: number): Error {
    this.#many(1, depth);
    const number = this.#begun.length;
    this.#heavy(undefined);
    const state: { error: Error | undefined } = { error: undefined };
    const errors = (this.#errors ??= new Map<number, { error: Error | undefined }>());
    errors.set(number, state);
    const wire = this.#value(depth + 1);
    errors.delete(number);
    if (typeof wire !== "object" || wire === null) throw invalidFrame("a malformed error");
    const error = this.#readers.error(wire, state.error);
    this.#begun[number] = error;
    return error;
  }

  #instance(depth: number): unknown {
    this.#many(1, depth);
    const number = this.#begun.length;
    const tag = this.#in.text();
    const begun = this.#readers.begin(tag);
    this.#heavy(begun ?? unfinished);
    const instance = this.#readers.instance(tag, this.#value(depth + 1), begun);
    this.#begun[number] = instance;
    return instance;
  }

  #regexp(): unknown {
    const source = this.#in.text();
    const flags = this.#in.text();
    if (source.length > REGEXP_LIMIT || flags.length > 16) throw invalidFrame("a regular expression is too long");
    let value: unknown;
    try {
      value = new RegExp(source, flags);
    } catch (error) {
      // Another engine may know more of them.
      value = this.#readers.unreadable("RegExp", error);
    }
    return this.#heavy(value);
  }

  #binary(kind: number, count: number): unknown {
    const form = BINARY[kind];
    if (form === undefined || count % form.elementBytes !== 0 || count > BLOB_LIMIT_BYTES) {
      throw invalidFrame("a malformed binary value");
    }
    const bytes = this.#in.copy(count);
    if (kind === 0) return bytes;
    if (kind === 1) return bytes.buffer;
    const View = VIEWS.get(form.name);
    return View === undefined ? this.#readers.unreadable(form.name) : new View(bytes.buffer);
  }
}

function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
