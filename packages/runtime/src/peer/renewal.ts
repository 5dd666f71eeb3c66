/** Keeps a peer's certificate fresh while it runs: asks a connected holder of the cluster's key for another in time. */
import type { Procedures } from "../contracts/procedures.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import { HOUR_MS } from "../units.ts";
import { parseToken } from "../wire/schema.ts";
import type { Standing } from "./standing.ts";

const PROCEDURE = "peer.renew";
/** How often it is looked at; half of a certificate's life is left when it is due. */
export const RENEWAL_CHECK_MS: number = HOUR_MS;

export interface RenewalOptions {
  readonly platform: Platform;
  readonly standing: Standing;
  readonly procedures: Procedures;
  readonly logger: Logger;
  /** Connected peers that say they hold the cluster's key. */
  readonly holders: () => readonly PeerId[];
}

/** Gives members fresh certificates in place of theirs that are good and past half their life. */
function handleRenewals(procedures: Procedures, standing: Standing): Disposable {
  return procedures.handle(PROCEDURE, { parse: parseToken }, (token, { endpoint }) => {
    if (!standing.owns || endpoint.server !== 0) {
      throw new SkeinError("ROLE_FORBIDS", "certificates are renewed for peers, by the holder of the cluster's key", {
        hint: "ask where the cluster was started",
      });
    }
    return standing.renew(standing.verify(token, endpoint.peer)) ?? token;
  });
}

export class Renewal {
  readonly #options: RenewalOptions;
  #timer: TimerHandle = undefined;

  constructor(options: RenewalOptions) {
    this.#options = options;
    handleRenewals(options.procedures, options.standing);
    this.#arm();
  }

  close(): void {
    this.#options.platform.stopTimer(this.#timer);
  }

  #arm(): void {
    this.#timer = this.#options.platform.startTimer(RENEWAL_CHECK_MS, () => {
      this.#arm();
      void this.#renew();
    });
  }

  /** Nobody's word is taken: a new certificate must be signed by the cluster's key. */
  async #renew(): Promise<void> {
    const { standing, procedures, holders, logger } = this.#options;
    if (!standing.isDue) return;
    // The holder of the key signs its own when it looks at it.
    const { certificate } = standing;
    if (certificate === undefined || standing.owns) return;
    for (const peer of holders()) {
      try {
        const fresh = String(await procedures.call({ peer, server: 0 }, PROCEDURE, certificate));
        await standing.accept(fresh);
        if (!standing.isDue) return;
      } catch (error) {
        logger.warn("certificate.not-renewed", { peer, error });
      }
    }
  }
}
