/** Dials peers for which something waits to be sent, one dial at a time each. */
import { type SkeinError, isSkeinError } from "../errors.ts";
import { unreachable } from "./unreachable.ts";
import type { Dialler } from "./dialler.ts";
import { peerText } from "./identity.ts";
import type { Known } from "./known-peers.ts";

export interface TrafficDialsOptions {
  readonly dialler: Dialler;
  /** It can't be reached: what waited fails. */
  readonly failed: (known: Known, error: SkeinError) => void;
}

export class TrafficDials {
  readonly #options: TrafficDialsOptions;
  /** Until the dial for it has ended: also one that others began. */
  readonly #dialling = new Set<Known>();

  constructor(options: TrafficDialsOptions) {
    this.#options = options;
  }

  /** Something waits to be sent to a peer that isn't connected. */
  dial(known: Known): void {
    if (!this.#dialling.has(known) && !this.#options.dialler.closed) void this.#reach(known);
  }

  async #reach(known: Known): Promise<void> {
    const { dialler, failed } = this.#options;
    this.#dialling.add(known);
    try {
      await dialler.reachForTraffic(known);
      this.#dialling.delete(known);
      // It was there, and is gone again.
      if (known.carrier.waits) this.dial(known);
    } catch (error) {
      this.#dialling.delete(known);
      if (known.carrier.session !== undefined) return;
      known.carrier.disconnected();
      const { addresses, peer, name } = known;
      failed(known, isSkeinError(error) ? error : unreachable([...addresses], error, peerText(peer, name)));
    }
  }
}
