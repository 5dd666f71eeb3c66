/**
 * ChaCha20-Poly1305 for Noise on Node: WebAssembly for small messages, OpenSSL with a cached key object for large ones.
 * Turning a raw key into OpenSSL's form at each call was seen to cost more than a small message's encryption.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import type { ICryptoInterface } from "@chainsafe/libp2p-noise";
import { Uint8ArrayList } from "uint8arraylist";
import { asCrypto, defaultCrypto } from "@chainsafe/libp2p-noise/crypto";
import { ownBuffer, releaseBuffer } from "./spent-buffers.ts";

type Bytes = Parameters<ICryptoInterface["chaCha20Poly1305Encrypt"]>[0];

/** Below this many bytes a call into WebAssembly is faster than one into OpenSSL. */
export const SMALL_BYTES = 512;
/** From here on a list of parts costs less than putting them together. */
export const LARGE_BYTES: number = 8 * 1024;
const ALGORITHM = "chacha20-poly1305";
const TAG_BYTES = 16;
const OPTIONS = { authTagLength: TAG_BYTES } as const;

/** What libp2p's Noise takes as its `crypto`. */
export function fastNoiseCrypto(): ICryptoInterface {
  // Noise keeps one key object per direction and connection, so this holds a handful of entries.
  const keys = new WeakMap<Uint8Array, KeyObject>();
  const keyOf = (raw: Uint8Array): KeyObject => {
    let key = keys.get(raw);
    if (key === undefined) {
      key = createSecretKey(raw);
      keys.set(raw, key);
    }
    return key;
  };
  return {
    ...defaultCrypto,
    chaCha20Poly1305Encrypt(plaintext, nonce, ad, k) {
      if (plaintext.byteLength < SMALL_BYTES) return asCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, k);
      const cipher = createCipheriv(ALGORITHM, keyOf(k), nonce, OPTIONS);
      if (ad.byteLength > 0) cipher.setAAD(ad, { plaintextLength: plaintext.byteLength });
      if (plaintext.byteLength >= LARGE_BYTES) {
        // As it comes out, in parts: one buffer for all of it would be another copy.
        const parted = new Uint8ArrayList();
        for (const part of parts(plaintext)) parted.append(ownBuffer(cipher.update(part)));
        cipher.final();
        parted.append(cipher.getAuthTag());
        return parted;
      }
      const sealed = Buffer.allocUnsafe(plaintext.byteLength + TAG_BYTES);
      let at = 0;
      for (const part of parts(plaintext)) at += cipher.update(part).copy(sealed, at);
      cipher.final();
      cipher.getAuthTag().copy(sealed, at);
      return sealed;
    },
    chaCha20Poly1305Decrypt(ciphertext, nonce, ad, k, into) {
      if (ciphertext.byteLength < SMALL_BYTES) return asCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, k, into);
      const size = ciphertext.byteLength - TAG_BYTES;
      const decipher = createDecipheriv(ALGORITHM, keyOf(k), nonce, OPTIONS);
      if (ad.byteLength > 0) decipher.setAAD(ad, { plaintextLength: size });
      decipher.setAuthTag(ciphertext.subarray(size));
      // Noise has put the parts together already, as room for the text.
      const sealed = into?.byteLength === size ? into : ciphertext.subarray(0, size);
      const plaintext = decipher.update(sealed);
      // Throws when the tag doesn't fit: nothing of the text is used before that.
      decipher.final();
      // Where the parts had to be put together, that was for this alone.
      if (sealed === into) releaseBuffer(ownBuffer(into));
      return plaintext;
    },
  };
}

const parts = (bytes: Bytes): Iterable<Uint8Array> => (bytes instanceof Uint8Array ? [bytes] : bytes);
