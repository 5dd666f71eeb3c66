/** What can be taken from bytes that arrived: some, an exact count, a line, a frame. Pure. */
import type { ByteQueue } from "./byte-queue.ts";

/** What a look at the buffer gives: something taken, the end, why it can't be, or that it is too early. */
export type Cut<T> =
  /** `bytes` from `from` up to `to` are what was taken, to be put back when nobody wants it. */
  | {
      readonly type: "taken";
      readonly value: T;
      readonly bytes: Uint8Array;
      readonly from: number;
      readonly to: number;
    }
  | { readonly type: "end" }
  /** The end came in the middle. */
  | { readonly type: "short"; readonly where: string }
  | { readonly type: "large"; readonly part: string; readonly limit: number }
  | undefined;

/** Looks, and takes if there is enough; `ended` says that no more will come. */
export type CutFrom<T> = (queue: ByteQueue, ended: boolean) => Cut<T>;

/** Bytes before a frame: its length, big-endian. */
const FRAME_HEADER_BYTES = 4;

const END: Cut<never> = { type: "end" };

function taken<T>(bytes: Uint8Array, value: T): Cut<T> {
  return { type: "taken", value, bytes, from: 0, to: bytes.length };
}

export function cutSome(most: number): CutFrom<Uint8Array> {
  return (queue, ended) => {
    if (queue.size === 0) return ended ? END : undefined;
    const bytes = queue.takeSome(most);
    return taken(bytes, bytes);
  };
}

export function cutExactly(count: number): CutFrom<Uint8Array> {
  return (queue, ended) => {
    if (queue.size >= count) {
      const bytes = queue.take(count);
      return taken(bytes, bytes);
    }
    if (!ended) return undefined;
    return queue.size === 0 ? END : { type: "short", where: `after ${queue.size} of ${count} bytes` };
  };
}

/** A line without its end; the last one may have none. */
export function cutLine(limit: number): CutFrom<string> {
  return (queue, ended) => {
    const line = queue.takeLine(limit);
    if (line !== undefined) return { type: "taken", value: line.text, bytes: line.chunk, from: line.from, to: line.to };
    const newline = queue.findNewline();
    if (newline > limit || (newline === -1 && queue.size > limit)) return { type: "large", part: "a line", limit };
    if (newline === -1 && !ended) return undefined;
    if (queue.size === 0) return END;
    const bytes = queue.take(newline === -1 ? queue.size : newline + 1);
    return taken(bytes, lineText(bytes));
  };
}

/** A frame without its header. */
export function cutFrame(limit: number): CutFrom<Uint8Array> {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  const view = new DataView(header.buffer);
  return (queue, ended) => {
    if (queue.size >= FRAME_HEADER_BYTES) {
      queue.peek(header);
      const length = view.getUint32(0);
      if (length > limit) return { type: "large", part: `a frame of ${length} bytes`, limit };
      if (queue.size >= FRAME_HEADER_BYTES + length) {
        const bytes = queue.take(FRAME_HEADER_BYTES + length);
        return taken(bytes, bytes.subarray(FRAME_HEADER_BYTES));
      }
    }
    if (!ended) return undefined;
    return queue.size === 0 ? END : { type: "short", where: "in the middle of a frame" };
  };
}

/** A frame's header. */
export function frameHeader(length: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  new DataView(header.buffer).setUint32(0, length);
  return header;
}

/** The text of a line's bytes without `\n` or `\r\n`; bytes that are no UTF-8 become U+FFFD. */
function lineText(bytes: Uint8Array): string {
  const text = DECODER.decode(bytes);
  if (!text.endsWith("\n")) return text;
  return text.slice(0, text.endsWith("\r\n") ? -2 : -1);
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
