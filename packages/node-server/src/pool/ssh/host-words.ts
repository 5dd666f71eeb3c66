/** What a pool and its host elsewhere say to each other over one ssh connection: frames that name a worker. */
import { LENGTH_BYTES } from "@skein/runtime/worker";

/** A frame is its length, one of these in a byte, and the number of the worker that it is about. */
export const HostWord = {
  /** To the host: start a worker of this number. */
  start: 0,
  /** To the host: end it. */
  kill: 1,
  /** Both ways: bytes of the worker's link. */
  link: 2,
  /** What the worker printed. */
  output: 3,
  errors: 4,
  /** It runs; the text is its process id. */
  started: 5,
  /** It has ended, or could not be started; the text says how. */
  exited: 6,
  /** To the host: a piece of a bundle, its digest first; the number is 1 for the last piece. */
  code: 7,
  /** To the host: the pool is there. */
  ping: 8,
} as const;
export type HostWord = (typeof HostWord)[keyof typeof HostWord];

/** Before the frames a host says two lines that begin so: what it is, and then, that it is ready. What its shell prints is none. */
export const HOST_MARK = "skein-pool ";
export const hostLine = (told: object): string => `\n${HOST_MARK}${JSON.stringify(told)}\n`;

/** Least bytes of a frame. */
export const HOST_HEAD_BYTES: number = LENGTH_BYTES + 5;
/** Links of workers that send much share the connection by pieces of this size. */
const PIECE_BYTES = 262_144;

export function hostFrame(word: HostWord, worker: number, bytes: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(HOST_HEAD_BYTES + bytes.byteLength);
  frame.writeUInt32BE(frame.byteLength - LENGTH_BYTES, 0);
  frame.writeUInt8(word, LENGTH_BYTES);
  frame.writeUInt32BE(worker, LENGTH_BYTES + 1);
  frame.set(bytes, HOST_HEAD_BYTES);
  return frame;
}

/** The same for as many bytes as there are. */
export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

export interface HostFrame {
  /** Of another version it may be none that is known. */
  readonly word: number;
  readonly worker: number;
  readonly bytes: Uint8Array;
}

/** Reads what a splitter made with {@link HOST_HEAD_BYTES} gives. */
export function readHostFrame(frame: Uint8Array): HostFrame {
  const view = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  return {
    word: view.readUInt8(LENGTH_BYTES),
    worker: view.readUInt32BE(LENGTH_BYTES + 1),
    bytes: frame.subarray(HOST_HEAD_BYTES),
  };
}
