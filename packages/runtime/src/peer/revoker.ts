/** Sends peers away: where the cluster's key is a revocation is signed, and each peer passes on those it didn't know. */
import type { Operation } from "../contracts/operation.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError, errorFrom, isSkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import { op } from "../task/op.ts";
import { until } from "../task/until.ts";
import { parseRevocationNews, parseRevokeTarget, parseTokens } from "../wire/schema.ts";
import type { Member } from "./handshake.ts";
import { notAMember } from "./membership.ts";
import type { Learned } from "./revocation.ts";
import { revocable, type Standing } from "./standing.ts";

/** Asked by operators of who holds the cluster's key. */
const REVOKE = "peer.revoke";
/** Told by every member to those it is connected to. */
const NEWS = "peer.revoked";
/** All that a member knows, for one that knows something else. */
const ALL = "peer.revocations";

/** Whom a peer is connected to, for operators who look for somebody to send away. */
const MEMBERS = "peer.members";

export interface RevokerOptions {
  readonly standing: Standing;
  readonly procedures: Procedures;
  readonly logger: Logger;
  /** Everybody connected. */
  readonly members: () => readonly Member[];
  /** Ends the session with a peer, for good. */
  readonly expel: (peer: PeerId, error: SkeinError) => void;
}

export class Revoker {
  readonly #options: RevokerOptions;

  constructor(options: RevokerOptions) {
    this.#options = options;
    const { procedures, standing } = options;
    procedures.handle(REVOKE, { roles: ["operator"], parse: parseRevokeTarget }, (target) => this.#make(target));
    procedures.handle(NEWS, { parse: parseRevocationNews }, (news, { endpoint }) => {
      if ("tokens" in news) return this.#take(news.tokens, endpoint.peer);
      return news.digest === standing.revocations.digest ? undefined : this.#fetch(endpoint.peer);
    });
    procedures.handle(MEMBERS, { roles: ["operator"], parse: () => undefined }, () =>
      options.members().map(({ peer, name, roles, invite }) => ({ peer, name, roles, ...(invite && { invite }) })),
    );
    procedures.handle(ALL, { parse: () => undefined }, () => standing.revocations.tokens);
  }

  /** Revokes a peer by its id, or an invite by its text or id with everybody who joined by it. */
  revoke(target: string, options?: WaitOptions): Operation<void> {
    const { standing, procedures } = this.#options;
    const holders = standing.owns ? [standing.peer] : this.#holders();
    const check = (tokens: unknown): Promise<void> => this.#takeAsked(target, parseTokens(tokens));
    return op(function* () {
      let failure: unknown = new SkeinError("NO_CLUSTER", "nobody who can revoke is connected", {
        hint: "the peer that holds the cluster's key (skein up) must be reachable",
      });
      // Anybody may say that it holds the key, also who is to be sent away: only a signed text counts.
      for (const peer of holders) {
        try {
          return yield* until(check(yield* procedures.call({ peer, server: 0 }, REVOKE, target, options)));
        } catch (error) {
          if (isSkeinError(error, "TASK_CANCELLED")) throw error;
          failure = error;
        }
      }
      throw failure;
    });
  }

  /** Somebody is connected: it is told what is known here, in short. */
  connected(peer: PeerId): void {
    const { digest } = this.#options.standing.revocations;
    if (digest !== "") this.#tell(peer, { digest });
    // It may have been revoked while it joined.
    this.#expelRevoked();
  }

  #holders(): readonly PeerId[] {
    return this.#options.members().flatMap(({ invites, peer }) => (invites ? [peer] : []));
  }

  /** Takes the answer of who was asked to revoke. @throws {SkeinError} `NOT_A_MEMBER` when it isn't what was asked for */
  async #takeAsked(target: string, tokens: readonly string[]): Promise<void> {
    const { revocations } = this.#options.standing;
    await this.#take(tokens, undefined);
    const { kind, id } = revocable(target);
    if (!revocations.isOut(kind, id)) throw notAMember("whoever was asked to revoke it gave no signed word for it");
  }

  /** The signed texts, for whoever asked. */
  async #make(target: string): Promise<readonly string[]> {
    const { standing } = this.#options;
    const holds = this.#options.members().some(({ invites, peer, expiresMs }) => {
      return invites && expiresMs !== undefined && peer === target;
    });
    if (holds) {
      throw new SkeinError("OPTION_INVALID", `peer ${target} holds the cluster's key and can't be sent away`, {
        hint: "start a new cluster without it",
      });
    }
    this.#apply(await standing.revoke(target), undefined);
    const { kind, id } = revocable(target);
    return standing.revocations.tokensOf(kind, id);
  }

  async #take(tokens: readonly string[], from: PeerId | undefined): Promise<void> {
    const added = await this.#options.standing.revocations.add(tokens);
    this.#apply(added, from);
  }

  async #fetch(from: PeerId): Promise<void> {
    const { procedures, logger } = this.#options;
    try {
      await this.#take(parseTokens(await procedures.call({ peer: from, server: 0 }, ALL, undefined)), from);
    } catch (error) {
      logger.warn("revocations.not-fetched", { peer: from, error: errorFrom(error).message });
    }
  }

  #apply(added: Learned["added"], from: PeerId | undefined): void {
    if (added.length === 0) return;
    const { logger, members, standing } = this.#options;
    const tokens = added.map(({ token }) => token);
    for (const { revocation } of added) logger.info("member.revoked", { kind: revocation.kind, id: revocation.id });
    standing.invites.changed();
    // First the word, then the door: also whoever is out learns why.
    for (const { peer } of members()) if (peer !== from) this.#tell(peer, { tokens });
    this.#expelRevoked();
  }

  #expelRevoked(): void {
    const { standing, members, expel } = this.#options;
    if (standing.revocations.digest === "") return;
    for (const { peer, invite } of members()) {
      try {
        standing.revocations.check(peer, invite);
      } catch (error) {
        expel(peer, error instanceof SkeinError ? error : notAMember("its membership was revoked"));
      }
    }
  }

  #tell(peer: PeerId, news: { readonly digest: string } | { readonly tokens: readonly string[] }): void {
    this.#options.procedures.notify({ peer, server: 0 }, NEWS, news);
  }
}
