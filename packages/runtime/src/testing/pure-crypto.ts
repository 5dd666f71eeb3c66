/** Synchronous signatures and hashes in plain JavaScript, for platforms of tests and of the simulator. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { KeyPair, Platform } from "../platform.ts";

export type CryptoParts = Pick<Platform, "sha256" | "hmacSha256" | "generateKey" | "keyPair" | "sign" | "verify">;

/** Keys are made of `randomBytes`, so a seeded source gives the same ones again. */
export function pureCrypto(randomBytes: (count: number) => Uint8Array): CryptoParts {
  const keyPair = (privateKey: Uint8Array): KeyPair => ({
    publicKey: new Uint8Array(ed25519.getPublicKey(privateKey)),
    privateKey: new Uint8Array(privateKey),
  });
  return {
    sha256: (bytes) => new Uint8Array(sha256(bytes)),
    hmacSha256: (key, bytes) => new Uint8Array(hmac(sha256, key, bytes)),
    generateKey: () => keyPair(randomBytes(32)),
    keyPair,
    sign: (privateKey, bytes) => new Uint8Array(ed25519.sign(bytes, privateKey)),
    verify: (publicKey, bytes, signature) => {
      try {
        return ed25519.verify(signature, bytes, publicKey);
      } catch {
        // Malformed keys and signatures verify nothing.
        return false;
      }
    },
  };
}
