/** Keeps a node for those who use it: the clients it is for, and servers asked back from jobs that don't use them. */
import { endpointKey } from "../contracts/endpoint.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type Logger } from "../logger.ts";
import { type Platform } from "../platform.ts";
import { type Lane } from "./lane.ts";
import { type HeldServer, Serving, type ServingLimits } from "./node-serving.ts";
import { type SchedulerLink } from "./scheduler-link.ts";
import { type Assign, type ClientsOpen, type ServerReclaim } from "./words.ts";

export interface NodeUseOptions {
  readonly limits: ServingLimits;
  readonly platform: Platform;
  readonly procedures: Procedures;
  readonly logger: Logger;
  /** To the present scheduler. */
  readonly link: () => SchedulerLink;
  /** All the clients that this node was for have closed their jobs. */
  readonly onServed?: () => void;
}

export class NodeUse {
  readonly #options: NodeUseOptions;
  readonly #serving: Serving;
  /** Clients it was for whose connections are lost. */
  readonly #lost = new Set<string>();
  readonly #watch: Disposable;
  #asking = false;

  constructor(options: NodeUseOptions) {
    this.#options = options;
    this.#serving = new Serving(options.limits);
    this.#watch = options.procedures.onLost((matches) => {
      for (const [client, endpoint] of this.#serving.clients) if (matches(endpoint)) this.#lost.add(client);
    });
  }

  close(): void {
    this.#watch[Symbol.dispose]();
  }

  schedulerSays(zombieMs: number | undefined): void {
    this.#serving.schedulerSays(zombieMs);
  }

  /** A client gets a server here. @throws {SkeinError} `NO_PLACE` when this node is for others */
  take({ client, inbox }: Assign): void {
    const key = `${endpointKey(client)}/${inbox}`;
    if (!this.#serving.takes(key)) {
      throw new SkeinError("NO_PLACE", "this node serves no more clients", { hint: "other nodes may" });
    }
    this.#serving.took(key, client);
    this.#lost.delete(key);
  }

  /** Asks for a server back; what runs there may end. */
  reclaim(server: number): void {
    const words: ServerReclaim = { server };
    this.#options.link().notify("scheduler.server.reclaim", words);
  }

  /** Called now and then: asks for servers back that nobody uses, and whether the clients it was for are gone. */
  look(lanes: Iterable<Lane>): void {
    const held: HeldServer[] = [];
    const { known } = this.#options.link();
    let free = true;
    for (const { server, kind, assigned, report } of lanes) {
      if (assigned === undefined) continue;
      // What a scheduler that is away had given to a client that is gone, nobody uses.
      if (known || !this.#lost.has(`${endpointKey(assigned.client)}/${assigned.inbox}`)) free = false;
      // I/O servers take nothing from others.
      if (kind === "io") continue;
      held.push({ server, lease: assigned.lease, running: report.running, ended: report.done + report.failed });
    }
    for (const server of this.#serving.idle(held, this.#options.platform.now())) this.reclaim(server);
    const { all } = this.#serving;
    if (!free || all === undefined || this.#asking) return;
    if (known) void this.#askOpen(all);
    else if (all.every((client) => this.#lost.has(client))) this.#options.onServed?.();
  }

  async #askOpen(clients: readonly string[]): Promise<void> {
    const { procedures, logger, link, onServed } = this.#options;
    this.#asking = true;
    try {
      const words: ClientsOpen = { clients };
      // Answered by a scheduler of ours: those that still have jobs.
      const open = (await procedures.call(link().endpoint, "scheduler.clients.open", words)) as readonly string[];
      if (open.length === 0) onServed?.();
    } catch (error) {
      logger.debug("node.clients", { error: errorFrom(error).message }); // asked again after the next report
    }
    this.#asking = false;
  }
}
