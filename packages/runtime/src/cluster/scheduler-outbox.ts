/** Does what the scheduler's core decides: tells nodes and clients, by their addresses. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { SERVER_START_TIMEOUT_MS } from "../defaults.ts";
import { errorFrom, isSkeinError } from "../errors.ts";
import { type NodeId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type ClusterEventBody, type EventError } from "./events.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { type SchedulerEvent } from "./scheduler-events.ts";
import { shortText } from "./run-words.ts";
import { type Granted, type SteerJob, type Unpark } from "./words.ts";

export interface ClientAddress {
  readonly to: Endpoint;
  readonly inbox: string;
}

export interface SchedulerOutboxOptions {
  readonly procedures: Procedures;
  readonly state: SchedulerState;
  readonly logger: Logger;
  /** Tells the core what came of it. */
  readonly tell: (event: SchedulerEvent) => void;
  readonly emit: (event: ClusterEventBody) => void;
  /** Keeps what operators have ordered. */
  readonly keep: () => void;
}

export class SchedulerOutbox {
  readonly #options: SchedulerOutboxOptions;
  readonly #clients = new Map<string, ClientAddress>();
  /** Clients named by leases of an earlier scheduler, which have not come back yet. */
  readonly #awaited = new Set<string>();

  constructor(options: SchedulerOutboxOptions) {
    this.#options = options;
  }

  know(client: string, address: ClientAddress): void {
    this.#clients.set(client, address);
    this.#awaited.delete(client);
  }

