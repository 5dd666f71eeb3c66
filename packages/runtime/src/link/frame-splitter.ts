/** Finds whole frames in a stream of bytes: the shared part of every link over a byte stream. */
import { FRAME_LIMIT_BYTES, HEADER_BYTES, LENGTH_BYTES, invalidFrame, readU32 } from "../wire/frames.ts";

/** Bytes collected for frames that came in pieces; a frame within one chunk is a view of it, never a copy. */
export class FrameSplitter {
  readonly #onFrame: (frame: Uint8Array) => void;
  /** Largest frame taken; smaller before a peer has joined. */
  limitBytes: number = FRAME_LIMIT_BYTES;
  readonly #leastBytes: number;
  #head: Uint8Array | undefined;
  /** A frame under way: its whole room, filled up to `#filled`. */
  #frame: Uint8Array | undefined;
  #filled = 0;

  /** `leastBytes`: frames of a pool have no header. */
  constructor(onFrame: (frame: Uint8Array) => void, leastBytes: number = HEADER_BYTES) {
    this.#onFrame = onFrame;
    this.#leastBytes = leastBytes;
  }

  /** @throws {SkeinError} `WIRE_INVALID` for a length that can't be; the link must then be closed */
  push(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#frame !== undefined) {
      const missing = this.#frame.byteLength - this.#filled;
      if (bytes.byteLength < missing) {
        this.#frame.set(bytes, this.#filled);
        this.#filled += bytes.byteLength;
        return;
      }
      this.#frame.set(bytes.subarray(0, missing), this.#filled);
      const frame = this.#frame;
      this.#frame = undefined;
      bytes = bytes.subarray(missing);
      this.#onFrame(frame);
    } else if (this.#head !== undefined) {
      const joined = new Uint8Array(this.#head.byteLength + bytes.byteLength);
      joined.set(this.#head);
      joined.set(bytes, this.#head.byteLength);
      this.#head = undefined;
      bytes = joined;
    }
    this.#split(bytes);
  }

  #split(bytes: Uint8Array): void {
    let start = 0;
    while (bytes.byteLength - start >= LENGTH_BYTES) {
      const size = LENGTH_BYTES + readU32(bytes, start);
      if (size > this.limitBytes || size < this.#leastBytes) {
        throw invalidFrame(`a frame of ${size} bytes; ${this.#leastBytes} to ${this.limitBytes} are allowed`);
      }
      if (bytes.byteLength - start < size) {
        this.#frame = new Uint8Array(size);
        this.#frame.set(bytes.subarray(start));
        this.#filled = bytes.byteLength - start;
        return;
      }
      const isAll = size === bytes.byteLength;
      const frame = isAll ? bytes : bytes.subarray(start, start + size);
      start += size;
      this.#onFrame(frame);
    }
    if (start < bytes.byteLength) this.#head = bytes.slice(start);
  }
}
