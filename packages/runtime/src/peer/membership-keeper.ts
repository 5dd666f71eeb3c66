/** What a running peer does for its cluster's membership: invites, revocations, fresh certificates and ended ones. */
import type { Address } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import type { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import type { Platform } from "../platform.ts";
import { Expiry } from "./expiry.ts";
import type { Member } from "./handshake.ts";
import { Inviter } from "./invite-procedure.ts";
import { Renewal } from "./renewal.ts";
import { Revoker } from "./revoker.ts";
import type { InviteRequest, Standing } from "./standing.ts";

export interface MembershipKeeperOptions {
  readonly platform: Platform;
  readonly standing: Standing;
  readonly procedures: Procedures;
  readonly logger: Logger;
  /** Where this peer can be joined. */
  readonly addresses: () => readonly Address[];
  /** Everybody connected. */
  readonly members: () => readonly Member[];
  /** Ends the session with a peer that is no member any more. */
  readonly expel: (peer: PeerId, error: SkeinError) => void;
}

export class MembershipKeeper {
  readonly #platform: Platform;
  readonly #inviter: Inviter;
  readonly #revoker: Revoker;
  readonly #renewal: Renewal;
  readonly #expiry: Expiry;
  #closed = false;

  constructor(options: MembershipKeeperOptions) {
    this.#platform = options.platform;
    this.#inviter = new Inviter(options);
    this.#revoker = new Revoker(options);
    this.#expiry = new Expiry(options);
    this.#renewal = new Renewal({ ...options, holders: () => this.#inviter.holders() });
    // Whoever is connected must know, however it came: asked for, with a handshake, or signed here.
    options.standing.onRenewed = (certificate) => this.#expiry.tell(certificate);
  }

  invite(request: InviteRequest, options?: WaitOptions): Operation<string> {
    return this.#inviter.invite(request, options);
  }

  revoke(target: string, options?: WaitOptions): Operation<void> {
    return this.#revoker.revoke(target, options);
  }

  /** A session with `peer` has begun. */
  connected(peer: PeerId): void {
    // The session is told of its carrier first.
    this.#platform.microtask(() => {
      if (this.#closed) return;
      this.#revoker.connected(peer);
      this.#expiry.connected();
    });
  }

  close(): void {
    this.#closed = true;
    this.#renewal.close();
    this.#expiry.close();
  }
}
