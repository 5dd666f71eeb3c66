/** Looks for a better connection to a peer: direct in place of one that another carries, TCP in place of WebSocket. */
import type { Platform } from "../platform.ts";
import type { Member } from "./handshake.ts";
import type { Known } from "./known-peers.ts";
import { betterAddresses, kindOf } from "./reconnect.ts";

/** Pause before a better connection is looked for; ten times longer after each that came to nothing. */
const IMPROVE_AFTER_MS = 1000;
const IMPROVE_ATTEMPTS = 4;

export interface ImprovingOptions {
  readonly platform: Platform;
  /** Opens another connection, also where there is a good one. */
  readonly open: (addresses: readonly string[], known: Known) => Promise<Member>;
}

export class Improving {
  readonly #options: ImprovingOptions;

  constructor(options: ImprovingOptions) {
    this.#options = options;
  }

  /** Begins, if any known address promises a better one. To be asked again when there are new ones. */
  improve(known: Known): void {
    const { connection } = known.carrier.session ?? {};
    this.stop(known);
    if (connection === undefined || betterAddresses(known.addresses, kindOf(connection)).length === 0) return;
    known.improving = { attempt: 0, timer: undefined };
    this.#later(known);
  }

  stop(known: Known): void {
    const timer = known.improving?.timer;
    if (timer !== undefined) this.#options.platform.stopTimer(timer);
    known.improving = undefined;
  }

  #later(known: Known): void {
    const { platform, open } = this.#options;
    const { improving } = known;
    if (improving === undefined || improving.attempt >= IMPROVE_ATTEMPTS) return;
    const waitMs = IMPROVE_AFTER_MS * 10 ** improving.attempt * (0.5 + platform.random() / 2);
    improving.attempt += 1;
    improving.timer = platform.startTimer(waitMs, () => {
      const { connection } = known.carrier.session ?? {};
      if (known.improving !== improving || connection === undefined) return;
      const addresses = betterAddresses(known.addresses, kindOf(connection));
      if (addresses.length === 0) return;
      // What it makes is told by the session; when it comes to nothing, the connection there is stays.
      const again = (): void => {
        if (known.improving === improving) this.#later(known);
      };
      open(addresses, known).then(again, again);
    });
  }
}
