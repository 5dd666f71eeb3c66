/** Which clients a node takes, and which of its servers nobody uses any more. Pure: give it the clock's reading. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type LeaseId } from "../ids.ts";

export interface ServingLimits {
  /** So many clients are taken, one after the other or at once; then no other. Default: any number. */
  readonly maxClients?: number;
  /** A server that has run nothing for this long is asked back from its client, in milliseconds. Default: never. */
  readonly zombieMs?: number;
}

/** How a server stands that a job holds. */
export interface HeldServer {
  readonly server: number;
  readonly lease: LeaseId;
  readonly running: number;
  /** Tasks that have ended there, well or not. */
  readonly ended: number;
}

interface Watched {
  readonly lease: LeaseId;
  readonly ended: number;
  readonly sinceMs: number;
}

export class Serving {
  readonly #maxClients: number;
  readonly #clients = new Map<string, Endpoint>();
  readonly #watched = new Map<number, Watched>();
  /** The node's own limit, and what its scheduler says. */
  #zombieMs: number;
  readonly #ownZombieMs: number;

  constructor({ maxClients = Infinity, zombieMs = Infinity }: ServingLimits) {
    this.#maxClients = maxClients;
    this.#ownZombieMs = zombieMs;
    this.#zombieMs = zombieMs;
  }

  /** What the scheduler gives every node; the shorter time counts. */
  schedulerSays(zombieMs: number = Infinity): void {
    this.#zombieMs = Math.min(this.#ownZombieMs, zombieMs);
  }

  /** Whether this client is taken: it has been before, or there is room for one more. */
  takes(client: string): boolean {
    return this.#clients.has(client) || this.#clients.size < this.#maxClients;
  }

  took(client: string, endpoint: Endpoint): void {
    if (this.#maxClients !== Infinity) this.#clients.set(client, endpoint);
  }

  /** The clients that were taken, where they are limited. */
  get clients(): ReadonlyMap<string, Endpoint> {
    return this.#clients;
  }

  /** The clients it was for, once there is room for no other. */
  get all(): readonly string[] | undefined {
    return this.#clients.size < this.#maxClients ? undefined : [...this.#clients.keys()];
  }

  /** Servers to ask back: those held by a job that has run nothing there for too long. Each is named once in that time. */
  idle(held: readonly HeldServer[], nowMs: number): readonly number[] {
    if (this.#zombieMs === Infinity) return [];
    const idle: number[] = [];
    const present = new Set<number>();
    for (const { server, lease, running, ended } of held) {
      present.add(server);
      const known = this.#watched.get(server);
      const moved = known === undefined || known.lease !== lease || known.ended !== ended || running > 0;
      const due = !moved && nowMs - known.sinceMs >= this.#zombieMs;
      if (due) idle.push(server);
      if (moved || due) this.#watched.set(server, { lease, ended, sinceMs: nowMs });
    }
    for (const server of this.#watched.keys()) if (!present.has(server)) this.#watched.delete(server);
    return idle;
  }
}
