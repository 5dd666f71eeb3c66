/** Makes a server ready for a job's tasks: connects to its node, has it confined, and sees that it has code and set-up. */
import { type Location } from "../contracts/endpoint.ts";
import { SERVER_START_TIMEOUT_MS } from "../defaults.ts";
import { errorFrom, isSkeinError } from "../errors.ts";
import { serverId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type CodeShipper, type ShippedCode } from "./code-shipper.ts";
import { type JobIsolation } from "./job-isolation.ts";
import { type JobNodes } from "./job-nodes.ts";
import { type JobRuns } from "./job-runs.ts";
import { type JobSetup, type SetupFailure } from "./job-setup.ts";
import { type Lease } from "./lease.ts";
import { type Run } from "./run.ts";

export interface LeasePreparerOptions {
  readonly isolation: JobIsolation;
  readonly peer: ClusterPeer;
  readonly runs: JobRuns;
  readonly shipper: CodeShipper;
  /** All bundles the job needs. */
  readonly codes: () => readonly ShippedCode[];
  readonly nodes: JobNodes;
  readonly setup: JobSetup;
  /** A place could not be set up: the job does without it. */
  readonly onSetupFailed: (failure: SetupFailure) => void;
  readonly logger: Logger;
  /** It can't be made ready; `unreachable`: nor will others of its node. */
  readonly giveUp: (lease: Lease<Run>, unreachable: boolean) => void;
}

export class LeasePreparer {
  readonly #options: LeasePreparerOptions;
  /** How many of the job's bundles a server has been told to load. */
  readonly #loaded = new WeakMap<Lease<Run>, number>();

  constructor(options: LeasePreparerOptions) {
    this.#options = options;
  }

  /** It lets the server have tasks when all is done. */
  async prepare(lease: Lease<Run>, node: Location | undefined): Promise<void> {
    const { peer, runs, shipper, codes, logger, giveUp, setup, nodes } = this.#options;
    runs.book.stand(lease, "preparing");
    try {
      if (node !== undefined && node.peer !== peer.id) await peer.connect(node);
    } catch (error) {
      logger.warn("node.unreachable", { node: lease.server.peer, error: errorFrom(error).message });
      giveUp(lease, true);
      return;
    }
    try {
      await this.#confine(lease);
      let shipped: readonly ShippedCode[];
      do {
        shipped = [...codes()]; // as it is now: the list grows
        await shipper.ensure(lease.server.peer, shipped);
        if (lease.standing !== "preparing") return;
        await this.#load(lease, shipped);
        const failure = await setup.prepare(lease);
        // Also where its process is gone by now: it was the set-up that ended it.
        if (failure !== undefined) this.#options.onSetupFailed(failure);
        if (failure !== undefined || lease.standing !== "preparing") return;
        // More code may have come meanwhile.
      } while (shipped.length !== codes().length);
      runs.book.stand(lease, "ready");
      nodes.ready(serverId(lease.server.peer, lease.server.server));
      runs.pumpSoon();
    } catch (error) {
      logger.warn("server.not-prepared", { node: lease.server.peer, error: errorFrom(error).message });
      // A node that is gone tells nothing more; one that refuses the code will do so again.
      giveUp(lease, !isSkeinError(error, "PEER_LOST") && !isSkeinError(error, "SERVER_LOST"));
    }
  }

  /**
   * Gets a fresh process for the server, under the same lease.
   * @throws {SkeinError} `SERVER_LOST`, `PEER_LOST`
   */
  async renew(lease: Lease<Run>): Promise<void> {
    const { peer, runs, setup } = this.#options;
    const node = { peer: lease.server.peer, server: 0 };
    await peer.procedures.call(node, "node.refresh", { lease: lease.id }, { timeoutMs: SERVER_START_TIMEOUT_MS });
    if (lease.standing !== "preparing") return;
    runs.book.renewed(lease);
    this.#loaded.delete(lease);
    setup.forgetServer(lease);
  }

  /** Has the node confine the server as the job asks for; done already, it costs a question. */
  async #confine({ id, server }: Lease<Run>): Promise<void> {
    const { isolation, peer } = this.#options;
    if (!isolation.asks) return;
    const words = { lease: id, ...isolation.wish };
    const timeoutMs = SERVER_START_TIMEOUT_MS;
    await peer.procedures.call({ peer: server.peer, server: 0 }, "node.confine", words, { timeoutMs });
  }

  /** Tells the server what to load; waits until it has loaded the job's classes, without which it can't read arguments. */
  async #load(lease: Lease<Run>, shipped: readonly ShippedCode[]): Promise<void> {
    const { procedures } = this.#options.peer;
    const fresh = shipped.slice(this.#loaded.get(lease) ?? 0);
    if (fresh.length === 0) return;
    const words = { digests: fresh.map((code) => code.digest) };
    // A server that computes answers when it is done; one that is lost ends the wait.
    if (fresh.some((code) => code.classes))
      await procedures.call(lease.server, "server.load", words, { timeoutMs: Infinity });
    else procedures.notify(lease.server, "server.load", words);
    this.#loaded.set(lease, shipped.length);
  }
}
