/** Good tokens of a cluster, as samples. */
import type { ClusterId, PeerId } from "../../ids.ts";
import { clusterIdOf, newCertificate, signCertificate, signInvite } from "../../peer/membership.ts";
import { signRevocation } from "../../peer/revocation.ts";
import type { KeyPair, Platform } from "../../platform.ts";

export interface Tokens {
  readonly invite: string;
  readonly certificate: string;
  readonly revocation: string;
  readonly cluster: ClusterId;
}

export function sampleTokens(platform: Platform, key: KeyPair, peer: PeerId): Tokens {
  const cluster = clusterIdOf(key.publicKey);
  const addresses = [`/ip4/127.0.0.1/tcp/1/p2p/${peer}`];
  const invite = { cluster, id: "i", roles: ["node"] as const, uses: 1, expiresMs: 5, addresses, by: peer };
  return {
    cluster,
    invite: signInvite(platform, key.privateKey, invite),
    certificate: signCertificate(platform, key.privateKey, newCertificate(cluster, peer, ["node"], 5)),
    revocation: signRevocation(platform, key.privateKey, { cluster, kind: "peer", id: peer, revokedMs: 5 }),
  };
}
