import fc from "fast-check";
import { expect, test } from "vitest";
import { SECRET_LEAST_BITS } from "../defaults.ts";
import type { PeerId } from "../ids.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { peerIdOf } from "./identity.ts";
import { clusterIdOf } from "./membership.ts";
import {
  deriveSecret,
  isSameBytes,
  newSecret,
  NONCE_BYTES,
  proveSecret,
  secretBits,
  type ProofAbout,
} from "./secret.ts";

const platform = createHostPlatform();
const random = (count: number): Uint8Array => platform.randomBytes(count);
const GOOD = "k3v9x-2mq8r-w0z7t-b5ynd-1hj6c-4gpsf";
const newPeer = (): PeerId => peerIdOf(platform.generateKey().publicKey);

test("every secret that is made here is strong enough", () => {
  for (let n = 0; n < 2000; n += 1) expect(secretBits(newSecret(random))).toBeGreaterThanOrEqual(SECRET_LEAST_BITS);
});

test("random texts of other tools are strong enough: hexadecimal, base64, uuid, base32", () => {
  for (const secret of [
    "9f86d081884c7d659a2feaa0c55ad015",
    "Xq3v+9KfLrT0wZ7YbN2mPg==",
    "0b6c6f0e-6c1b-4d9e-9c55-3f5f0a7d2e91",
    "jbswy3dpehpk3pxpvqx2qzk7mf",
  ]) {
    expect(secretBits(secret), secret).toBeGreaterThanOrEqual(SECRET_LEAST_BITS);
  }
});

test("what people choose is too weak, however long it looks", () => {
  for (const secret of [
    "",
    "hunter2",
    "Password123!Password123!Password123!",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "the-secret-of-our-cluster",
    "abababababababababababababababababab",
    "x".repeat(100_000),
  ]) {
    expect(() => deriveSecret(platform, secret), secret.slice(0, 40)).toThrowError(
      expect.objectContaining({ code: "SECRET_WEAK" }),
    );
  }
});

test("one secret gives one cluster, whoever derives it; another gives another", () => {
  const one = deriveSecret(platform, GOOD);
  const same = deriveSecret(platform, `  ${GOOD}\n`);
  const other = deriveSecret(platform, GOOD.replace("k", "l"));
  expect(same).toEqual(one);
  expect(clusterIdOf(other.cluster.publicKey)).not.toBe(clusterIdOf(one.cluster.publicKey));
  expect(other.proof).not.toEqual(one.proof);
});

test("a proof is good for one side of one connection of two peers, and for nothing else", () => {
  const { cluster, proof: key } = deriveSecret(platform, GOOD);
  const about: ProofAbout = {
    side: "dialler",
    cluster: clusterIdOf(cluster.publicKey),
    dialler: newPeer(),
    answerer: newPeer(),
    nonces: [platform.randomBytes(NONCE_BYTES), platform.randomBytes(NONCE_BYTES)],
  };
  const proof = proveSecret(platform, key, about);
  expect(isSameBytes(proof, proveSecret(platform, key, { ...about }))).toBe(true);
  const [first, second] = about.nonces;
  const others: ProofAbout[] = [
    { ...about, side: "answerer" },
    { ...about, dialler: newPeer() },
    { ...about, answerer: newPeer() },
    { ...about, dialler: about.answerer, answerer: about.dialler },
    { ...about, nonces: [second, first] },
    { ...about, nonces: [first, platform.randomBytes(NONCE_BYTES)] },
    { ...about, nonces: [platform.randomBytes(NONCE_BYTES), second] },
  ];
  for (const other of others) expect(isSameBytes(proof, proveSecret(platform, key, other))).toBe(false);
  expect(isSameBytes(proof, proveSecret(platform, deriveSecret(platform, newSecret(random)).proof, about))).toBe(false);
});

test("bytes are the same when each of them is", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (one, other) => {
      expect(isSameBytes(one, one.slice())).toBe(true);
      expect(isSameBytes(one, other)).toBe(one.toString() === other.toString());
    }),
  );
});

test("more of the same text is never stronger", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      expect(secretBits(text.slice(0, 3).repeat(40))).toBeLessThan(SECRET_LEAST_BITS);
      expect(secretBits(text)).toBeLessThanOrEqual(text.length * 6);
    }),
  );
});
