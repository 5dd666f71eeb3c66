import { expect, test } from "vitest";
import { CERTIFICATE_FOR_MS, CLOCK_SKEW_MS } from "../defaults.ts";
import type { PeerId } from "../ids.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { peerIdOf, publicKeyOf } from "./identity.ts";
import {
  ROLES,
  clusterIdOf,
  inviteToken,
  isDueForRenewal,
  newCertificate,
  readInvite,
  readSignedInvite,
  redeem,
  rolesOfMask,
  rolesToMask,
  signCertificate,
  signInvite,
  verifyCertificate,
  verifyInvite,
  type Invite,
  type Redemptions,
} from "./membership.ts";
import { fromBase64Url, toBase64Url } from "./token.ts";

const platform = createHostPlatform();
const clusterKey = platform.generateKey();
const otherKey = platform.generateKey();
const cluster = clusterIdOf(clusterKey.publicKey);
const newPeer = (): PeerId => peerIdOf(platform.generateKey().publicKey);
const NOW = 1_800_000_000_000;

const invite: Invite = {
  cluster,
  id: "abc",
  roles: ["client", "node"],
  uses: 2,
  expiresMs: NOW + 1000,
  addresses: [`/ip4/127.0.0.1/tcp/4100/p2p/${newPeer()}`],
};
const code = (run: () => unknown): string => {
  try {
    run();
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test("a PeerId is made of a public key and gives it back", () => {
  const { publicKey } = platform.generateKey();
  expect(publicKeyOf(peerIdOf(publicKey))).toEqual(publicKey);
  expect(peerIdOf(publicKey)).toMatch(/^12D3Koo/);
  expect(code(() => publicKeyOf("12D3KooWnonsense" as PeerId))).toBe("OPTION_INVALID");
});

test("an invite says what it holds, in a text, a link and with spaces around it", () => {
  const text = signInvite(platform, clusterKey.privateKey, invite);
  expect(text).toMatch(/^skein:[\w-]+\.[\w-]+$/);
  expect(readInvite(text)).toEqual(invite);
  expect(readInvite(` http://host:8182/#${text}\n`)).toEqual(invite);
  expect(verifyInvite(platform, inviteToken(text), cluster, NOW)).toEqual(invite);
  expect(code(() => readInvite("skein:what.ever"))).toBe("OPTION_INVALID");
});

test("an invite of another cluster, forged or changed, makes nobody a member", () => {
  const foreign = clusterIdOf(otherKey.publicKey);
  const theirs = signInvite(platform, otherKey.privateKey, { ...invite, cluster: foreign });
  expect(code(() => verifyInvite(platform, theirs, cluster, NOW))).toBe("NOT_A_MEMBER");
  // In our cluster's name, signed by another key.
  const forged = signInvite(platform, otherKey.privateKey, invite);
  expect(code(() => verifyInvite(platform, forged, cluster, NOW))).toBe("NOT_A_MEMBER");
  expect(code(() => readSignedInvite(platform, forged))).toBe("OPTION_INVALID");
  const text = inviteToken(signInvite(platform, clusterKey.privateKey, invite));
  expect(readSignedInvite(platform, text)).toEqual(invite);
  expect(code(() => readSignedInvite(platform, text.slice(0, -20)))).toBe("OPTION_INVALID");
  const [payload = "", signature = ""] = text.split(".");
  const body = new TextDecoder().decode(fromBase64Url(payload)).replace('"node"', '"operator"');
  const changed = `${toBase64Url(new TextEncoder().encode(body))}.${signature}`;
  expect(code(() => verifyInvite(platform, changed, cluster, NOW))).toBe("NOT_A_MEMBER");
  expect(code(() => readSignedInvite(platform, changed))).toBe("OPTION_INVALID");
});

test("an invite expires", () => {
  const text = signInvite(platform, clusterKey.privateKey, invite);
  expect(code(() => verifyInvite(platform, text, cluster, NOW + 1001))).toBe("INVITE_EXPIRED");
});

test("an invite is redeemed by as many peers as it says; the same peer may come again", () => {
  const [a, b, c] = [newPeer(), newPeer(), newPeer()];
  let state: Redemptions = {};
  state = redeem(state, invite, a, NOW);
  expect(redeem(state, invite, a, NOW)).toBe(state);
  state = redeem(state, invite, b, NOW);
  expect(code(() => redeem(state, invite, c, NOW))).toBe("INVITE_USED");
  // Entries that no longer matter go.
  const later = NOW + 10 * CLOCK_SKEW_MS;
  expect(Object.keys(redeem(state, { ...invite, id: "new", expiresMs: later }, c, later))).toEqual(["new"]);
});

test("a certificate is good for its peer and its cluster, for its time", () => {
  const peer = newPeer();
  const certificate = newCertificate(cluster, peer, ["node"], NOW, "abc");
  const token = signCertificate(platform, clusterKey.privateKey, certificate);
  const at = (nowMs: number, who = peer, where = cluster): string =>
    code(() => verifyCertificate(platform, token, { cluster: where, peer: who, nowMs }));
  expect(verifyCertificate(platform, token, { cluster, peer, nowMs: NOW })).toEqual(certificate);
  expect(at(NOW, newPeer())).toBe("NOT_A_MEMBER");
  expect(at(NOW, peer, clusterIdOf(otherKey.publicKey))).toBe("NOT_A_MEMBER");
  expect(at(NOW + CERTIFICATE_FOR_MS)).toBe("none");
  expect(at(NOW + CERTIFICATE_FOR_MS + 2 * CLOCK_SKEW_MS)).toBe("NOT_A_MEMBER");
  expect(at(NOW - 2 * CLOCK_SKEW_MS)).toBe("NOT_A_MEMBER");
  expect(isDueForRenewal(certificate, NOW + 1000)).toBe(false);
  expect(isDueForRenewal(certificate, NOW + CERTIFICATE_FOR_MS * 0.6)).toBe(true);
});

test("an invite is no certificate, though the same key signed it", () => {
  const peer = newPeer();
  const text = inviteToken(
    signInvite(platform, clusterKey.privateKey, Object.assign({}, invite, { peer, issuedMs: NOW })),
  );
  expect(code(() => verifyCertificate(platform, text, { cluster, peer, nowMs: NOW }))).toBe("NOT_A_MEMBER");
});

test("roles fit into a header's byte and come back", () => {
  for (const role of ROLES) expect(rolesOfMask(rolesToMask([role]))).toEqual([role]);
  expect(rolesToMask(ROLES)).toBeLessThan(256);
});
