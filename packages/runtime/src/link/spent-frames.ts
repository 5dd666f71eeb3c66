/**
 * Large buffers of frames that came and that only their last reader holds: given back at once. Left to the garbage
 * collector, those of a file were seen to cost the receiver as much as all its other work: it walks the heap again
 * for every few of them.
 */

/** Nobody but the reader of their frame has these. */
const SOLE = new WeakSet<ArrayBufferLike>();
/** Smaller ones cost less to collect than to free one by one. */
const LEAST_BYTES = 4096;
/** What a multiplexer may have put before a frame; no other frame fits in it. */
const AROUND_BYTES = 12;

/** Says that whoever reads `frame` last is the only one who has its buffer. Others of the buffer make it do nothing. */
export function soleFrame(frame: Uint8Array): void {
  const { byteLength, buffer } = frame;
  if (byteLength >= LEAST_BYTES && buffer.byteLength - byteLength <= AROUND_BYTES) SOLE.add(buffer);
}

/** `part` of a frame is not read any more: frees the frame, when it was said to be nobody else's. */
export function releaseFrame({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && SOLE.delete(buffer)) buffer.transfer(0);
}
