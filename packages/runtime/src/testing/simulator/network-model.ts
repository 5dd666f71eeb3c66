/** How long things take between two places of a simulation, and what gets lost on the way. */

/** What a simulated network is like. What is lost is sent again, as TCP does: it comes late, never twice. */
export interface SimulatedNetwork {
  /** One way, in milliseconds, or a range from which each pair of peers draws its own. Default `[0.5, 5]`. */
  readonly latencyMs?: number | readonly [from: number, to: number];
  /** How much one message's time may differ from another's of the same pair. Default 0.2: a fifth. */
  readonly jitterShare?: number;
  /** Share of what is sent that gets lost and comes later, 0 to 0.9. Default 0. */
  readonly lossShare?: number;
  /** Unanswered for so long, a connection breaks, in milliseconds. Default 20,000. */
  readonly breakAfterMs?: number;
  /** What carries connections, drawn for each: "tcp", "ws", "relay" … A session moves to the best. Default `["memory"]`. */
  readonly transports?: readonly string[];
}

/** First time until what was lost is sent again; it doubles. */
const RETRY_MS = 200;
/** Most losses of one burst in a row. */
const RETRIES = 6;
/** Most of what may be lost: with all of it nothing would ever arrive. */
const LOSS_MOST = 0.9;

/** One direction between two places. */
export class Path {
  #latencyMs: number;
  #lossShare: number;
  blocked = false;
  readonly #jitterShare: number;
  readonly #random: () => number;

  constructor(model: SimulatedNetwork, random: () => number) {
    const { latencyMs = [0.5, 5], lossShare = 0, jitterShare = 0.2 } = model;
    const [from, to] = typeof latencyMs === "number" ? [latencyMs, latencyMs] : latencyMs;
    this.#latencyMs = from + random() * (to - from);
    this.#lossShare = Math.min(lossShare, LOSS_MOST);
    this.#jitterShare = jitterShare;
    this.#random = random;
  }

  shape(model: Pick<SimulatedNetwork, "latencyMs" | "lossShare">): void {
    const { latencyMs, lossShare } = model;
    if (typeof latencyMs === "number") this.#latencyMs = latencyMs;
    else if (latencyMs !== undefined) this.#latencyMs = latencyMs[0] + this.#random() * (latencyMs[1] - latencyMs[0]);
    if (lossShare !== undefined) this.#lossShare = Math.min(lossShare, LOSS_MOST);
  }

  /** How long the next burst takes. */
  nextMs(): number {
    let ms = this.#latencyMs * (1 + this.#jitterShare * this.#random());
    let retryMs = RETRY_MS;
    for (let tries = 0; tries < RETRIES && this.#lossShare > 0 && this.#random() < this.#lossShare; tries += 1) {
      ms += retryMs;
      retryMs *= 2;
    }
    return ms;
  }
}
