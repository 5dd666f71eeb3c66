/**
 * The form of a frame: a fixed header that is read and forwarded without decoding the payload.
 *
 * ```text
 *  0  u32  length of what follows          26  u16  from: server
 *  4  u8   kind                            28  32 B from: the peer's public key
 *  5  u8   wire version                    60  u16  to: server
 *  6  u8   roles of `from` (one bit each), 62  32 B to: the peer's public key
 *          written by the host that        94  u32  which conversation of `from` with `to` this is: another
 *          authenticated the connection             one after a loss; 0: a host said it for `from`
 *  7  u8   flags                           98  u32  which of `to` with `from` it knows of; 0: none yet
 *  8  u48  number in its session (0 where there is none)
 * 14  u48  last number of the other side that arrived
 * 20  u48  bytes `to` may have sent to     102       payload: one codec call for all its messages
 *          `from` in all (its credit)
 * ```
 * All numbers are big endian. Every link carries exactly these bytes; a byte stream finds the frames by their length.
 */
import { MESSAGE_LIMIT_BYTES } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { KIB } from "../units.ts";

/** Raised when the form of frames or messages changes; both sides must speak the same. */
export const WIRE_VERSION = 3;
export const LENGTH_BYTES = 4;
export const HEADER_BYTES = 102;
/** Bytes of a public key in the header. */
export const KEY_BYTES = 32;
/** Largest frame: a message of the largest size, its header and some room for what encloses it. */
export const FRAME_LIMIT_BYTES: number = MESSAGE_LIMIT_BYTES + 64 * KIB;

/** What a frame carries. */
export const FrameKind = {
  /** Messages and answers between tasks and channels. */
  messages: 1,
  /** Calls of our own procedures; a host passes them to a server process only from whom it allows. */
  procedures: 2,
  /** Nothing but its header's credit. */
  credit: 3,
  /** An endpoint (or a whole peer) is gone. */
  lost: 4,
  /** Session control: only on the control stream between two peers. */
  control: 5,
  /** The join protocol: only before a peer is a member. */
  join: 6,
  /** Nothing but its header: the conversation of `to` that it names is over at `from`. */
  ended: 7,
  /** A piece of a bulk transfer, or a word about one: `peer/bulk-words.ts`. */
  bulk: 8,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

const KIND = 4;
const VERSION = 5;
const ROLES = 6;
const FLAGS = 7;
const SEQ = 8;
const ACK = 14;
const CREDIT = 20;
const FROM = 26;
const TO = 60;
const EPOCH = 94;
const OTHER_EPOCH = 98;
/** Where `from` and `to` start: server number, then key. */
export const FROM_OFFSET: number = FROM;
export const TO_OFFSET: number = TO;

export const readU16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

export const readU32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;

const readU48 = (bytes: Uint8Array, at: number): number => readU16(bytes, at) * 0x1_0000_0000 + readU32(bytes, at + 2);

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function writeU48(bytes: Uint8Array, at: number, value: number): void {
  writeU16(bytes, at, Math.floor(value / 0x1_0000_0000));
  writeU32(bytes, at + 2, value % 0x1_0000_0000);
}

/** Writes the parts of a header that its sender knows; number, acknowledgement and the rest start at 0. */
export function writeHeader(frame: Uint8Array, kind: FrameKind, from: Uint8Array, to: Uint8Array): void {
  writeU32(frame, 0, frame.byteLength - LENGTH_BYTES);
  frame[KIND] = kind;
  frame[VERSION] = WIRE_VERSION;
  frame.fill(0, ROLES, FROM);
  frame.set(from, FROM);
  frame.set(to, TO);
  frame.fill(0, EPOCH, HEADER_BYTES);
}

/** An endpoint as it stands in a header: its server number and its peer's public key. */
export function endpointBytes(key: Uint8Array, server: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 + KEY_BYTES);
  writeU16(bytes, 0, server);
  bytes.set(key, 2);
  return bytes;
}

export const frameKind = (frame: Uint8Array): number => frame[KIND] ?? 0;
export const frameRoles = (frame: Uint8Array): number => frame[ROLES] ?? 0;
export const frameFlags = (frame: Uint8Array): number => frame[FLAGS] ?? 0;
export const frameSeq = (frame: Uint8Array): number => readU48(frame, SEQ);
export const frameAck = (frame: Uint8Array): number => readU48(frame, ACK);
export const frameCredit = (frame: Uint8Array): number => readU48(frame, CREDIT);
export const fromServer = (frame: Uint8Array): number => readU16(frame, FROM);
export const toServer = (frame: Uint8Array): number => readU16(frame, TO);
export const payloadOf = (frame: Uint8Array): Uint8Array => frame.subarray(HEADER_BYTES);

/**
 * In a frame of credit: "say so at once", and that. In one of messages: it went ahead of what waited, and need not wait
 * for large values that stand before it either; and: it holds nothing but answers.
 */
export const FrameFlag = { ask: 1, answer: 2, ahead: 4, answers: 8 } as const;

export function setFlags(frame: Uint8Array, flags: number): void {
  frame[FLAGS] = flags;
}

export function setRoles(frame: Uint8Array, roles: number): void {
  frame[ROLES] = roles;
}
export const frameEpoch = (frame: Uint8Array): number => readU32(frame, EPOCH);
export const frameOtherEpoch = (frame: Uint8Array): number => readU32(frame, OTHER_EPOCH);
/** The sender's own conversation, and the one of the other side that it answers (0: none heard of yet). */
export function setEpochs(frame: Uint8Array, epoch: number, other: number): void {
  writeU32(frame, EPOCH, epoch);
  writeU32(frame, OTHER_EPOCH, other);
}
export const setSeq = (frame: Uint8Array, seq: number): void => writeU48(frame, SEQ, seq);
export const setAck = (frame: Uint8Array, ack: number): void => writeU48(frame, ACK, ack);
export const setCredit = (frame: Uint8Array, credit: number): void => writeU48(frame, CREDIT, credit);

/** Whether the endpoint at `offset` ({@link FROM_OFFSET} or {@link TO_OFFSET}) is of this peer. */
export function hasKey(frame: Uint8Array, offset: number, key: Uint8Array): boolean {
  for (let index = 0; index < KEY_BYTES; index += 1) {
    if (frame[offset + 2 + index] !== key[index]) return false;
  }
  return true;
}

/** Refuses what can't be a frame of ours: too short, another version, a length that isn't its own. */
export function checkFrame(frame: Uint8Array): void {
  if (frame.byteLength < HEADER_BYTES || readU32(frame, 0) !== frame.byteLength - LENGTH_BYTES) {
    throw invalidFrame("a frame has a wrong length");
  }
  if (frame[VERSION] === WIRE_VERSION) return;
  const version = String(frame[VERSION]);
  throw new SkeinError(
    "CODE_MISMATCH",
    `the other side speaks version ${version} of the wire, this one ${WIRE_VERSION}`,
    {
      hint: "install the same version of skein on both sides",
    },
  );
}

export const invalidFrame = (message: string): SkeinError =>
  new SkeinError("WIRE_INVALID", message, { hint: "check that both sides run the same version of skein" });
