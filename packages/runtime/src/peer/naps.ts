/** What a peer that may sleep (a hidden page) says to the others, and what it does when it may have slept. */
import type { Dialler } from "./dialler.ts";
import type { KnownPeers } from "./known-peers.ts";
import type { PeerSession } from "./peer-session.ts";

export class Naps {
  readonly #known: KnownPeers;
  readonly #dialler: Dialler;
  #silent = false;

  constructor(known: KnownPeers, dialler: Dialler) {
    this.#known = known;
    this.#dialler = dialler;
  }

  /** Whether this peer may be silent now: its timers can't be relied on. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Tells everybody connected, now and later, whether this peer may be silent for minutes and come back. */
  mayBeSilent(on: boolean): void {
    if (on === this.#silent) return;
    this.#silent = on;
    for (const { carrier } of this.#known.those()) carrier.session?.lull(on);
  }

  /** A session has a connection (again). */
  attached(session: PeerSession): void {
    if (this.#silent) session.lull(true);
  }

  /** After a sleep, or when the network has changed: what waits for its next try is tried now, what is there is asked. */
  wake(): void {
    for (const known of this.#known.those()) {
      known.carrier.session?.probe();
      this.#dialler.hurry(known);
    }
  }
}
