import fc from "fast-check";
import { expect, test } from "vitest";
import { REVOCATIONS_LIMIT, REVOCATION_FOR_MS } from "../defaults.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { peerIdOf } from "./identity.ts";
import { clusterIdOf, newCertificate, signCertificate } from "./membership.ts";
import {
  isRevoked,
  learnRevocations,
  NO_REVOCATIONS,
  readRevocation,
  revocationWords,
  signRevocation,
  verifyRevocation,
  type Revocation,
  type Revocations,
} from "./revocation.ts";
import { fromBase64Url, signToken, toBase64Url } from "./token.ts";

const platform = createHostPlatform();
const clusterKey = platform.generateKey();
const otherKey = platform.generateKey();
const cluster = clusterIdOf(clusterKey.publicKey);
const NOW = 1_800_000_000_000;
/** Signing costs more than what these tests are about. */
const trusting = { verify: () => true };
const peers = Array.from({ length: 12 }, () => peerIdOf(platform.generateKey().publicKey));
const revocationOf = (index: number, revokedMs = NOW + index): Revocation => ({
  cluster,
  kind: "peer",
  id: peers[index % peers.length] ?? "",
  revokedMs,
});
const sign = (revocation: Revocation, key = clusterKey.privateKey): string => signRevocation(platform, key, revocation);
const learn = (state: Revocations, tokens: readonly string[], nowMs = NOW) =>
  learnRevocations(platform, state, tokens, cluster, nowMs);

test("a revocation says who is out, and is good by the cluster's key only", () => {
  const revocation = revocationOf(0);
  const token = sign(revocation);
  expect(readRevocation(token)).toEqual(revocation);
  expect(verifyRevocation(platform, token, cluster)).toEqual(revocation);
  expect(verifyRevocation(platform, sign(revocation, otherKey.privateKey), cluster)).toBe(undefined);
  expect(verifyRevocation(platform, token, clusterIdOf(otherKey.publicKey))).toBe(undefined);
  const [payload = "", signature = ""] = token.split(".");
  const changed = new TextDecoder().decode(fromBase64Url(payload)).replace(revocation.id, peers[1] ?? "");
  const forged = `${toBase64Url(new TextEncoder().encode(changed))}.${signature}`;
  expect(verifyRevocation(platform, forged, cluster)).toBe(undefined);
  // Other texts that the same key signed are none.
  const certificate = newCertificate(cluster, peers[0] ?? peerIdOf(otherKey.publicKey), ["node"], NOW);
  expect(verifyRevocation(platform, signCertificate(platform, clusterKey.privateKey, certificate), cluster)).toBe(
    undefined,
  );
});

test("what is malformed is no revocation, though the key signed it", () => {
  const bodies: object[] = [
    {},
    { ...revocationOf(0) },
    { v: 1, ...revocationOf(0), kind: "cluster" },
    { v: 1, ...revocationOf(0), id: "nobody" },
    { v: 1, ...revocationOf(0), kind: "invite", id: "" },
    { v: 1, ...revocationOf(0), kind: "invite", id: "x".repeat(300) },
    { v: 1, ...revocationOf(0), revokedMs: "now" },
    { v: 1, ...revocationOf(0), cluster: "ours" },
  ];
  for (const body of bodies) {
    const token = signToken(platform, clusterKey.privateKey, "revocation", body);
    expect(verifyRevocation(platform, token, cluster)).toBe(undefined);
  }
  for (const text of ["", ".", "a.b", "null.null", `${toBase64Url(new TextEncoder().encode("null"))}.AA`]) {
    expect(verifyRevocation(platform, text, cluster)).toBe(undefined);
  }
});

test("the same news again is no news, and the first word on somebody stays", () => {
  const first = sign(revocationOf(0, NOW));
  const { state, added } = learn(NO_REVOCATIONS, [first, "nonsense", first]);
  expect(added).toHaveLength(1);
  expect(isRevoked(state, "peer", peers[0] ?? "")).toBe(true);
  expect(isRevoked(state, "invite", peers[0] ?? "")).toBe(false);
  expect(learn(state, [first, sign(revocationOf(0, NOW + 5))])).toEqual({ state, added: [] });
});

test("a revocation is kept longer than anything it revokes, then it goes", () => {
  const { state } = learn(NO_REVOCATIONS, [sign(revocationOf(0, NOW))]);
  const later = NOW + REVOCATION_FOR_MS + 1;
  expect(learn(NO_REVOCATIONS, [sign(revocationOf(0, NOW))], later).added).toEqual([]);
  const after = learn(state, [sign(revocationOf(1, later))], later).state;
  expect(isRevoked(after, "peer", peers[0] ?? "")).toBe(false);
  expect(isRevoked(after, "peer", peers[1] ?? "")).toBe(true);
});

test("past the limit the oldest go, and are not told around again", () => {
  const tokens = Array.from({ length: REVOCATIONS_LIMIT + 10 }, (_, index) => {
    const body = { v: 1, cluster, kind: "invite", id: `invite${index}`, revokedMs: NOW + index };
    return `${toBase64Url(new TextEncoder().encode(JSON.stringify(body)))}.AA`;
  });
  const full = learnRevocations(trusting, NO_REVOCATIONS, tokens, cluster, NOW);
  expect(full.state.size).toBe(REVOCATIONS_LIMIT);
  expect(full.added).toHaveLength(REVOCATIONS_LIMIT);
  expect(isRevoked(full.state, "invite", "invite9")).toBe(false);
  expect(isRevoked(full.state, "invite", "invite10")).toBe(true);
  expect(learnRevocations(trusting, full.state, tokens.slice(0, 5), cluster, NOW).added).toEqual([]);
});

const signed = peers.map((_, index) => sign(revocationOf(index)));

test("whoever heard the same knows the same, in whatever order and however often it came", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(signed.length - 1), { maxLength: 6 }), { maxLength: 6 }),
      fc.nat(1000),
      (batches, seed) => {
        const tokens = batches.map((batch) => batch.map((index) => signed[index] ?? ""));
        const fold = (all: readonly (readonly string[])[]): Revocations =>
          all.reduce<Revocations>(
            (state, batch) => learnRevocations(trusting, state, batch, cluster, NOW).state,
            NO_REVOCATIONS,
          );
        const one = fold(tokens);
        const other = fold(tokens.toSorted((a, b) => ((a.length * seed) % 7) - ((b.length * seed) % 5)).concat(tokens));
        expect(revocationWords(other)).toBe(revocationWords(one));
        expect(one.size).toBe(new Set(batches.flat()).size);
      },
    ),
  );
});

test("no text makes reading a revocation fail", () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array({ maxLength: 200 }), (text, bytes) => {
      expect(verifyRevocation(platform, text, cluster)).toBe(undefined);
      expect(verifyRevocation(platform, `${toBase64Url(bytes)}.${toBase64Url(bytes)}`, cluster)).toBe(undefined);
    }),
  );
});
