/** Brings sessions back to life whose connection dropped: dials again and again, and asks others where the peer is. */
import type { Address } from "../contracts/endpoint.ts";
import { errorFrom } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import type { Platform } from "../platform.ts";
import { isSignalled } from "./address.ts";
import type { Member } from "./handshake.ts";
import type { Known } from "./known-peers.ts";
import { resumeDelayMs } from "./reconnect.ts";

/** Of the tries to bring a session back, each of these has others asked where its peer is now. */
const ASK_EACH = 3;

export interface SeekingOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  /** One short dial where the peer was. */
  readonly dial: (known: Known) => Promise<Member>;
  /** Asks others where a peer is that can't be reached at what is known. */
  readonly whereIs?: (peer: PeerId) => Promise<readonly Address[]>;
  /** Whether the timers of this peer may come much too late: its page is hidden. */
  readonly isNapping?: () => boolean;
}

export class Seeking {
  readonly #options: SeekingOptions;

  constructor(options: SeekingOptions) {
    this.#options = options;
  }

  /** The session with `known` wants a connection, until it is no longer suspected. */
  seek(known: Known): void {
    if (known.seeking !== undefined) return;
    // One that dials and listens nowhere comes by itself, or not at all.
    if (!known.dialledLast && Array.from(known.addresses).every(isSignalled)) return;
    known.seeking = { attempt: 0, timer: undefined };
    this.#later(known);
  }

  /** Begins anew, without the pauses that have grown. */
  hurry(known: Known): void {
    if (known.seeking === undefined) return;
    this.stop(known);
    this.seek(known);
  }

  stop(known: Known): void {
    const timer = known.seeking?.timer;
    if (timer !== undefined) this.#options.platform.stopTimer(timer);
    known.seeking = undefined;
  }

  #later(known: Known): void {
    const { platform, logger, dial, isNapping } = this.#options;
    const seeking = known.seeking;
    if (seeking === undefined) return;
    const delayMs = resumeDelayMs(seeking.attempt, known.dialledLast, () => platform.random());
    const first = seeking.attempt === 0;
    seeking.attempt += 1;
    const attempt = (): void => {
      if (known.seeking !== seeking) return;
      if (known.carrier.session?.suspected !== true) return this.stop(known);
      const again = (): void => {
        if (known.seeking === seeking) this.#later(known);
      };
      const dialling = dial(known);
      if (seeking.attempt % ASK_EACH === 0) void this.#ask(known);
      dialling.then(again, (error: unknown) => {
        logger.debug("peer.unreachable", { peer: known.peer, error: errorFrom(error).message });
        again();
      });
    };
    // That the connection has ended is heard at once, also by a hidden page.
    if (first && known.dialledLast && isNapping?.() === true) platform.nextTurn(attempt);
    else seeking.timer = platform.startTimer(delayMs, attempt);
  }

  /** Has others say where a peer is that doesn't answer where it was; whom to ask may be gone as well. */
  async #ask(known: Known): Promise<void> {
    try {
      for (const address of (await this.#options.whereIs?.(known.peer)) ?? []) known.addresses.add(address);
    } catch (error) {
      this.#options.logger.debug("peer.unknown", { peer: known.peer, error: errorFrom(error).message });
    }
  }
}
