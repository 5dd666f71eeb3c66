/** Waits until what a peer sent has arrived, for as long as that is worth it. */
import { CLOSE_FLUSH_MS } from "../defaults.ts";
import type { PeerId } from "../ids.ts";
import type { Logger } from "../logger.ts";
import type { Platform } from "../platform.ts";
import type { Way } from "./peer-table-options.ts";
import type { PeerTable } from "./peer-table.ts";
import type { ProcessRouter } from "./router.ts";

export interface DrainOptions {
  readonly platform: Pick<Platform, "keepAlive" | "now" | "startTimer" | "stopTimer">;
  /** Whether all has arrived. */
  readonly isDrained: () => boolean;
  /** Has the others say what they have. */
  readonly hurry: () => void;
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Aborting ends the wait. */
  readonly signal?: AbortSignal;
}

/** Pauses between two looks, in milliseconds: each twice the one before. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;

export interface OutgoingOptions {
  readonly platform: DrainOptions["platform"];
  readonly logger: Logger;
  readonly router: Pick<ProcessRouter, "hasUnsent" | "owes">;
  readonly peers: PeerTable;
  /** Whether frames of server processes wait to be sent there. */
  readonly forwards: (peer: PeerId) => boolean;
}

/** All that is on its way from one peer to the others: to one of them, or to everybody. */
export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #end = new AbortController();

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  /** Ends the session with a peer once it has what was sent to it, unless it is connected to anew before that. */
  async leave(peer: PeerId): Promise<void> {
    const { peers } = this.#options;
    peers.abandon(peer);
    // While it is not there, nothing would arrive.
    if (peers.sessionOf(peer)?.suspected === false && !this.#arrived(peer)) {
      await this.#drain(CLOSE_FLUSH_MS, peer);
      if (peers.isKept(peer)) return;
    }
    peers.disconnect(peer);
  }

  /** Waits until everybody has what was sent. */
  async finish(timeoutMs: number = CLOSE_FLUSH_MS): Promise<void> {
    const { logger, peers } = this.#options;
    if (this.#arrived() || (await this.#drain(timeoutMs))) return;
    const without = peers.ways().filter((way) => !this.#hasArrived(way));
    logger.warn("peer.unsent", { peers: without.map(({ peer }) => peer) });
  }

  /** Nobody waits any longer. */
  stop(): void {
    this.#end.abort();
  }

  #arrived(peer?: PeerId): boolean {
    return this.#options.peers.ways(peer).every((way) => this.#hasArrived(way));
  }

  /** To who is away, what peers tell each other need not arrive: it is told again in the next session. */
  #hasArrived({ peer, carrier }: Way): boolean {
    const { router, forwards } = this.#options;
    if (carrier.session?.suspected === false) return carrier.settled && !router.hasUnsent(peer);
    return !carrier.owes && !router.owes(peer) && !forwards(peer);
  }

  async #drain(timeoutMs: number, peer?: PeerId): Promise<boolean> {
    const { platform, peers } = this.#options;
    return await drain({
      platform,
      isDrained: () => this.#arrived(peer),
      hurry: () => {
        for (const { carrier } of peers.ways(peer)) carrier.session?.hurry();
      },
      timeoutMs,
      signal: this.#end.signal,
    });
  }
}

/** @returns whether all has arrived */
export async function drain(options: DrainOptions): Promise<boolean> {
  const { platform, isDrained, hurry, timeoutMs, signal } = options;
  const endMs = platform.now() + timeoutMs;
  // Where no connection is left nothing else does.
  platform.keepAlive(true);
  try {
    for (let pauseMs = FIRST_PAUSE_MS; !isDrained(); pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const leftMs = endMs - platform.now();
      if (leftMs <= 0 || signal?.aborted === true) return false;
      hurry();
      await pause(platform, Math.min(pauseMs, leftMs), signal);
    }
    return true;
  } finally {
    platform.keepAlive(false);
  }
}

function pause(platform: DrainOptions["platform"], delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      platform.stopTimer(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = platform.startTimer(delayMs, end);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** What was written in this turn of the event loop has left by then. */
export function twoTurns(platform: Pick<Platform, "nextTurn">): Promise<void> {
  return new Promise((resolve) => {
    platform.nextTurn(() => platform.nextTurn(resolve));
  });
}
