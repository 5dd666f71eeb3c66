/**
 * Looks for a better connection to a peer: direct in place of one that another carries, WebRTC in place of WebSocket,
 * TCP in place of both.
 */
import type { Platform } from "../platform.ts";
import type { Member } from "./handshake.ts";
import type { PeerId } from "../ids.ts";
import type { Known } from "./known-peers.ts";
import { isSignalled } from "./address.ts";
import { betterAddresses, kindOf } from "./reconnect.ts";

/** Pause before a better connection is looked for; ten times longer after each that came to nothing. */
const IMPROVE_AFTER_MS = 1000;
const IMPROVE_ATTEMPTS = 4;
/** The pause before the first try where another peer carries all there is, and it is known how not to need it. */
const RELIEVE_AFTER_MS = 50;

export interface ImprovingOptions {
  readonly platform: Platform;
  readonly self: PeerId;
  /** Where this peer is reached. */
  readonly addresses: () => readonly string[];
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
    if (connection === undefined) return;
    const better = betterAddresses(known.addresses, kindOf(connection));
    if (better.length === 0) return;
    // Where both could be the one to ask, the lower one is, and the other only when nothing came of that.
    const { self, addresses } = this.#options;
    const second = known.peer < self && better.every(isSignalled) && addresses().some(isSignalled);
    const hurry = connection.relayed === true && better.some(isSignalled);
    known.improving = { attempt: second ? 1 : 0, timer: undefined };
    this.#later(known, hurry && !second ? RELIEVE_AFTER_MS : IMPROVE_AFTER_MS);
  }

  stop(known: Known): void {
    const timer = known.improving?.timer;
    if (timer !== undefined) this.#options.platform.stopTimer(timer);
    known.improving = undefined;
  }

  #later(known: Known, afterMs: number = IMPROVE_AFTER_MS): void {
    const { platform, open } = this.#options;
    const { improving } = known;
    if (improving === undefined || improving.attempt >= IMPROVE_ATTEMPTS) return;
    const waitMs = afterMs * 10 ** improving.attempt * (0.5 + platform.random() / 2);
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
