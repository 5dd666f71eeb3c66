/** Writes values as bytes: `forms.ts` says how. */
import { MESSAGE_LIMIT_BYTES } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { ByteWriter } from "./byte-writer.ts";
import { isDate, msOfDate } from "./engine-values.ts";
import { binaryKind, Form } from "./forms.ts";
import { DEPTH_ENCLOSED_LIMIT, ENVELOPE_LIMIT_BYTES } from "./limits.ts";
import { Entry } from "./messages.ts";
import { ShapeTable } from "./shape-table.ts";
import { foreign } from "./value-check.ts";

/** How objects cross that have a form of their own. */
export interface ObjectForms {
  /** Tag and data of an instance of a registered class, and whether messages may share it; `undefined` for others. */
  instanceToWire(value: object): readonly [tag: string, data: unknown, shared: boolean] | undefined;
  errorToWire(error: Error): object;
}

/** One message at a time: begin a second one by a second encoder. */
export class Encoder {
  readonly #forms: ObjectForms;
  readonly #out = new ByteWriter(MESSAGE_LIMIT_BYTES + ENVELOPE_LIMIT_BYTES, tooLarge);
  readonly #shapes = new ShapeTable();
  readonly #begun = new Map<object, number>();
  /** What never changes, and stands in a batch once for all its messages. */
  readonly #shared = new Map<object, number>();
  #objects = 0;
  /** Instances of unknown classes are looked at before they go as their fields. */
  #isStrict = false;

  constructor(forms: ObjectForms) {
    this.#forms = forms;
  }

  /** @throws {SkeinError} `MESSAGE_TOO_LARGE`, `NOT_SERIALIZABLE`; and whatever a getter throws */
  encode(value: unknown, reserve: number): Uint8Array {
    return this.#message(reserve, () => this.#value(value, 0));
  }

