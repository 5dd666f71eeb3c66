/** What a peer is in its cluster, and what it needs to judge others: keys, certificate, invites. */
import type { Address, Role } from "../contracts/endpoint.ts";
import { INVITE_FOR_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { randomText, type ClusterId, type PeerId } from "../ids.ts";
import type { KeyPair, Platform } from "../platform.ts";
import { peerIdOf } from "./identity.ts";
import {
  clusterIdOf,
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
import type { PeerStore } from "./peer-store.ts";

/** Characters of an invite's id. */
const INVITE_ID_LENGTH = 16;

/** What a peer that owns its cluster is, unless it says otherwise. */
export const OWNER_ROLES: readonly Role[] = ["scheduler", "operator", "client", "node", "peer"];

export interface InviteRequest {
  readonly roles: readonly Role[];
  /** How many peers may redeem it. Default 1. */
  readonly uses?: number;
  /** How long it is good, in milliseconds. Default 24 hours. */
  readonly forMs?: number;
}

/** Whether a certificate already gives what an invite offers: then the invite is not used up. */
const covers = (held: Certificate, given: Invite | undefined): boolean =>
  given === undefined || given.roles.every((role) => held.roles.includes(role));

export class Standing {
  readonly peer: PeerId;
  readonly keys: KeyPair;
  readonly #platform: Platform;
  readonly #store: PeerStore;
  readonly #clusterKey: Uint8Array | undefined;
  #held: { readonly token: string; readonly certificate: Certificate; readonly rolesMask: number } | undefined;
  #redemptions: Redemptions;
  readonly cluster: ClusterId;
  /** The invite this peer joins by, while it has no certificate of that cluster. */
  readonly invite: Invite | undefined;
  readonly inviteText: string | undefined;
  /** Addresses at which the cluster can be joined, or was before. */
  readonly seeds: readonly Address[];

  private constructor(
    platform: Platform,
    store: PeerStore,
    parts: {
      readonly keys: KeyPair;
      readonly cluster: ClusterId;
      readonly clusterKey: Uint8Array | undefined;
      readonly certificate: string | undefined;
      readonly redemptions: Redemptions;
      readonly seeds: readonly Address[];
      readonly inviteText: string | undefined;
    },
  ) {
    this.#platform = platform;
    this.#store = store;
    this.keys = parts.keys;
    this.peer = peerIdOf(parts.keys.publicKey);
    this.cluster = parts.cluster;
    this.#clusterKey = parts.clusterKey;
    if (parts.certificate !== undefined) this.#hold(parts.certificate);
    this.#redemptions = parts.redemptions;
    this.seeds = parts.seeds;
    this.inviteText = parts.inviteText;
    this.invite = parts.inviteText === undefined ? undefined : readInvite(parts.inviteText);
  }

  /**
   * Reads who this peer is, or decides it: by the invite, by what the store holds, else as the owner of a new cluster.
   *
   * @throws {SkeinError} `OPTION_INVALID` for an invite that is none
   */
  static async load(
    platform: Platform,
    store: PeerStore,
    options: { readonly invite?: string; readonly roles?: readonly Role[]; readonly newCluster: boolean },
  ): Promise<Standing> {
    const state = await store.load();
    const keys = state.privateKey === undefined ? platform.generateKey() : platform.keyPair(state.privateKey);
    if (state.privateKey === undefined) await store.save({ privateKey: keys.privateKey });
    const redemptions = state.redemptions ?? {};
    const given = options.invite === undefined ? undefined : readInvite(options.invite);
    const held = state.certificate === undefined ? undefined : readCertificate(state.certificate);
    let clusterKey = state.clusterKey;
    if (clusterKey === undefined && given === undefined && held === undefined && options.newCluster) {
      clusterKey = platform.generateKey().privateKey;
      await store.save({ clusterKey });
    }
    const owned = clusterKey === undefined ? undefined : clusterIdOf(platform.keyPair(clusterKey).publicKey);
    const cluster = given?.cluster ?? owned ?? held?.cluster;
    if (cluster === undefined) {
      throw new SkeinError("NO_CLUSTER", "there is neither an invite nor a cluster joined before", {
        hint: "give an invite: skein invite makes one",
      });
    }
    const owns = owned === cluster;
    const peer = peerIdOf(keys.publicKey);
    const nowMs = platform.wallMs();
    const certificate =
      owns && clusterKey !== undefined
        ? signCertificate(platform, clusterKey, newCertificate(cluster, peer, options.roles ?? OWNER_ROLES, nowMs))
        : held?.cluster === cluster && held.expiresMs > nowMs && covers(held, given)
          ? state.certificate
          : undefined;
    return new Standing(platform, store, {
      keys,
      cluster,
      clusterKey: owns ? clusterKey : undefined,
      certificate,
      redemptions,
      seeds: given?.addresses ?? state.seeds ?? [],
      inviteText: options.invite,
    });
  }

  /** Where the cluster was joined, and is found again. */
  async rememberSeeds(seeds: readonly Address[]): Promise<void> {
    await this.#store.save({ seeds });
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

  /** @throws {SkeinError} `NOT_A_MEMBER` */
  verify(token: string, peer: PeerId): Certificate {
    return verifyCertificate(this.#platform, token, { cluster: this.cluster, peer, nowMs: this.#platform.wallMs() });
  }

  /** Keeps the certificate that this peer was given. @throws {SkeinError} `NOT_A_MEMBER` when it isn't ours */
  async accept(token: string): Promise<void> {
    this.verify(token, this.peer);
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
    const invite = verifyInvite(this.#platform, inviteText, this.cluster, nowMs);
    const key = this.#key();
    const before = this.#redemptions;
    // Taken before the first wait, so that two at once can't share one use.
    this.#redemptions = redeem(before, invite, peer, nowMs);
    if (this.#redemptions !== before) await this.#store.save({ redemptions: this.#redemptions });
    return signCertificate(this.#platform, key, newCertificate(this.cluster, peer, invite.roles, nowMs, invite.id));
  }

  /** A fresh certificate in place of a good one that is past half its life; only where the cluster's key is. */
  renew(certificate: Certificate): string | undefined {
    const nowMs = this.#platform.wallMs();
    if (this.#clusterKey === undefined || !isDueForRenewal(certificate, nowMs)) return undefined;
    const { peer, roles, invite } = certificate;
    return signCertificate(this.#platform, this.#clusterKey, newCertificate(this.cluster, peer, roles, nowMs, invite));
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

  /** The text of a new invite. @throws {SkeinError} `ROLE_FORBIDS` without the cluster's key, `OPTION_INVALID` */
  newInvite(request: InviteRequest, addresses: readonly string[]): string {
    const { roles, uses = 1, forMs = INVITE_FOR_MS } = request;
    if (roles.length === 0 || !(uses >= 1) || !(forMs > 0)) {
      throw new SkeinError("OPTION_INVALID", "an invite needs roles, at least one use and some time", {
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
    });
  }

  #hold(token: string): void {
    const certificate = readCertificate(token);
    this.#held = { token, certificate, rolesMask: rolesToMask(certificate.roles) };
  }

  #key(): Uint8Array {
    if (this.#clusterKey !== undefined) return this.#clusterKey;
    throw new SkeinError("ROLE_FORBIDS", "this peer doesn't hold the cluster's key", {
      hint: "invite from where the cluster was started, or ask an operator",
    });
  }
}
