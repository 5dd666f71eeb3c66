/** What a peer is in its cluster, and what it needs to judge others: keys, certificate, invites. */
import type { Address, Role } from "../contracts/endpoint.ts";
import { INVITE_FOR_MS, INVITE_LONGEST_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { isPeerId, randomText, type ClusterId, type PeerId } from "../ids.ts";
import type { KeyPair, Platform } from "../platform.ts";
import type { JoinLooked } from "../wire/messages.ts";
import { peerIdOf } from "./identity.ts";
import {
  isDueForRenewal,
  newCertificate,
  notAMember,
  readCertificate,
  readInvite,
  redeem,
  rolesToMask,
  signCertificate,
  signInvite,
  verifyCertificate,
  verifyInvite,
  type Certificate,
  type Invite,
  type Redemptions,
} from "./membership.ts";
import { InviteBook } from "./invite-book.ts";
import type { PeerStore } from "./peer-store.ts";
import { RevocationBook } from "./revocation-book.ts";
import { signRevocation, type Learned } from "./revocation.ts";
import { isSameBytes, NONCE_BYTES, proveSecret, type ProofAbout } from "./secret.ts";
import { decideStanding, OWNER_ROLES, type StandingOptions, type StandingParts } from "./standing-parts.ts";

/** Characters of an invite's id. */
const INVITE_ID_LENGTH = 16;

export interface InviteRequest {
  readonly roles: readonly Role[];
  /** How many peers may redeem it. Default 1. */
  readonly uses?: number;
  /** How long it is good, in milliseconds. Default 24 hours. */
  readonly forMs?: number;
  /** What it is for, in words for whoever is asked to join: the join page shows them. 200 characters at most. */
  readonly about?: string;
  /**
   * Whether it is kept among the invites that operators see. Default true; false for a page that asks for one each time
   * it is opened.
   */
  readonly listed?: boolean;
}

export class Standing {
  readonly peer: PeerId;
  readonly keys: KeyPair;
  readonly #platform: Platform;
  readonly #store: PeerStore;
  readonly #clusterKey: Uint8Array | undefined;
  readonly #proofKey: Uint8Array | undefined;
  #held: { readonly token: string; readonly certificate: Certificate; readonly rolesMask: number } | undefined;
  #redemptions: Redemptions;
  #onRenewed: ((certificate: string) => void) | undefined;
  readonly cluster: ClusterId;
  /** What was made with the cluster's key, where it is held. */
  readonly invites: InviteBook;
  /** Who is out. */
  readonly revocations: RevocationBook;
  /** The invite this peer joins by, while it has no certificate of that cluster. */
  readonly invite: Invite | undefined;
  readonly inviteText: string | undefined;
  /** Addresses at which the cluster can be joined, or was before. */
  readonly seeds: readonly Address[];

  private constructor(platform: Platform, store: PeerStore, parts: StandingParts) {
    this.#platform = platform;
    this.#store = store;
    this.keys = parts.keys;
    this.peer = peerIdOf(parts.keys.publicKey);
    this.cluster = parts.cluster;
    this.#clusterKey = parts.clusterKey;
    this.#proofKey = parts.secret?.proof;
    if (parts.certificate !== undefined) this.#hold(parts.certificate);
    const { redemptions = {}, revocations = [], seeds = [], invites = [] } = parts.kept;
    this.#redemptions = redemptions;
    this.invites = new InviteBook(platform, store, parts.cluster, invites);
    this.revocations = new RevocationBook(platform, store, parts.cluster, revocations);
    this.seeds = parts.invite?.addresses ?? seeds;
    this.inviteText = parts.inviteText;
    this.invite = parts.invite;
  }

  /**
   * Reads who this peer is, or decides it: by the secret, the invite, what the store holds, else as the owner of a new
   * cluster.
   *
   * @throws {SkeinError} `OPTION_INVALID` for an invite that is none; `SECRET_WEAK`, `NO_CLUSTER`
   */
  static async load(platform: Platform, store: PeerStore, options: StandingOptions): Promise<Standing> {
    return new Standing(platform, store, await decideStanding(platform, store, options));
  }

  /** Where the cluster was joined, and is found again. */
  async rememberSeeds(seeds: readonly Address[]): Promise<void> {
    await this.#store.save({ seeds });
  }

  /** The calendar here, in milliseconds since 1970. */
  get nowMs(): number {
    return this.#platform.wallMs();
  }

  /** Whether this peer holds the cluster's key: it can invite, and redeem invites. */
  get owns(): boolean {
    return this.#clusterKey !== undefined;
  }

  /** To be shown now: an expired one is none. The holder of the cluster's key signs its own afresh in time. */
  get certificate(): string | undefined {
    if (this.isDue && this.#held !== undefined) {
      const fresh = this.renew(this.#held.certificate);
      if (fresh !== undefined) this.#hold(fresh);
    }
    const held = this.#held;
    return held === undefined || held.certificate.expiresMs < this.#platform.wallMs() ? undefined : held.token;
  }

  /** Whether this peer's certificate is past half its life. */
  get isDue(): boolean {
    return this.#held !== undefined && isDueForRenewal(this.#held.certificate, this.#platform.wallMs());
  }

  get roles(): readonly Role[] {
    return this.#held?.certificate.roles ?? [];
  }

  /** The same as bits in a frame's header. */
  get rolesMask(): number {
    return this.#held?.rolesMask ?? 0;
  }

  /** @throws {SkeinError} `NOT_A_MEMBER`, also for one that was revoked */
  verify(token: string, peer: PeerId): Certificate {
    const nowMs = this.#platform.wallMs();
    const certificate = verifyCertificate(this.#platform, token, { cluster: this.cluster, peer, nowMs });
    this.revocations.check(peer, certificate.invite);
    return certificate;
  }

  /** A number for one handshake with a peer that may have the secret too; none where the cluster has no secret. */
  newNonce(): Uint8Array | undefined {
    return this.#proofKey === undefined ? undefined : this.#platform.randomBytes(NONCE_BYTES);
  }

  /** Proves, for one connection, that this peer has the secret. @throws {SkeinError} `NOT_A_MEMBER` when it has none */
  prove(about: Omit<ProofAbout, "cluster">): Uint8Array {
    if (this.#proofKey === undefined) throw notAMember("the proof of a secret was asked for, and none was given here");
    return proveSecret(this.#platform, this.#proofKey, { ...about, cluster: this.cluster });
  }

  /** @throws {SkeinError} `NOT_A_MEMBER` unless `proof` is what only who has the secret can make, and it isn't revoked */
  checkProof(about: Omit<ProofAbout, "cluster">, proof: Uint8Array): readonly Role[] {
    if (!isSameBytes(this.prove(about), proof)) {
      throw notAMember("its secret is another one", "all members of a cluster must be given one secret: SKEIN_SECRET");
    }
    this.revocations.check(about.side === "dialler" ? about.dialler : about.answerer, undefined);
    return OWNER_ROLES;
  }

  /** Whoever is told each time this peer has another certificate than before. */
  set onRenewed(listener: (certificate: string) => void) {
    this.#onRenewed = listener;
  }

  /**
   * Keeps the certificate that this peer was given, unless it has a newer one: an old one may come from anybody who saw it.
   *
   * @throws {SkeinError} `NOT_A_MEMBER` when it isn't ours
   */
  async accept(token: string): Promise<void> {
    const { issuedMs } = this.verify(token, this.peer);
    if (this.#held !== undefined && issuedMs < this.#held.certificate.issuedMs) return;
    this.#hold(token);
    await this.#store.save({ certificate: token });
  }

  /**
   * A certificate for whoever shows this invite.
   *
   * @throws {SkeinError} `NOT_A_MEMBER`, `INVITE_EXPIRED`, `INVITE_USED`; `ROLE_FORBIDS` when this peer can't redeem any
   */
  async admit(inviteText: string, peer: PeerId): Promise<string> {
    const nowMs = this.#platform.wallMs();
    const key = this.#key();
    const invite = this.#judge(inviteText, peer, nowMs);
    const before = this.#redemptions;
    // Taken before the first wait, so that two at once can't share one use.
    this.#redemptions = redeem(before, invite, peer, nowMs);
    if (this.#redemptions !== before) {
      await this.#store.save({ ...this.invites.joined(invite.id, peer), redemptions: this.#redemptions });
    }
    return signCertificate(this.#platform, key, newCertificate(this.cluster, peer, invite.roles, nowMs, invite.id));
  }

  /**
   * What an invite is still good for, without using it: only its holder can ask, who could as well join by it.
   *
   * @throws {SkeinError} as {@link Standing.admit}
   */
  lookAt(inviteText: string, peer: PeerId): JoinLooked {
    const nowMs = this.#platform.wallMs();
    this.#key();
    const invite = this.#judge(inviteText, peer, nowMs);
    redeem(this.#redemptions, invite, peer, nowMs);
    return { left: invite.uses - (this.#redemptions[invite.id]?.peers.length ?? 0) };
  }

  /** An invite that is signed, in its time, and not revoked. @throws {SkeinError} */
  #judge(inviteText: string, peer: PeerId, nowMs: number): Invite {
    const invite = verifyInvite(this.#platform, inviteText, this.cluster, nowMs);
    this.revocations.check(peer, invite.id);
    if (invite.by !== undefined && this.revocations.isOut("peer", invite.by)) {
      throw notAMember("whoever made this invite was revoked");
    }
    // Whoever was sent away has the invite's text, and could come back by it as somebody else.
    if (this.#redemptions[invite.id]?.peers.some((one) => this.revocations.isOut("peer", one)) === true) {
      throw notAMember("somebody who joined by this invite was revoked, which ended it");
    }
    return invite;
  }

  /** A fresh certificate in place of a good one that is past half its life; only where the cluster's key is. */
  renew(certificate: Certificate): string | undefined {
    const nowMs = this.#platform.wallMs();
    if (this.#clusterKey === undefined || !isDueForRenewal(certificate, nowMs)) return undefined;
    const { peer, roles, invite } = certificate;
    return signCertificate(this.#platform, this.#clusterKey, newCertificate(this.cluster, peer, roles, nowMs, invite));
  }

  /**
   * A signed text that a peer, or an invite with all who joined by it, is out; it counts here at once.
   *
   * @throws {SkeinError} `ROLE_FORBIDS` without the cluster's key; `OPTION_INVALID` for what is neither, or this peer
   */
  async revoke(target: string): Promise<Learned["added"]> {
    const key = this.#key();
    const { kind, id } = revocable(target);
    if (id === this.peer) {
      throw new SkeinError("OPTION_INVALID", "a peer that holds the cluster's key can't revoke itself", {
        hint: "close it, or start a new cluster without it",
      });
    }
    const revocation = { cluster: this.cluster, kind, id, revokedMs: this.#platform.wallMs() };
    return await this.revocations.add([signRevocation(this.#platform, key, revocation)]);
  }

  /**
   * An invite that another peer made, if it is what was asked for.
   *
   * @throws {SkeinError} `NOT_A_MEMBER` when it is not signed by this cluster, or gives other roles
   */
  checkInvite(text: string, request: InviteRequest): string {
    // Its time is judged by whoever redeems it.
    const { roles } = verifyInvite(this.#platform, text, this.cluster, 0);
    if (rolesToMask(roles) === rolesToMask(request.roles)) return text;
    throw notAMember(`the invite is for ${roles.join(", ")}, which was not asked for`);
  }

  /** The text of a new invite that `by` asked for. @throws {SkeinError} `ROLE_FORBIDS` without the cluster's key, `OPTION_INVALID` */
  newInvite(request: InviteRequest, addresses: readonly string[], by: PeerId): string {
    const { roles, uses = 1, forMs = INVITE_FOR_MS, about } = request;
    if (roles.length === 0 || !(uses >= 1) || !(forMs > 0) || forMs > INVITE_LONGEST_MS) {
      throw new SkeinError("OPTION_INVALID", "an invite needs roles, at least one use and some time, a year at most", {
        hint: 'for example { roles: ["node"], uses: 1 }',
      });
    }
    return signInvite(this.#platform, this.#key(), {
      cluster: this.cluster,
      id: randomText(INVITE_ID_LENGTH, (count) => this.#platform.randomBytes(count)),
      roles,
      uses: Math.floor(uses),
      expiresMs: this.#platform.wallMs() + Math.ceil(forMs),
      addresses,
      by,
      ...(about === undefined ? {} : { about }),
    });
  }

  #hold(token: string): void {
    const before = this.#held?.token;
    const certificate = readCertificate(token);
    this.#held = { token, certificate, rolesMask: rolesToMask(certificate.roles) };
    if (before !== undefined && before !== token) this.#onRenewed?.(token);
  }

  /** @throws {SkeinError} `ROLE_FORBIDS` without the cluster's key */
  #key(): Uint8Array {
    if (this.#clusterKey !== undefined) return this.#clusterKey;
    throw new SkeinError("ROLE_FORBIDS", "this peer doesn't hold the cluster's key", {
      hint: "invite from where the cluster was started, or ask an operator",
    });
  }
}

/** What a text names: a peer by its id, an invite by its text or its id. @throws {SkeinError} `OPTION_INVALID` */
export function revocable(target: string): { readonly kind: "peer" | "invite"; readonly id: string } {
  if (isPeerId(target)) return { kind: "peer", id: target };
  if (/^[0-9a-z]{16}$/.test(target)) return { kind: "invite", id: target };
  try {
    return { kind: "invite", id: readInvite(target).id };
  } catch (cause) {
    throw new SkeinError("OPTION_INVALID", `"${target.slice(0, 80)}" is neither the id of a peer nor an invite`, {
      hint: "give the id (12D3Koo…; peers() has those of who is connected), or the whole text of the invite",
      cause,
    });
  }
}
