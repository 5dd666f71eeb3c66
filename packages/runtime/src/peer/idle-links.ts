/** Closes sessions that were made for what was sent, once nothing has used them for a while on either side. */
import { LINK_IDLE_MS } from "../defaults.ts";
import type { PeerId } from "../ids.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import type { PeerSession } from "./peer-session.ts";

export interface IdleLinksOptions {
  readonly platform: Platform;
  readonly self: PeerId;
  /** Everybody connected now. */
  readonly connected: () => Iterable<PeerId>;
  readonly sessionOf: (peer: PeerId) => PeerSession | undefined;
  /** Whether one of the two is found by the other, and so stays connected. */
  readonly isWanted: (peer: PeerId) => boolean;
  /** Whether nothing here wants the session: neither that, nor anything that hangs on it. */
  readonly mayPart: (peer: PeerId) => boolean;
  /** Asks the other side to end the session. */
  readonly part: (peer: PeerId) => void;
}

/** How often a session had been used, and since when not again. */
interface Quiet {
  readonly session: PeerSession;
  readonly used: number | undefined;
  sinceMs: number;
}

export class IdleLinks {
  readonly #options: IdleLinksOptions;
  readonly #quiet = new Map<PeerId, Quiet>();
  #timer: TimerHandle = undefined;

  constructor(options: IdleLinksOptions) {
    this.#options = options;
  }

  close(): void {
    this.#options.platform.stopTimer(this.#timer);
  }

  /** There is a session, or one that was wanted no longer is. It is looked at as long as there is one to look at. */
  watch(): void {
    const { platform, connected, isWanted } = this.#options;
    if (this.#timer !== undefined || [...connected()].every(isWanted)) return;
    this.#timer = platform.startTimer(LINK_IDLE_MS / 4, () => {
      this.#timer = undefined;
      this.#look();
      this.watch();
    });
  }

  #look(): void {
    const { platform, self, connected, sessionOf, mayPart, part } = this.#options;
    const nowMs = platform.now();
    const seen = new Set<PeerId>();
    for (const peer of connected()) {
      const session = sessionOf(peer);
      if (session === undefined || session.suspected || !mayPart(peer)) continue;
      seen.add(peer);
      const before = this.#quiet.get(peer);
      if (before?.session !== session || before.used === undefined || before.used !== session.used) {
        this.#quiet.set(peer, { session, used: session.used, sinceMs: nowMs });
      } else if (nowMs - before.sinceMs >= LINK_IDLE_MS && self < peer) {
        // One of the two asks; when the other one still needs it, again after as long.
        before.sinceMs = nowMs;
        part(peer);
      }
    }
    for (const peer of this.#quiet.keys()) if (!seen.has(peer)) this.#quiet.delete(peer);
  }
}