  /**
   * Takes out the clients that are lost, and gives their keys. Those that have not come back after a restart can't be
   * reached: they have their time to do so.
   */
  takeLost(matches: (endpoint: Endpoint) => boolean): string[] {
    const lost: string[] = [];
    for (const [client, { to }] of this.#clients) if (matches(to) && !this.#awaited.has(client)) lost.push(client);
    for (const client of lost) this.#clients.delete(client);
    return lost;
  }

  /** Does what the core has decided. */
  perform(action: SchedulerAction): void {
    switch (action.type) {
      case "assign":
        void this.#assign(action);
        return;
      case "grant": {
        const node = this.#options.state.nodes.get(action.node)?.info;
        if (node === undefined) return;
        const { job, lease, kind, server, want } = action;
        const words: Granted = { job, lease, kind, want, node, server };
        this.#toClient(action.client, "granted", words);
        return;
      }
      case "revoke":
        this.#toClient(action.client, "revoked", { job: action.job });
        return;
      case "lost":
        this.#toClient(action.client, "lost", { job: action.job, lease: action.lease, error: action.error });
        return;
      case "replaced":
        this.#toClient(action.client, "replaced", { job: action.job, server: action.server });
        return;
      case "reclaim": {
        const { job, lease, graceMs } = action;
        this.#toClient(action.client, "reclaim", { job, lease, ...(graceMs === undefined ? {} : { graceMs }) });
        return;
      }
      case "weigh":
        this.#toClient(action.client, "weight", { job: action.job, weight: action.weight });
        return;
      case "renew":
        this.#notify({ peer: action.node, server: 0 }, "node.renew", { server: action.server });
        return;
      case "unassign": {
        const { node, lease, server, park = false } = action;
        this.#notify({ peer: node, server: 0 }, "node.unassign", { lease, server, park });
        return;
      }
      case "unpark": {
        const words: Unpark = action.server === undefined ? {} : { server: action.server };
        this.#notify({ peer: action.node, server: 0 }, "node.unpark", words);
        return;
      }
      case "over":
        this.#notify({ peer: action.node, server: 0 }, "node.job.over", { job: action.job });
        return;
      case "keep":
        this.#options.keep();
        return;
      case "event":
        this.#options.emit(action.event);
        return;
      default:
        action satisfies never;
    }
  }

  async #assign(action: Extract<SchedulerAction, { readonly type: "assign" }>): Promise<void> {
    const { lease, kind, job, server } = action;
    const { to, inbox } = this.address(action.client);
    const words = { lease, kind, job, client: to, inbox, server };
    try {
      const timeoutMs = SERVER_START_TIMEOUT_MS;
      await this.#options.procedures.call({ peer: action.node, server: 0 }, "node.assign", words, { timeoutMs });
      // Taken for lost meanwhile, by word of a process before: nobody else would take it from the node again.
      if (this.#options.state.leases.has(lease)) this.#options.tell({ type: "lease.assigned", lease });
      else this.#notify({ peer: action.node, server: 0 }, "node.unassign", { lease, server });
    } catch (error) {
      this.#options.logger.warn("lease.refused", { lease, node: action.node, server, error: errorFrom(error).message });
      this.#options.tell({ type: "lease.refused", lease, error: eventError(error) });
    }
  }

  /** Where a client is; keys are `PeerId/server/inbox`. */
  address(client: string): ClientAddress {
    const known = this.#clients.get(client);
    if (known !== undefined) return known;
    const [peer = "", server = "0", ...inbox] = client.split("/");
    // Made from an authenticated endpoint by a scheduler before this one; a wrong one reaches nobody.
    const address = { to: { peer: peer as NodeId, server: Number(server) }, inbox: inbox.join("/") };
    this.#clients.set(client, address);
    this.#awaited.add(client);
    return address;
  }

  /** Clients without jobs are not watched any more. */
  forgetClients(): void {
    for (const client of this.#clients.keys()) if (!this.#options.state.jobsOf.has(client)) this.#forget(client);
  }

  #toClient(client: string, note: string, words: unknown): void {
    const { to, inbox } = this.address(client);
    this.#notify(to, `${inbox}.${note}`, words);
  }

  /** Tells a client what an operator wants of its job. */
  steerJob(client: string, words: SteerJob): void {
    this.#toClient(client, "steer", words);
  }

  /** Tells every client whether somebody watches. */
  tellWatched(on: boolean): void {
    for (const [client, { to, inbox }] of this.#clients) {
      // One that is awaited hears it when it opens its jobs again.
      if (!this.#awaited.has(client)) this.#notify(to, `${inbox}.watched`, { on });
    }
  }

  /** Tells clients with open jobs what happened to nodes and servers, and each what happened to its own job. */
  tellClients(event: ClusterEventBody): void {
    if (!FOR_CLIENTS.has(event.type)) return;
    const job = "job" in event && typeof event.job === "object" ? event.job.id : undefined;
    const owner = job === undefined ? undefined : this.#options.state.jobs.get(job)?.client;
    for (const [client, { to, inbox }] of this.#clients) {
      const concerned = job === undefined ? this.#options.state.jobsOf.has(client) : client === owner;
      if (concerned && !this.#awaited.has(client)) this.#notify(to, `${inbox}.event`, { event });
    }
  }

  #forget(client: string): void {
    this.#clients.delete(client);
    this.#awaited.delete(client);
  }

  #notify(to: Endpoint, name: string, words: unknown): void {
    try {
      this.#options.procedures.notify(to, name, words);
    } catch (error) {
      this.#options.logger.error("scheduler.notify", { to: endpointKey(to), name, error: errorFrom(error).message });
    }
  }
}

/** Nodes that are lost and servers that are lost or replaced are told with the leases there. */
const FOR_CLIENTS: ReadonlySet<ClusterEventBody["type"]> = new Set([
  "node.ready",
  "node.paused",
  "node.resumed",
  "node.suspected",
  "node.back",
  "node.closed",
  "node.lost",
  "node.skipped",
  "server.paused",
  "server.resumed",
  "job.opened",
  "job.waiting",
  "job.active",
  "job.changed",
]);

export function eventError(error: unknown): EventError {
  return { code: isSkeinError(error) ? error.code : "PEER_LOST", message: shortText(errorFrom(error).message) };
}
