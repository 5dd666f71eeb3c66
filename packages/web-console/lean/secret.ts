/** In place of clusters of one secret: a page joins by an invite. */
import { notHere } from "./not-here.ts";

export const NONCE_BYTES = 32;

export function newSecret(): never {
  throw notHere("secrets");
}

export function deriveSecret(): never {
  throw notHere("secrets");
}

export function proveSecret(): never {
  throw notHere("secrets");
}

export const isSameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);
