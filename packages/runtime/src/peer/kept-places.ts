/** Places that should stay connected for ever: each is connected to again whenever it is lost, later and later. */
import type { Address } from "../contracts/endpoint.ts";
import { errorFrom } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import type { Member } from "./handshake.ts";
import { reconnectDelayMs } from "./reconnect.ts";

export interface KeptPlacesOptions {
  readonly platform: Pick<Platform, "random" | "startTimer" | "stopTimer">;
  readonly logger: Logger;
  /** Connects to whoever is there. */
  readonly connect: (addresses: readonly Address[], peer: PeerId | undefined) => Promise<Member>;
}

interface Place {
  addresses: readonly Address[];
  /** Who is there; unknown until it was connected, where only an address was given. */
  peer: PeerId | undefined;
  attempt: number;
  timer: TimerHandle;
}

export class KeptPlaces {
  readonly #options: KeptPlacesOptions;
  readonly #places: Place[] = [];
  #closed = false;

  constructor(options: KeptPlacesOptions) {
    this.#options = options;
  }

  has(peer: PeerId): boolean {
    return this.#places.some((place) => place.peer === peer);
  }

  /**
   * Keeps whoever is at these addresses connected. The promise tells how the first attempt went; unless `retry` says
   * otherwise, one that fails is the end of it.
   */
  async keep(addresses: readonly Address[], peer: PeerId | undefined, retry: boolean): Promise<Member> {
    const { connect } = this.#options;
    if (peer !== undefined && this.has(peer)) return await connect(addresses, peer);
    const place: Place = { addresses, peer, attempt: 0, timer: undefined };
    this.#places.push(place);
    try {
      const member = await connect(addresses, peer);
      this.#found(place, member.peer);
      return member;
    } catch (error) {
      if (retry && !isAbandoned(error)) this.#retryLater(place);
      else this.#forget(place);
      throw error;
    }
  }

  /** Does not connect there again. */
  release(peer: PeerId): void {
    for (const place of this.#places.filter((one) => one.peer === peer)) this.#forget(place);
  }

  /** What waits for its next try is tried now. */
  hurry(peer: PeerId): void {
    for (const place of this.#places) {
      if (place.peer !== peer || place.timer === undefined) continue;
      this.#settle(place);
      this.#retryLater(place);
    }
  }

  /** That peer is connected. */
  arrived(peer: PeerId): void {
    for (const place of this.#places) if (place.peer === peer) this.#settle(place);
  }

  /** That peer is connected no more. */
  lost(peer: PeerId): void {
    for (const place of this.#places) if (place.peer === peer) this.#retryLater(place);
  }

  close(): void {
    this.#closed = true;
    for (const place of this.#places.slice()) this.#forget(place);
  }

  /** Who is there may be kept already, by another address: then it is one place with both. */
  #found(place: Place, peer: PeerId): void {
    if (!this.#places.includes(place)) return;
    place.peer = peer;
    this.#settle(place);
    const other = this.#places.find((one) => one !== place && one.peer === peer);
    if (other === undefined) return;
    other.addresses = [...new Set([...other.addresses, ...place.addresses])];
    this.#forget(place);
  }

  #retryLater(place: Place): void {
    if (this.#closed || place.timer !== undefined || !this.#places.includes(place)) return;
    const { platform, logger, connect } = this.#options;
    const delayMs = reconnectDelayMs(place.attempt, () => platform.random());
    place.attempt += 1;
    place.timer = platform.startTimer(delayMs, () => {
      place.timer = undefined;
      const { addresses } = place;
      connect(addresses, place.peer).then(
        (member) => this.#found(place, member.peer),
        (error: unknown) => {
          logger.debug("peer.unreachable", { addresses, error: errorFrom(error).message });
          if (isAbandoned(error)) this.#forget(place);
          else this.#retryLater(place);
        },
      );
    });
  }

  #settle(place: Place): void {
    place.attempt = 0;
    if (place.timer !== undefined) this.#options.platform.stopTimer(place.timer);
    place.timer = undefined;
  }

  #forget(place: Place): void {
    this.#settle(place);
    const index = this.#places.indexOf(place);
    if (index >= 0) this.#places.splice(index, 1);
  }
}

/** The cause of an attempt's failure when this side disconnected meanwhile. */
export const ABANDONED: Error = new Error("it was disconnected from meanwhile");

const isAbandoned = (error: unknown): boolean => errorFrom(error).cause === ABANDONED;
