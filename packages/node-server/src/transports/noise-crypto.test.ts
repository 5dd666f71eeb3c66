import { randomBytes } from "node:crypto";
import { pureJsCrypto } from "@chainsafe/libp2p-noise";
import { Uint8ArrayList } from "uint8arraylist";
import { expect, test } from "vitest";
import { fastNoiseCrypto, SMALL_BYTES } from "./noise-crypto.ts";

const crypto = fastNoiseCrypto();
const key = new Uint8Array(randomBytes(32));
const nonce = new Uint8Array(12);
const ad = new Uint8Array(0);
const plain = (bytes: Uint8Array | Uint8ArrayList): Uint8Array => new Uint8Array(bytes.subarray());

test("what it encrypts any implementation decrypts, and the other way round, at every size around the change", () => {
  for (const size of [0, 1, SMALL_BYTES - 1, SMALL_BYTES, SMALL_BYTES + 1, 65_519]) {
    const text = new Uint8Array(randomBytes(size));
    const sealed = crypto.chaCha20Poly1305Encrypt(text, nonce, ad, key);
    expect(plain(pureJsCrypto.chaCha20Poly1305Decrypt(plain(sealed), nonce, ad, key))).toEqual(text);
    const theirs = plain(pureJsCrypto.chaCha20Poly1305Encrypt(text, nonce, ad, key));
    expect(plain(crypto.chaCha20Poly1305Decrypt(theirs, nonce, ad, key))).toEqual(text);
  }
});

test("lists of parts are taken as one text", () => {
  const text = new Uint8ArrayList(new Uint8Array(randomBytes(700)), new Uint8Array(randomBytes(900)));
  const sealed = plain(crypto.chaCha20Poly1305Encrypt(text, nonce, ad, key));
  const inParts = new Uint8ArrayList(sealed.subarray(0, 1000), sealed.subarray(1000));
  expect(plain(crypto.chaCha20Poly1305Decrypt(inParts, nonce, ad, key))).toEqual(plain(text));
});

test("a changed byte is refused at every size", () => {
  for (const size of [10, 2000]) {
    const sealed = plain(crypto.chaCha20Poly1305Encrypt(new Uint8Array(size), nonce, ad, key));
    sealed[3] = (sealed[3] ?? 0) ^ 1;
    expect(() => crypto.chaCha20Poly1305Decrypt(sealed, nonce, ad, key)).toThrowError();
  }
});
