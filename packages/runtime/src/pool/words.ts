/** What a pool and its worker processes say to each other: entries of a frame, one codec call for all of them. */
import { SkeinError } from "../errors.ts";
import type { Codec } from "../wire/codec.ts";
import { invalidFrame, LENGTH_BYTES, writeU32 } from "../wire/frames.ts";
import { Entry } from "../wire/messages.ts";

/** An entry: `values` are encoded one by one, and share no objects where they arrive. */
export type PoolEntry = readonly [kind: typeof Entry.sends, head: readonly number[], values: readonly unknown[]];

export const poolEntry = (head: readonly number[], values: readonly unknown[]): PoolEntry => [
  Entry.sends,
  head,
  values,
];

/** A frame of entries, with its length before it; `sizes` gets the bytes of each. @throws {SkeinError} `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE` */
export function encodePoolFrame(codec: Codec, entries: readonly PoolEntry[], sizes?: number[]): Uint8Array {
  const frame = codec.encodeEntries(entries, LENGTH_BYTES, true, sizes);
  writeU32(frame, 0, frame.byteLength - LENGTH_BYTES);
  return frame;
}

/** Its entries; `sizes` as above. Both ends are of one program, so only the form is looked at. @throws {SkeinError} `WIRE_INVALID` */
export function decodePoolFrame(codec: Codec, frame: Uint8Array, sizes?: number[]): readonly PoolEntry[] {
  const { entries } = codec.decodeEntries(frame.subarray(LENGTH_BYTES), sizes);
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
