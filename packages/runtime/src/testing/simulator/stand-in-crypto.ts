/**
 * Signatures that tell right from wrong as real ones do, and hide nothing: thousands of simulated peers join in the time
 * that one real signature takes. Never for anything but simulations.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { KeyPair } from "../../platform.ts";
import type { CryptoParts } from "../pure-crypto.ts";

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** Tells the public key made of a private one from other hashes. */
const PUBLIC_MARK = 0x70;

/** Keys are made of `randomBytes`, so a seeded source gives the same ones again. */
export function standInCrypto(randomBytes: (count: number) => Uint8Array): CryptoParts {
  return {
    sha256: (bytes) => new Uint8Array(sha256(bytes)),
    hmacSha256: (key, bytes) => new Uint8Array(hmac(sha256, key, bytes)),
    generateKey: () => keyPair(randomBytes(KEY_BYTES)),
    keyPair,
    sign: (privateKey, bytes) => signature(publicKeyOf(privateKey), bytes),
    verify: (publicKey, bytes, given) => {
      if (publicKey.byteLength !== KEY_BYTES || given.byteLength !== SIGNATURE_BYTES) return false;
      return signature(publicKey, bytes).every((byte, index) => byte === given[index]);
    },
  };
}

const keyPair = (privateKey: Uint8Array): KeyPair => ({
  publicKey: publicKeyOf(privateKey),
  privateKey: new Uint8Array(privateKey),
});

function publicKeyOf(privateKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const marked = new Uint8Array(privateKey.byteLength + 1);
  marked.set(privateKey);
  marked[privateKey.byteLength] = PUBLIC_MARK;
  return new Uint8Array(sha256(marked));
}

function signature(publicKey: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const signed = new Uint8Array(SIGNATURE_BYTES);
  signed.set(hmac(sha256, publicKey, bytes));
  signed.set(publicKey, SIGNATURE_BYTES - KEY_BYTES);
  return signed;
}
