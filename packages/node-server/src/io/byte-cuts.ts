/** What can be taken from bytes that arrived: some, an exact count, a line, a frame. Pure. */
import { type ByteQueue } from "./byte-queue.ts";

/** What a look at the buffer gives: taken bytes, the end, why it can't be, or that it is too early. */
export type Cut =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  | { readonly type: "end" }
  /** The end came in the middle. */
  | { readonly type: "short"; readonly where: string }
  | { readonly type: "large"; readonly part: string; readonly limit: number }
  | undefined;

/** Looks, and takes if there is enough; `ended` says that no more will come. */
export type CutFrom = (queue: ByteQueue, ended: boolean) => Cut;

/** Bytes before a frame: its length, big-endian. */
export const FRAME_HEADER_BYTES = 4;

const END: Cut = { type: "end" };
const bytesOf = (bytes: Uint8Array): Cut => ({ type: "bytes", bytes });

export function cutSome(most: number): CutFrom {
  return (queue, ended) => {
    if (queue.size > 0) return bytesOf(queue.takeSome(most));
    return ended ? END : undefined;
  };
}

export function cutExactly(count: number): CutFrom {
  return (queue, ended) => {
    if (queue.size >= count) return bytesOf(queue.take(count));
    if (!ended) return undefined;
    return queue.size === 0 ? END : { type: "short", where: `after ${queue.size} of ${count} bytes` };
  };
}

/** A line with its newline; the last one may have none. */
export function cutLine(limit: number): CutFrom {
  return (queue, ended) => {
    const newline = queue.findNewline();
    if (newline > limit || (newline === -1 && queue.size > limit)) return { type: "large", part: "a line", limit };
    if (newline !== -1) return bytesOf(queue.take(newline + 1));
    if (!ended) return undefined;
    return queue.size === 0 ? END : bytesOf(queue.take(queue.size));
  };
}

/** A frame with its header. */
export function cutFrame(limit: number): CutFrom {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  const view = new DataView(header.buffer);
  return (queue, ended) => {
    if (queue.size >= FRAME_HEADER_BYTES) {
      queue.peek(header);
      const length = view.getUint32(0);
      if (length > limit) return { type: "large", part: `a frame of ${length} bytes`, limit };
      if (queue.size >= FRAME_HEADER_BYTES + length) return bytesOf(queue.take(FRAME_HEADER_BYTES + length));
    }
    if (!ended) return undefined;
    return queue.size === 0 ? END : { type: "short", where: "in the middle of a frame" };
  };
}

/** The text of a line's bytes, without `\n` or `\r\n`; bytes that are no UTF-8 become U+FFFD. */
export function lineText(bytes: Uint8Array): string {
  const text = DECODER.decode(bytes);
  if (!text.endsWith("\n")) return text;
  return text.slice(0, text.endsWith("\r\n") ? -2 : -1);
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

export const framePayload = (bytes: Uint8Array): Uint8Array => bytes.subarray(FRAME_HEADER_BYTES);

/** A frame's header. */
export function frameHeader(length: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  new DataView(header.buffer).setUint32(0, length);
  return header;
}
