/** Has peers that listen carry connections to this one, where nobody can dial it: it listens nowhere, or is behind NAT. */
import type { Address } from "../contracts/endpoint.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import { parseObserved } from "./directory-words.ts";
import { isDialled, withPeer } from "./address.ts";
import { sameMachine } from "./nearness.ts";
import { reconnectDelayMs } from "./reconnect.ts";

/** Asked of a peer: from which address it sees us. */
const OBSERVED = "peer.observed";

export interface RelaysOptions {
  readonly platform: Platform;
  readonly procedures: Procedures;
  readonly logger: Logger;
  /** Where this peer is reached now. */
  readonly addresses: () => readonly Address[];
  /** What a connected peer says of itself, and the address of the connection to it. */
  readonly addressesOf: (peer: PeerId) => readonly Address[];
  readonly connectionAddress: (peer: PeerId) => Address | undefined;
  /** As {@link NetworkHost.reserve}. */
  readonly reserve: (address: Address) => Promise<void>;
  /** This peer is reached at others addresses than before. */
  readonly onChanged: () => void;
}

export class Relays {
  readonly #options: RelaysOptions;
  readonly #asking = new Set<PeerId>();
  /** Those to be asked once more, after a pause. */
  readonly #again = new Map<PeerId, TimerHandle>();

  #closed = false;

  constructor(options: RelaysOptions) {
    this.#options = options;
    options.procedures.handle(
      OBSERVED,
      { parse: () => undefined },
      (_args, { endpoint }) => options.connectionAddress(endpoint.peer) ?? "",
    );
  }

  /** A peer that stays connected has a connection, perhaps another than before. */
  async connected(peer: PeerId, attempt = 0): Promise<void> {
    const { addressesOf, reserve, onChanged, logger } = this.#options;
    const [address] = addressesOf(peer).filter(isDialled);
    if (address === undefined || this.#asking.has(peer)) return;
    this.#asking.add(peer);
    this.#options.platform.stopTimer(this.#again.get(peer));
    this.#again.delete(peer);
    let refused = false;
    try {
      if (!(await this.#isHidden(peer))) return;
      await reserve(withPeer(address, peer));
      onChanged();
    } catch (error) {
      logger.debug("relay.refused", { peer, error });
      refused = true;
    } finally {
      this.#asking.delete(peer);
    }
    // It may not have known yet that this peer has joined, or be full for now; without it nobody finds a way here.
    if (refused && !this.#closed) this.#askAgain(peer, attempt);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#again.values()) this.#options.platform.stopTimer(timer);
    this.#again.clear();
  }

  #askAgain(peer: PeerId, attempt: number): void {
    const { platform } = this.#options;
    const delayMs = reconnectDelayMs(attempt, () => platform.random());
    const timer = platform.startTimer(delayMs, () => {
      this.#again.delete(peer);
      void this.connected(peer, attempt + 1);
    });
    this.#again.set(peer, timer);
  }

  /** Whether others can't dial this peer: it is seen from an address that is none of its own. */
  async #isHidden(peer: PeerId): Promise<boolean> {
    const own = this.#options.addresses().filter(isDialled);
    if (own.length === 0) return true;
    const observed = parseObserved(await this.#options.procedures.call({ peer, server: 0 }, OBSERVED, undefined));
    return observed !== "" && !sameMachine(own, [observed]);
  }
}
