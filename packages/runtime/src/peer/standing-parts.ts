/** Decides what a peer is in which cluster: by its secret, its invite, what it kept, or as the owner of a new one. */
import type { Role } from "../contracts/endpoint.ts";
import { SkeinError } from "../errors.ts";
import type { ClusterId } from "../ids.ts";
import type { KeyPair, Platform } from "../platform.ts";
import { peerIdOf } from "./identity.ts";
import {
  clusterIdOf,
  newCertificate,
  readCertificate,
  readInvite,
  signCertificate,
  type Certificate,
  type Invite,
} from "./membership.ts";
import type { PeerState, PeerStore } from "./peer-store.ts";
import { deriveSecret, isSameBytes, type SecretKeys } from "./secret.ts";

/** What a peer that owns its cluster is, unless it says otherwise; and whoever has a cluster's secret. */
export const OWNER_ROLES: readonly Role[] = ["scheduler", "operator", "client", "node", "peer"];

export interface StandingOptions {
  readonly invite?: string;
  readonly secret?: string;
  /** Of the owner of a cluster's key. */
  readonly roles?: readonly Role[];
  readonly newCluster: boolean;
}

export interface StandingParts {
  readonly keys: KeyPair;
  readonly cluster: ClusterId;
  /** The private one, where it is held. */
  readonly clusterKey: Uint8Array | undefined;
  readonly secret: SecretKeys | undefined;
  readonly certificate: string | undefined;
  readonly kept: PeerState;
  readonly invite: Invite | undefined;
  readonly inviteText: string | undefined;
}

/** @throws {SkeinError} `OPTION_INVALID`, `SECRET_WEAK`, `NO_CLUSTER` */
export async function decideStanding(
  platform: Platform,
  store: PeerStore,
  options: StandingOptions,
): Promise<StandingParts> {
  // What is wrong with the options is said before anything is written.
  const secret = options.secret === undefined ? undefined : deriveSecret(platform, options.secret);
  const invite = options.invite === undefined ? undefined : readInvite(options.invite);
  if (secret !== undefined && invite !== undefined) throw bothGiven();
  const kept = await store.load();
  const keys = kept.privateKey === undefined ? platform.generateKey() : platform.keyPair(kept.privateKey);
  if (kept.privateKey === undefined) await store.save({ privateKey: keys.privateKey });
  const held = kept.certificate === undefined ? undefined : readCertificate(kept.certificate);
  if (secret !== undefined && !isOf(secret, kept, held)) throw otherCluster();
  let clusterKey = secret?.cluster.privateKey ?? kept.clusterKey;
  if (clusterKey === undefined && invite === undefined && held === undefined && options.newCluster) {
    clusterKey = platform.generateKey().privateKey;
    await store.save({ clusterKey });
  }
  const owned = clusterKey === undefined ? undefined : clusterIdOf(platform.keyPair(clusterKey).publicKey);
  const cluster = invite?.cluster ?? owned ?? held?.cluster;
  if (cluster === undefined) {
    throw new SkeinError("NO_CLUSTER", "there is neither an invite nor a cluster joined before", {
      hint: "give an invite (skein invite makes one) or the secret of a cluster",
    });
  }
  const owns = owned === cluster;
  const nowMs = platform.wallMs();
  const own = (key: Uint8Array): string => {
    const roles = secret === undefined ? (options.roles ?? OWNER_ROLES) : OWNER_ROLES;
    return signCertificate(platform, key, newCertificate(cluster, peerIdOf(keys.publicKey), roles, nowMs));
  };
  const good = held?.cluster === cluster && held.expiresMs > nowMs && covers(held, invite);
  return {
    keys,
    cluster,
    clusterKey: owns ? clusterKey : undefined,
    secret,
    certificate: owns && clusterKey !== undefined ? own(clusterKey) : good ? kept.certificate : undefined,
    kept,
    invite,
    inviteText: options.invite,
  };
}

/** Whether a store holds nothing of another cluster than the secret's. */
const isOf = ({ cluster }: SecretKeys, kept: PeerState, held: Certificate | undefined): boolean =>
  (kept.clusterKey === undefined || isSameBytes(kept.clusterKey, cluster.privateKey)) &&
  (held === undefined || held.cluster === clusterIdOf(cluster.publicKey));

/** Whether a certificate already gives what an invite offers: then the invite is not used up. */
const covers = (held: Certificate, given: Invite | undefined): boolean =>
  given === undefined || given.roles.every((role) => held.roles.includes(role));

const bothGiven = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "an invite and a secret were given: they are of different clusters", {
    hint: "give one of them",
  });

const otherCluster = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "the data directory is of a cluster of invites, and a secret was given", {
    hint: "give the secret's cluster a data directory of its own",
  });
