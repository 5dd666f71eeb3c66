/** Connections that were not let in because too many came from their place: each is told so, if it asks to join soon. */
import { JOIN_TIMEOUT_MS } from "../defaults.ts";
import type { Platform } from "../platform.ts";
import { crowdedOut } from "./admission.ts";
import { refusal, sendJoin } from "./join-frames.ts";
import { JOIN_PROTOCOL, type LimitedLink, type NetworkConnection } from "./network.ts";
import type { Standing } from "./standing.ts";

/** How long a refused connection stays, so that the refusal arrives. */
export const REFUSAL_LINGER_MS = 200;
/** Connections that stay for a moment to be told why they came to nothing; more are closed without a word. */
const TURNED_AWAY_LIMIT = 50;

export interface TurnedAwayOptions {
  readonly platform: Platform;
  readonly standing: Standing;
}

export class TurnedAway {
  readonly #options: TurnedAwayOptions;
  readonly #connections = new Set<NetworkConnection>();

  constructor(options: TurnedAwayOptions) {
    this.#options = options;
  }

  has(connection: NetworkConnection): boolean {
    return this.#connections.has(connection);
  }

  add(connection: NetworkConnection): void {
    if (this.#connections.size >= TURNED_AWAY_LIMIT) return connection.close();
    this.#connections.add(connection);
    const { platform } = this.#options;
    const timer = platform.startTimer(JOIN_TIMEOUT_MS, () => connection.close());
    const ended = (): void => {
      platform.stopTimer(timer);
      this.#connections.delete(connection);
    };
    void connection.closed.then(ended);
  }

  /** It asks for something: to join, as it should. */
  linked(connection: NetworkConnection, protocol: string, link: LimitedLink): void {
    const { platform, standing } = this.#options;
    if (protocol !== JOIN_PROTOCOL) return connection.close();
    sendJoin(link, refusal(crowdedOut(), platform.wallMs()), standing.peer, connection.remote);
    platform.startTimer(REFUSAL_LINGER_MS, () => connection.close());
  }
}
