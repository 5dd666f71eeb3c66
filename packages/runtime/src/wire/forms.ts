/**
 * The form of a value in bytes: a token says what it is, some tokens hold a small number themselves.
 *
 * Numbers are big endian; a *count* is 7 bits a byte, lowest first, at most 32 bits. Objects, arrays and everything else
 * with an identity are numbered in the order in which they begin, and `pointer` names one that has begun, so cycles and
 * shared references need no mark on what they lead to. Objects with the same fields share a *shape*: its names stand in a
 * message once.
 */
export const Form = {
  /** 0x00 to 0x7f: that number. */
  smallest: 0x00,
  /** 0x80 to 0x9f: text of 0 to 31 bytes of UTF-8. */
  shortText: 0x80,
  /** 0xa0 to 0xbf: an object of shape 0 to 31, then its fields' values. */
  shaped: 0xa0,
  /** 0xc0 to 0xcf: an array of 0 to 15 items. */
  shortArray: 0xc0,
  null: 0xd0,
  undefined: 0xd1,
  false: 0xd2,
  true: 0xd3,
  u8: 0xd4,
  u16: 0xd5,
  u32: 0xd6,
  /** −1 − the number that follows. */
  minusU8: 0xd7,
  minusU16: 0xd8,
  minusU32: 0xd9,
  f64: 0xda,
  /** Bytes (a count), then a two's complement number. */
  bigint: 0xdb,
  /** Bytes (one byte), UTF-8. */
  text8: 0xdc,
  /** Bytes (a count), UTF-8. */
  text: 0xdd,
  /** Code units (a count), two bytes each: text with halves of a pair, which UTF-8 has no form for. */
  text16: 0xde,
  /** Items (a count). */
  array: 0xdf,
  map: 0xe0,
  set: 0xe1,
  /** Shape (a count), values. */
  object: 0xe2,
  /** Fields (a count), their names, then the first object of this new shape. */
  newShape: 0xe3,
  /** Fields (a count), then name and value of each: no shape. */
  fields: 0xe4,
  /** Number of what it points to (a count). */
  pointer: 0xe5,
  /** Milliseconds as `f64`. */
  date: 0xe6,
  /** Source and flags, two texts. */
  regexp: 0xe7,
  /** Kind of {@link BINARY}, bytes (a count), the bytes. */
  binary: 0xe8,
  /** Then an object: `error-codec.ts`. */
  error: 0xe9,
  /** A tag as text, then the data of an instance: `value-class.ts`. */
  instance: 0xea,
} as const;

/** Kinds of binary values by their number on the wire, and the bytes of one element. The engine may lack the last. */
export const BINARY: readonly { readonly name: string; readonly elementBytes: number }[] = [
  { name: "Uint8Array", elementBytes: 1 },
  { name: "ArrayBuffer", elementBytes: 1 },
  { name: "DataView", elementBytes: 1 },
  { name: "Int8Array", elementBytes: 1 },
  { name: "Uint8ClampedArray", elementBytes: 1 },
  { name: "Int16Array", elementBytes: 2 },
  { name: "Uint16Array", elementBytes: 2 },
  { name: "Int32Array", elementBytes: 4 },
  { name: "Uint32Array", elementBytes: 4 },
  { name: "Float32Array", elementBytes: 4 },
  { name: "Float64Array", elementBytes: 8 },
  { name: "BigInt64Array", elementBytes: 8 },
  { name: "BigUint64Array", elementBytes: 8 },
  { name: "Float16Array", elementBytes: 2 },
];

/** By the name that the engine gives a view, whatever the program calls its subclass of it. */
export const BINARY_KIND: ReadonlyMap<string, number> = new Map(BINARY.map(({ name }, kind) => [name, kind]));

const typedArrayTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);

/** Which {@link BINARY} a value is by its nature, not by what it claims; `undefined`: none. */
export function binaryKind(value: ArrayBuffer | ArrayBufferView): number | undefined {
  if (!ArrayBuffer.isView(value)) return 1;
  const name: unknown = typedArrayTag?.get?.call(value);
  return typeof name === "string" ? BINARY_KIND.get(name) : 2;
}
