/** Closes sessions that were made for what was sent, once nothing has used them for a while on either side. */
import { LINK_IDLE_MS } from "../defaults.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { PeerId } from "../ids.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import type { PeerSession } from "./peer-session.ts";

/** To the other side: may the session end? And its answer, when it may. Notes, since calls would be a use of it. */
const MAY_PART = "peer.may-part";
const PART = "peer.part";

export interface IdleLinksOptions {
  readonly platform: Platform;
  readonly self: PeerId;
  readonly procedures: Procedures;
  /** Everybody connected now. */
  readonly connected: () => Iterable<PeerId>;
  readonly sessionOf: (peer: PeerId) => PeerSession | undefined;
  /** Whether one of the two is found by the other, and so stays connected. */
  readonly isWanted: (peer: PeerId) => boolean;
  /** The same, or something hangs on the session. */
  readonly isBound: (peer: PeerId) => boolean;
  readonly part: (peer: PeerId) => void;
}

/** How often a session had been used, and since when not again. */
interface Quiet {
  readonly session: PeerSession;
  readonly used: number | undefined;
  readonly sinceMs: number;
}

export class IdleLinks {
  readonly #options: IdleLinksOptions;
  readonly #quiet = new Map<PeerId, Quiet>();
  /** Those asked whether the session may end. */
  readonly #asked = new Map<PeerId, PeerSession>();
  #timer: TimerHandle = undefined;

  constructor(options: IdleLinksOptions) {
    this.#options = options;
    const { procedures, isBound } = options;
    const parse = (): undefined => undefined;
    procedures.handle(MAY_PART, { parse }, (_args, { endpoint }) => {
      if (endpoint.server === 0 && !isBound(endpoint.peer)) procedures.notify(endpoint, PART, undefined);
    });
    procedures.handle(PART, { parse }, (_args, { endpoint: { peer, server } }) => {
      const asked = this.#asked.get(peer);
      this.#asked.delete(peer);
      const session = options.sessionOf(peer);
      // Whatever was begun meanwhile keeps it.
      if (server === 0 && asked !== undefined && asked === session && session.used !== undefined && !isBound(peer)) {
        options.part(peer);
      }
    });
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
    const { platform, self, procedures, connected, sessionOf, isBound } = this.#options;
    const nowMs = platform.now();
    const seen = new Set<PeerId>();
    for (const peer of connected()) {
      const session = sessionOf(peer);
      if (session === undefined || session.suspected || isBound(peer)) continue;
      seen.add(peer);
      const before = this.#quiet.get(peer);
      if (before?.session !== session || before.used === undefined || before.used !== session.used) {
        this.#quiet.set(peer, { session, used: session.used, sinceMs: nowMs });
      } else if (nowMs - before.sinceMs >= LINK_IDLE_MS && self < peer) {
        // One of the two asks; the question counts as a use, so the next one comes after as long again.
        this.#asked.set(peer, session);
        procedures.notify({ peer, server: 0 }, MAY_PART, undefined);
      }
    }
    for (const peer of this.#quiet.keys()) if (!seen.has(peer)) this.#quiet.delete(peer);
    for (const peer of this.#asked.keys()) if (!seen.has(peer)) this.#asked.delete(peer);
  }
}