  /**
   * Like {@link encode}, but what several entries hold arrives once for each: messages share no objects but references.
   * `isStrict`: what is no data is refused, for who has not checked the values before. `sizes` gets the bytes of each.
   */
  encodeEntries(entries: readonly unknown[], reserve: number, isStrict: boolean, sizes?: number[]): Uint8Array {
    this.#isStrict = isStrict;
    return this.#message(reserve, () => {
      this.#arrayHeader(entries);
      for (const entry of entries) {
        const before = this.#out.written;
        this.#begun.clear();
        const values = Array.isArray(entry) && entry.length === 3 ? messagesOf(entry) : undefined;
        if (values === undefined || !Array.isArray(entry)) this.#value(entry, 1);
        else this.#messages(entry, values);
        sizes?.push(this.#out.written - before);
      }
    });
  }

  #messages(entry: readonly unknown[], values: readonly unknown[]): void {
    this.#arrayHeader(entry);
    this.#value(entry[0], 2);
    this.#value(entry[1], 2);
    this.#arrayHeader(values);
    for (const value of values) {
      if (this.#begun.size > 0) this.#begun.clear();
      this.#value(value, 3);
    }
  }

  #message(reserve: number, write: () => void): Uint8Array {
    const out = this.#out;
    out.begin(reserve);
    this.#shapes.begin();
    this.#objects = 0;
    let done = false;
    try {
      write();
      const bytes = out.end();
      if (bytes.byteLength - reserve > MESSAGE_LIMIT_BYTES + ENVELOPE_LIMIT_BYTES) {
        throw tooLarge(bytes.byteLength - reserve);
      }
      done = true;
      return bytes;
    } finally {
      if (!done) out.drop();
      this.#isStrict = false;
      if (this.#begun.size > 0) this.#begun.clear();
      if (this.#shared.size > 0) this.#shared.clear();
    }
  }

  #value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return this.#out.text(value);
      case "number":
        return this.#out.number(value);
      case "boolean":
        return this.#out.byte(value ? Form.true : Form.false);
      case "undefined":
        return this.#out.byte(Form.undefined);
      case "bigint":
        return this.#out.bigint(value);
      case "object":
        return value === null ? this.#out.byte(Form.null) : this.#object(value, depth);
      default:
        throw new SkeinError("NOT_SERIALIZABLE", `a ${typeof value} can't be sent to another process`, {
          hint: "send data only",
        });
    }
  }

  #object(value: object, depth: number): void {
    const known = this.#begun.get(value) ?? (this.#shared.size > 0 ? this.#shared.get(value) : undefined);
    if (known !== undefined) {
      this.#out.byte(Form.pointer);
      this.#out.count(known);
      return;
    }
    if (depth > DEPTH_ENCLOSED_LIMIT) {
      throw new SkeinError("MESSAGE_TOO_LARGE", "values are nested too deeply", { hint: "send flatter data" });
    }
    this.#begun.set(value, this.#objects);
    this.#objects += 1;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) this.#fields(value, depth);
    else if (Array.isArray(value)) this.#array(value, depth);
    else this.#instance(value, depth);
  }

  #arrayHeader(items: readonly unknown[]): void {
    this.#objects += 1;
    this.#arrayLength(items.length);
  }

  #arrayLength(length: number): void {
    if (length < 16) return this.#out.byte(Form.shortArray | length);
    this.#out.byte(Form.array);
    this.#out.count(length);
  }

  #array(items: readonly unknown[], depth: number): void {
    const { length } = items;
    this.#arrayLength(length);
    for (let index = 0; index < length; index += 1) this.#value(items[index], depth + 1);
  }

  #fields(value: object, depth: number): void {
    const out = this.#out;
    const keys = Object.keys(value);
    const shape = this.#shapes.find(keys);
    const number = this.#shapes.numberOf(shape);
    // Reading an own field of an object by its name.
    const fields = value as Readonly<Record<string, unknown>>;
    if (number !== undefined) {
      if (number < 32) out.byte(Form.shaped | number);
      else {
        out.byte(Form.object);
        out.count(number);
      }
    } else if (this.#shapes.add(shape)) {
      if (shape.definition === undefined) {
        const start = out.at;
        const { bytes } = out;
        out.byte(Form.newShape);
        out.count(keys.length);
        for (const key of keys) out.text(key);
        if (out.bytes === bytes && out.at - start < 1024) shape.definition = bytes.slice(start, out.at);
      } else out.raw(shape.definition);
    } else {
      out.byte(Form.fields);
      out.count(keys.length);
      for (const key of keys) {
        out.text(key);
        this.#value(fields[key], depth + 1);
      }
      return;
    }
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index];
      if (key !== undefined) this.#value(fields[key], depth + 1);
    }
  }

  #instance(value: object, depth: number): void {
    const out = this.#out;
    const wire = this.#forms.instanceToWire(value);
    if (wire !== undefined) {
      const number = this.#begun.get(value);
      if (wire[2] && number !== undefined) this.#shared.set(value, number);
      out.byte(Form.instance);
      out.text(wire[0]);
      this.#value(wire[1], depth + 1);
    } else if (value instanceof Map) {
      out.byte(Form.map);
      const { size } = value;
      out.count(size);
      let left = size;
      for (const [key, entry] of value) {
        left -= 1;
        this.#value(key, depth + 1);
        this.#value(entry, depth + 1);
      }
      if (left !== 0) throw changed();
    } else if (value instanceof Set) {
      out.byte(Form.set);
      const { size } = value;
      out.count(size);
      let left = size;
      for (const entry of value) {
        left -= 1;
        this.#value(entry, depth + 1);
      }
      if (left !== 0) throw changed();
    } else if (isDate(value)) {
      out.byte(Form.date);
      out.double(msOfDate(value));
    } else if (value instanceof RegExp) {
      out.byte(Form.regexp);
      out.text(value.source);
      out.text(value.flags);
    } else if (value instanceof Error) {
      out.byte(Form.error);
      this.#value(this.#forms.errorToWire(value), depth + 1);
    } else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) this.#binary(value);
    else {
      const refused = this.#isStrict ? foreign(value) : undefined;
      if (refused !== undefined) {
        throw new SkeinError("NOT_SERIALIZABLE", `${refused} can't be sent to another process`, {
          hint: "send data only",
        });
      }
      this.#fields(value, depth);
    }
  }

  #binary(value: ArrayBuffer | ArrayBufferView): void {
    const kind = binaryKind(value);
    if (kind === undefined) {
      throw new SkeinError("NOT_SERIALIZABLE", "a view of this kind can't be sent", { hint: "send its bytes" });
    }
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value);
    this.#out.byte(Form.binary);
    this.#out.byte(kind);
    this.#out.count(bytes.byteLength);
    this.#out.raw(bytes);
  }
}

/** The messages of an entry that holds several. */
function messagesOf(entry: readonly unknown[]): readonly unknown[] | undefined {
  const [kind, , values] = entry;
  return (kind === Entry.sends || kind === Entry.publishes) && Array.isArray(values) ? values : undefined;
}

/** A getter of what it holds did that. */
const changed = (): SkeinError =>
  new SkeinError("NOT_SERIALIZABLE", "a Map or Set changed while it was written", { hint: "send data only" });

export const tooLarge = (bytes: number): SkeinError =>
  new SkeinError("MESSAGE_TOO_LARGE", `a message of ${bytes} bytes`, {
    hint: `the limit is ${MESSAGE_LIMIT_BYTES} bytes; send it in parts, or as a file`,
  });
