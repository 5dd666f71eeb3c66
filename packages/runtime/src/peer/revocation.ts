/** Who is no longer a member: single texts signed by the cluster's key, that only ever add up. Pure. */
import { REVOCATIONS_LIMIT, REVOCATION_FOR_MS } from "../defaults.ts";
import { isClusterId, isPeerId, type ClusterId } from "../ids.ts";
import { NAME_LIMIT } from "../wire/limits.ts";
import { fromHex, isSigned, malformed, signToken, tokenBody, type Signer, type Verifier } from "./token.ts";

/** That a peer, or an invite with everybody who joined by it, is no longer of the cluster. */
export interface Revocation {
  readonly cluster: ClusterId;
  readonly kind: "peer" | "invite";
  /** A PeerId, or an invite's id. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly revokedMs: number;
}

/** What is known to be revoked: the signed texts by what they revoke. The first one of each stays. */
export type Revocations = ReadonlyMap<string, string>;

export const NO_REVOCATIONS: Revocations = new Map();

const keyOf = ({ kind, id }: Pick<Revocation, "kind" | "id">): string => `${kind} ${id}`;

export function signRevocation(signer: Signer, clusterKey: Uint8Array, revocation: Revocation): string {
  return signToken(signer, clusterKey, "revocation", { v: 1, ...revocation });
}

/** @throws {SkeinError} `OPTION_INVALID` when the text has another form */
export function readRevocation(token: string): Revocation {
  const body = tokenBody(token);
  if (typeof body !== "object" || body === null) throw malformed();
  const { v, cluster, kind, id, revokedMs }: Partial<Record<string, unknown>> = { ...body };
  const known = kind === "peer" ? isPeerId(id) : kind === "invite" && typeof id === "string" && id !== "";
  if (v !== 1 || !isClusterId(cluster) || !known || typeof id !== "string" || id.length > NAME_LIMIT) throw malformed();
  if (typeof revokedMs !== "number" || !Number.isSafeInteger(revokedMs) || revokedMs < 0) throw malformed();
  return { cluster, kind: kind === "peer" ? "peer" : "invite", id, revokedMs };
}

/** What `text` revokes when it is signed by this cluster's key; anything else is nothing. */
export function verifyRevocation(verifier: Verifier, token: string, cluster: ClusterId): Revocation | undefined {
  try {
    const revocation = readRevocation(token);
    const good = revocation.cluster === cluster && isSigned(verifier, fromHex(cluster), "revocation", token);
    return good ? revocation : undefined;
  } catch {
    return undefined;
  }
}

/** What is known with `tokens`, and which of them were new: those are to be told to others. */
export interface Learned {
  readonly state: Revocations;
  readonly added: readonly { readonly revocation: Revocation; readonly token: string }[];
}

/**
 * Adds what is signed by the cluster's key, in whatever order and however often it comes. What is so old that nothing it
 * revokes can be good any more goes, and the oldest past {@link REVOCATIONS_LIMIT}.
 */
export function learnRevocations(
  verifier: Verifier,
  before: Revocations,
  tokens: readonly string[],
  cluster: ClusterId,
  nowMs: number,
): Learned {
  const added: { revocation: Revocation; token: string }[] = [];
  const state = new Map(before);
  const held = new Set(before.values());
  for (const token of tokens) {
    if (held.has(token)) continue;
    const revocation = verifyRevocation(verifier, token, cluster);
    if (revocation === undefined || isOver(revocation, nowMs) || state.has(keyOf(revocation))) continue;
    state.set(keyOf(revocation), token);
    added.push({ revocation, token });
  }
  if (added.length === 0) return { state: before, added };
  const kept = prune(state, nowMs);
  // What went at once is not told to others: it would go around for ever.
  return { state: kept, added: added.filter(({ revocation }) => kept.has(keyOf(revocation))) };
}

/** Whether a peer, or who joined by an invite, is out. */
export const isRevoked = (state: Revocations, kind: Revocation["kind"], id: string): boolean =>
  state.size > 0 && state.has(keyOf({ kind, id }));

/** The signed text that revokes a peer or an invite. */
export const tokenOf = (state: Revocations, kind: Revocation["kind"], id: string): string | undefined =>
  state.get(keyOf({ kind, id }));

/** A text that is the same for everybody who knows the same. */
export const revocationWords = (state: Revocations): string => [...state.keys()].toSorted().join("\n");

const isOver = ({ revokedMs }: Revocation, nowMs: number): boolean => nowMs > revokedMs + REVOCATION_FOR_MS;

function prune(state: ReadonlyMap<string, string>, nowMs: number): Revocations {
  const byAge = Array.from(state, ([key, token]) => ({ key, token, revocation: readRevocation(token) }))
    .filter(({ revocation }) => !isOver(revocation, nowMs))
    // By age, then by name, so that all members keep the same ones.
    .toSorted((a, b) => b.revocation.revokedMs - a.revocation.revokedMs || (a.key < b.key ? -1 : 1));
  return new Map(byAge.slice(0, REVOCATIONS_LIMIT).map(({ key, token }) => [key, token]));
}
