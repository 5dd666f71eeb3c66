/** Ends sessions whose peer's certificate has ended; a peer that got a fresh one says so while it is connected. */
import type { Procedures } from "../contracts/procedures.ts";
import { CLOCK_SKEW_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import { HOUR_MS, SECOND_MS } from "../units.ts";
import { parseToken } from "../wire/schema.ts";
import type { Member } from "./handshake.ts";
import { notAMember } from "./membership.ts";
import type { Standing } from "./standing.ts";

const PROCEDURE = "peer.certificate";

export interface ExpiryOptions {
  readonly platform: Platform;
  readonly standing: Standing;
  readonly procedures: Procedures;
  /** Everybody connected. */
  readonly members: () => readonly Member[];
  readonly expel: (peer: PeerId, error: SkeinError) => void;
}

export class Expiry {
  readonly #options: ExpiryOptions;
  /** Ends of certificates that came after joining. */
  readonly #renewed = new Map<PeerId, number>();
  #timer: TimerHandle = undefined;
  #closed = false;

  constructor(options: ExpiryOptions) {
    this.#options = options;
    const { procedures, standing } = options;
    procedures.handle(PROCEDURE, { parse: parseToken }, (token, { endpoint }) => {
      if (endpoint.server !== 0) {
        throw new SkeinError("ROLE_FORBIDS", "a server process has no certificate", { hint: "only peers have one" });
      }
      this.#renewed.set(endpoint.peer, standing.verify(token, endpoint.peer).expiresMs);
    });
    this.#arm(HOUR_MS);
  }

  /** Somebody is connected: its certificate is looked at when it ends. */
  connected(): void {
    this.#check();
  }

  /** Tells everybody connected of this peer's own fresh certificate. */
  tell(certificate: string): void {
    const { members, procedures } = this.#options;
    for (const { peer } of members()) procedures.notify({ peer, server: 0 }, PROCEDURE, certificate);
  }

  close(): void {
    this.#closed = true;
    this.#options.platform.stopTimer(this.#timer);
  }

  #check(): void {
    if (this.#closed) return;
    const { platform, members, expel } = this.#options;
    const nowMs = platform.wallMs();
    let nextMs = HOUR_MS;
    const here = members();
    for (const { peer, expiresMs = Infinity } of here) {
      const leftMs = Math.max(this.#renewed.get(peer) ?? 0, expiresMs) + CLOCK_SKEW_MS - nowMs;
      if (leftMs < 0) expel(peer, notAMember("its certificate has ended"));
      else nextMs = Math.min(nextMs, leftMs + SECOND_MS);
    }
    if (this.#renewed.size > here.length) this.#forget(here);
    this.#arm(nextMs);
  }

  #forget(here: readonly Member[]): void {
    const connected = new Set(here.map(({ peer }) => peer));
    for (const peer of this.#renewed.keys()) if (!connected.has(peer)) this.#renewed.delete(peer);
  }

  #arm(delayMs: number): void {
    const { platform } = this.#options;
    if (this.#timer !== undefined) platform.stopTimer(this.#timer);
    this.#timer = platform.startTimer(delayMs, () => this.#check());
  }
}
