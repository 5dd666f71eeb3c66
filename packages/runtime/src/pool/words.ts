/** What a pool and its worker processes say to each other: entries of a frame, one codec call for all of them. */
import { SkeinError } from "../errors.ts";
import type { Codec } from "../wire/codec.ts";
import { invalidFrame, LENGTH_BYTES, writeU32 } from "../wire/frames.ts";
import { Entry } from "../wire/messages.ts";

/** The first number of an entry's head. */
export const PoolWord = {
  // To a worker: [word, function, batch, exact].
  /** Values are lists of arguments. */
  call: 0,
  /** Each value is the one argument of a call. */
  each: 1,
  /** The one value is a list of items, given to one call that returns a list. */
  whole: 2,
  /** [code, function]: the one value says where the function is. */
  code: 3,
  /** [cancel, batch]: the values are numbers within the batch. */
  cancel: 4,
  // To the pool: [word, batch, first number in it].
  /** Values are results, one after another. */
  done: 5,
  /** The one value is what was thrown. */
  failed: 6,
  /** From here on nothing of the batch was begun, and nothing will be: the batch takes longer than was thought. */
  back: 7,
  /** This one is not run, or its result is not told, as it was asked. */
  dropped: 8,
  /** [took, function, calls, milliseconds, 1 where some were async]. */
  took: 9,
} as const;
export type PoolWord = (typeof PoolWord)[keyof typeof PoolWord];

/** An entry: `values` are encoded one by one, and share no objects where they arrive. */
export type PoolEntry = readonly [kind: typeof Entry.sends, head: readonly number[], values: readonly unknown[]];

export const poolEntry = (head: readonly number[], values: readonly unknown[]): PoolEntry => [
  Entry.sends,
  head,
  values,
];

/** A frame of entries, with its length before it. @throws {SkeinError} `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE` */
export function encodePoolFrame(codec: Codec, entries: readonly PoolEntry[]): Uint8Array {
  const frame = codec.encodeEntries(entries, LENGTH_BYTES);
  writeU32(frame, 0, frame.byteLength - LENGTH_BYTES);
  return frame;
}

/** Both ends are of one program, so only the form is looked at. @throws {SkeinError} `WIRE_INVALID` */
export function decodePoolFrame(codec: Codec, frame: Uint8Array): readonly PoolEntry[] {
  const { entries } = codec.decodeEntries(frame.subarray(LENGTH_BYTES));
  if (!entries.every(isPoolEntry)) throw invalidFrame("a frame of a pool has something else than entries");
  return entries;
}

function isPoolEntry(value: unknown): value is PoolEntry {
  return Array.isArray(value) && value.length === 3 && Array.isArray(value[1]) && Array.isArray(value[2]);
}

/** What can't be sent, said of the value alone: the others go. */
export function refusalOf(codec: Codec, value: unknown): Error | undefined {
  try {
    codec.check(value);
    codec.encode(value);
    return undefined;
  } catch (error) {
    return error instanceof Error
      ? error
      : new SkeinError("NOT_SERIALIZABLE", String(error), { hint: "send plain data" });
  }
}
