/**
 * What frames of bulk say. Their payload: one byte that tells what it is, the number of the transfer as its sender
 * counts them, and then by word
 *
 * ```text
 * from the sender    data   bytes                   from the receiver   credit  u48 bytes it may send in all
 *                    end    u48 bytes sent, trailer                      stop    an error, by the codec
 *                    abort  an error, by the codec
 * ```
 */
import { HEADER_BYTES, invalidFrame, readU16, readU32, writeU16, writeU32 } from "../wire/frames.ts";

export const BulkWord = { data: 1, end: 2, abort: 3, credit: 4, stop: 5 } as const;
export type BulkWord = (typeof BulkWord)[keyof typeof BulkWord];

/** Where what belongs to the word begins. */
export const BULK_BODY: number = HEADER_BYTES + 5;
/** Bytes of a count in a word. */
export const BULK_COUNT_BYTES = 6;

export const bulkWord = (frame: Uint8Array): number => frame[HEADER_BYTES] ?? 0;
export const bulkTransfer = (frame: Uint8Array): number => readU32(frame, HEADER_BYTES + 1);
/** Whether the word is of who receives the transfer: it may go back on the stream that brings the bytes. */
export const isReceiverWord = (frame: Uint8Array): boolean => bulkWord(frame) >= BulkWord.credit;
/** Whether nothing of the transfer follows. */
export const isLast = (frame: Uint8Array): boolean =>
  bulkWord(frame) === BulkWord.end || bulkWord(frame) === BulkWord.abort;
export const bulkCount = (frame: Uint8Array): number =>
  readU16(frame, BULK_BODY) * 0x1_0000_0000 + readU32(frame, BULK_BODY + 2);

/** A frame with `bytes` of body, word and number written; its header is still to be. `room` may be a buffer for it. */
export function bulkFrame(
  word: BulkWord,
  transfer: number,
  bytes: number,
  frame: Uint8Array = new Uint8Array(BULK_BODY + bytes),
): Uint8Array {
  frame[HEADER_BYTES] = word;
  writeU32(frame, HEADER_BYTES + 1, transfer);
  return frame;
}

export function setBulkCount(frame: Uint8Array, count: number): void {
  writeU16(frame, BULK_BODY, Math.floor(count / 0x1_0000_0000));
  writeU32(frame, BULK_BODY + 2, count % 0x1_0000_0000);
}

/** @throws {SkeinError} `WIRE_INVALID` */
export function checkBulk(frame: Uint8Array): void {
  const word = bulkWord(frame);
  const counted = word === BulkWord.end || word === BulkWord.credit;
  const least = counted ? BULK_BODY + BULK_COUNT_BYTES : BULK_BODY;
  if (frame.byteLength < least || word < BulkWord.data || word > BulkWord.stop) {
    throw invalidFrame("a malformed frame of bulk");
  }
}
