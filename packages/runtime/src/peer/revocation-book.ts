/** What a peer knows to be revoked in its cluster, kept in its store. */
import type { SkeinError } from "../errors.ts";
import type { ClusterId } from "../ids.ts";
import type { Platform } from "../platform.ts";
import { notAMember } from "./membership.ts";
import type { PeerStore } from "./peer-store.ts";
import {
  isRevoked,
  learnRevocations,
  NO_REVOCATIONS,
  revocationWords,
  tokenOf,
  type Learned,
  type Revocations,
} from "./revocation.ts";
import { toHex } from "./token.ts";

export class RevocationBook {
  readonly #platform: Platform;
  readonly #store: PeerStore;
  readonly #cluster: ClusterId;
  #state: Revocations = NO_REVOCATIONS;
  /** Of `#state`, once somebody asked for it. */
  #digest: string | undefined;

  constructor(platform: Platform, store: PeerStore, cluster: ClusterId, kept: readonly string[]) {
    this.#platform = platform;
    this.#store = store;
    this.#cluster = cluster;
    // What the store holds of another cluster says nothing about this one.
    this.#state = this.#learn(kept).state;
  }

  /** The signed texts, for others. */
  get tokens(): readonly string[] {
    return [...this.#state.values()];
  }

  /** The same for everybody who knows the same; empty for who knows of none. */
  get digest(): string {
    if (this.#state.size === 0) return "";
    this.#digest ??= toHex(this.#platform.sha256(new TextEncoder().encode(revocationWords(this.#state))));
    return this.#digest;
  }

  /** Takes what is signed by the cluster's key, and gives what was new. It counts at once, and is kept when it resolves. */
  async add(tokens: readonly string[]): Promise<Learned["added"]> {
    const { state, added } = this.#learn(tokens);
    this.#state = state;
    this.#digest = undefined;
    if (added.length > 0) await this.#store.save({ revocations: this.tokens });
    return added;
  }

  /** The signed text that revokes this one, for who asked for it; none when it isn't revoked. */
  tokensOf(kind: "peer" | "invite", id: string): readonly string[] {
    const token = tokenOf(this.#state, kind, id);
    return token === undefined ? [] : [token];
  }

  isOut(kind: "peer" | "invite", id: string): boolean {
    return isRevoked(this.#state, kind, id);
  }

  /** @throws {SkeinError} `NOT_A_MEMBER` when this peer, or whoever joined by that invite, is out */
  check(peer: string, invite: string | undefined): void {
    if (this.isOut("peer", peer)) throw revokedError(`peer ${peer} was revoked`);
    if (invite !== undefined && this.isOut("invite", invite)) {
      throw revokedError(`the invite by which peer ${peer} joined was revoked`);
    }
  }

  #learn(tokens: readonly string[]): Learned {
    return learnRevocations(this.#platform, this.#state, tokens, this.#cluster, this.#platform.wallMs());
  }
}

const revokedError = (message: string): SkeinError =>
  notAMember(message, "it comes in again only as a new peer: with a fresh data folder and a new invite");
