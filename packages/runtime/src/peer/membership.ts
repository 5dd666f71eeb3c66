/** Who belongs to a cluster and what they may do: invites, certificates and how invites are used up. Pure. */
import type { Address, Role } from "../contracts/endpoint.ts";
import { CERTIFICATE_FOR_MS, CLOCK_SKEW_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { isClusterId, isPeerId, type ClusterId, type PeerId } from "../ids.ts";
import { NAME_LIMIT } from "../wire/limits.ts";
import { fromHex, isSigned, malformed, signToken, toHex, tokenBody, type Signer, type Verifier } from "./token.ts";
import { durationText, utcText } from "./utc-text.ts";

/** All roles, in the order of their bits in a frame's header. */
export const ROLES: readonly Role[] = ["scheduler", "operator", "client", "node", "peer", "tab", "viewer"];

/** An invitation into a cluster, signed by its key. Whoever holds the text may redeem it. */
export interface Invite {
  readonly cluster: ClusterId;
  /** Distinguishes it from others, to count its uses and to revoke it. */
  readonly id: string;
  readonly roles: readonly Role[];
  /** How many peers may redeem it. */
  readonly uses: number;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
  /** Where to join, as multiaddrs that end in the PeerId to expect there. */
  readonly addresses: readonly Address[];
  /** Who asked for it: once that peer is revoked, its invites are of no use. */
  readonly by?: PeerId;
  /** What it is for, in words for whoever is asked to join. */
  readonly about?: string;
}

/** What a peer is in a cluster, bound to its PeerId, signed by the cluster's key. */
export interface Certificate {
  readonly cluster: ClusterId;
  readonly peer: PeerId;
  readonly roles: readonly Role[];
  readonly issuedMs: number;
  readonly expiresMs: number;
  /** The invite it came from, if any. */
  readonly invite?: string;
}

/** Who redeemed which invites, kept by the holder of the cluster's key. */
export type Redemptions = Readonly<Record<string, { readonly peers: readonly PeerId[]; readonly expiresMs: number }>>;

/** What stands before the token when an invite is printed; pages get it behind `#`. */
const INVITE_PREFIX = "skein:";

export const clusterIdOf = (publicKey: Uint8Array): ClusterId =>
  // 64 hexadecimal digits, what isClusterId accepts.
  toHex(publicKey) as ClusterId;

export const rolesToMask = (roles: readonly Role[]): number =>
  ROLES.reduce((mask, role, bit) => (roles.includes(role) ? mask | (1 << bit) : mask), 0);

export const rolesOfMask = (mask: number): readonly Role[] => ROLES.filter((_, bit) => (mask & (1 << bit)) !== 0);

export const isRole = (value: unknown): value is Role => ROLES.some((role) => role === value);

/** The printable form of a new invite. */
export function signInvite(signer: Signer, clusterKey: Uint8Array, invite: Invite): string {
  return INVITE_PREFIX + signToken(signer, clusterKey, "invite", { v: 1, ...invite });
}

export function signCertificate(signer: Signer, clusterKey: Uint8Array, certificate: Certificate): string {
  return signToken(signer, clusterKey, "certificate", { v: 1, ...certificate });
}

/** The token inside a link, a `skein:` text or the bare token. */
export function inviteToken(text: string): string {
  const trimmed = text.trim();
  const start = trimmed.lastIndexOf(INVITE_PREFIX);
  return start < 0 ? trimmed : trimmed.slice(start + INVITE_PREFIX.length);
}

/**
 * Reads an invite without believing it: only the cluster's key says whether it is good.
 *
 * @throws {SkeinError} `OPTION_INVALID` when the text is no invite
 */
export function readInvite(text: string): Invite {
  const body = bodyOf(inviteToken(text));
  const { cluster, id, roles, uses, expiresMs, addresses, by, about } = body;
  if (
    !isClusterId(cluster) ||
    !isText(id) ||
    !areRoles(roles) ||
    !isCount(uses) ||
    !isCount(expiresMs) ||
    !Array.isArray(addresses) ||
    !addresses.every(isText)
  ) {
    throw malformed();
  }
  return {
    cluster,
    id,
    roles,
    uses,
    expiresMs,
    addresses,
    ...(isPeerId(by) ? { by } : {}),
    ...(isText(about) ? { about } : {}),
  };
}

/**
 * Reads an invite that the cluster it names has signed: nobody else wrote what it says. It may have expired.
 *
 * @throws {SkeinError} `OPTION_INVALID` when the text is no invite, or not signed by that cluster's key
 */
export function readSignedInvite(verifier: Verifier, text: string): Invite {
  const invite = readInvite(text);
  if (isSigned(verifier, fromHex(invite.cluster), "invite", inviteToken(text))) return invite;
  throw new SkeinError("OPTION_INVALID", "the invite is not signed by its cluster: it is not whole, or forged", {
    hint: "copy the whole text, or ask for a new one",
  });
}

/**
 * Whether `text` is a good invite into `cluster` now.
 *
 * @throws {SkeinError} `NOT_A_MEMBER` when it is another cluster's or not signed by its key, `INVITE_EXPIRED`
 */
export function verifyInvite(verifier: Verifier, text: string, cluster: ClusterId, nowMs: number): Invite {
  const invite = readOr(() => readInvite(text));
  if (invite?.cluster !== cluster || !isSigned(verifier, fromHex(cluster), "invite", inviteToken(text))) {
    throw notAMember("the invite was not signed by this cluster");
  }
  if (nowMs > invite.expiresMs) {
    throw new SkeinError(
      "INVITE_EXPIRED",
      `the invite was good until ${utcText(invite.expiresMs)}, and the clock of who was asked says ${utcText(nowMs)}`,
      { hint: "ask for a new one: skein invite" },
    );
  }
  return invite;
}

/**
 * Whether `token` makes `peer` a member of `cluster` now.
 *
 * @throws {SkeinError} `NOT_A_MEMBER` otherwise
 */
export function verifyCertificate(
  verifier: Verifier,
  token: string,
  expected: { readonly cluster: ClusterId; readonly peer: PeerId; readonly nowMs: number },
): Certificate {
  const certificate = readOr(() => readCertificate(token));
  if (
    certificate?.cluster !== expected.cluster ||
    !isSigned(verifier, fromHex(expected.cluster), "certificate", token)
  ) {
    throw notAMember("the certificate that was shown is none of this cluster");
  }
  if (certificate.peer !== expected.peer) throw notAMember("the certificate is another peer's");
  const { nowMs } = expected;
  if (nowMs > certificate.expiresMs + CLOCK_SKEW_MS) {
    throw notAMember(`the certificate was good until ${utcText(certificate.expiresMs)}, and it is ${utcText(nowMs)}`);
  }
  if (nowMs < certificate.issuedMs - CLOCK_SKEW_MS) {
    throw new SkeinError(
      "NOT_A_MEMBER",
      `the certificate is from ${utcText(certificate.issuedMs)}, and the clock here says ${utcText(nowMs)}`,
      { hint: `set the clocks: they differ by ${durationText(certificate.issuedMs - nowMs)} or more` },
    );
  }
  return certificate;
}

/** @throws {SkeinError} `OPTION_INVALID` when it has another form */
export function readCertificate(token: string): Certificate {
  const { cluster, peer, roles, issuedMs, expiresMs, invite } = bodyOf(token);
  if (!isClusterId(cluster) || !isPeerId(peer) || !areRoles(roles) || !isCount(issuedMs) || !isCount(expiresMs)) {
    throw malformed();
  }
  return { cluster, peer, roles, issuedMs, expiresMs, ...(isText(invite) ? { invite } : {}) };
}

/** A certificate for `peer`, good from now for {@link CERTIFICATE_FOR_MS}. */
export const newCertificate = (
  cluster: ClusterId,
  peer: PeerId,
  roles: readonly Role[],
  nowMs: number,
  invite?: string,
): Certificate => ({
  cluster,
  peer,
  roles,
  issuedMs: nowMs,
  expiresMs: nowMs + CERTIFICATE_FOR_MS,
  ...(invite === undefined ? {} : { invite }),
});

/** Whether a good certificate should be replaced by a fresh one: past half of its life. */
export const isDueForRenewal = (certificate: Certificate, nowMs: number): boolean =>
  nowMs > (certificate.issuedMs + certificate.expiresMs) / 2;

/**
 * Records that `peer` redeemed `invite`; the same peer may do so again (its first answer may have been lost).
 *
 * @returns the new state, without entries that have expired
 * @throws {SkeinError} `INVITE_USED` when as many others have as it allows
 */
export function redeem(state: Redemptions, invite: Invite, peer: PeerId, nowMs: number): Redemptions {
  const before = state[invite.id]?.peers ?? [];
  if (before.includes(peer)) return state;
  if (before.length >= invite.uses) {
    throw new SkeinError("INVITE_USED", "the invite has been used up", { hint: "ask for a new one: skein invite" });
  }
  const kept = Object.entries(state).filter(([, entry]) => nowMs <= entry.expiresMs + CLOCK_SKEW_MS);
  return {
    ...Object.fromEntries(kept),
    [invite.id]: { peers: [...before, peer], expiresMs: invite.expiresMs },
  };
}

export const notAMember = (message: string, hint: string = HOW_TO_JOIN): SkeinError =>
  new SkeinError("NOT_A_MEMBER", message, { hint });

const HOW_TO_JOIN = "join with an invite of that cluster (skein invite makes one), or with its secret (SKEIN_SECRET)";

function bodyOf(token: string): Readonly<Record<string, unknown>> {
  const body = readOr(() => tokenBody(token));
  if (typeof body !== "object" || body === null || !("v" in body) || body.v !== 1) throw malformed();
  return body;
}

function readOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= NAME_LIMIT * 2;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
const areRoles = (value: unknown): value is Role[] => Array.isArray(value) && value.length > 0 && value.every(isRole);
