/**
 * Large buffers that encryption made and the socket has written: given back at once. Left to the garbage collector, those of
 * a file were seen to cost more than its encryption: it walks the whole heap for about every 20 MB of them.
 */

/** Nobody but the socket reads these any more. */
const OWN = new WeakSet<ArrayBufferLike>();
/** Smaller ones cost less to collect than to free one by one. */
export const RELEASED_FROM_BYTES = 4096;

/** Says that `bytes`, if they are all of their buffer, are nobody's any more once they are written. */
export function ownBuffer<T extends Uint8Array>(bytes: T): T {
  if (isLargeWhole(bytes)) OWN.add(bytes.buffer);
  return bytes;
}

/** Whether they were said to be so, and no other part of their buffer can still have to be written. */
export const isOwnBuffer = (bytes: Uint8Array): boolean => isLargeWhole(bytes) && OWN.has(bytes.buffer);

/** Frees the memory of such bytes, which are none from then on. Others are left alone. */
export function releaseBuffer(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (isOwnBuffer(bytes) && buffer instanceof ArrayBuffer && OWN.delete(buffer)) buffer.transfer(0);
}

const isLargeWhole = ({ byteLength, buffer }: Uint8Array): boolean =>
  byteLength >= RELEASED_FROM_BYTES && byteLength === buffer.byteLength;
