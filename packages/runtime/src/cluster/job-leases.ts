/** The servers of a job: asked for, made ready with code, watched, and given back. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type ErrorCode, errorFrom } from "../errors.ts";
import { type JobId, type LeaseId, type NodeId, serverId } from "../ids.ts";
import { type ServerInfo } from "./contracts.ts";
import { type ClusterEventBody, type EventError } from "./events.ts";
import { JobDemand } from "./job-demand.ts";
import { type JobWants } from "./job-wants.ts";
import { type Lease, waiting } from "./lease.ts";
import { LeaseChecks } from "./lease-checks.ts";
import { LeasePreparer, type LeasePreparerOptions } from "./lease-preparer.ts";
import { type Run } from "./run.ts";
import { type LossKind } from "./run-retries.ts";
import { goneError, serverLost } from "./run-words.ts";
import { StallWatch } from "./stall-watch.ts";
import { type Granted } from "./words.ts";

export interface JobLeasesOptions extends Omit<LeasePreparerOptions, "giveUp"> {
  /** Leads places in bundles back to the user's files. */
  readonly mapText: (text: string) => string;
  readonly job: JobId;
  /** Each CPU task gets a fresh process. */
  readonly restart: boolean;
  /** Tells the job's own events. */
  readonly record: (event: ClusterEventBody) => void;
  /** A note to the scheduler; while it is away, what it has to know is told when it is back. */
  readonly notify: (name: string, words: unknown) => void;
  readonly wants: JobWants;
  /** Has the scheduler end a lease whose node can't be reached from here; done when that is so, or can't be known. */
  readonly fence: (lease: LeaseId) => Promise<void>;
  /** A server of the node was given to the job. */
  readonly usedNode: (node: NodeId) => void;
  /** Has nodes end the processes they keep for the job's next turn: one node, or all. */
  readonly forgetParked: (node: NodeId | undefined) => Promise<void>;
  /** Whether tasks wait for a node that is lost. */
  readonly waitsFor: (node: NodeId) => boolean;
  /** Whether a lease that was just granted is of a place that the job has closed. */
  readonly unwanted: (lease: Lease<Run>) => boolean;
}

export class JobLeases {
  readonly #options: JobLeasesOptions;
  /** Leases the scheduler asked for that could not be given back yet. */
  #owed = 0;
  readonly #stalls: StallWatch;
  readonly #demand: JobDemand;
  readonly #preparer: LeasePreparer;
  /** Leases that are closing because their node doesn't take the job's code. */
  readonly #avoided = new Set<LeaseId>();
  /** Servers that are there again, by the lease whose loss is still being checked. */
  readonly #replacements = new Map<LeaseId, ServerInfo>();
  readonly #checks: LeaseChecks;
  /** Leases that are to be given back once it is known that they stand, with the grace. */
  readonly #reclaimed = new Map<LeaseId, number | undefined>();
  /** Leases that are given back because others wait. */
  readonly #parks = new WeakSet<Lease<Run>>();
  /** Where any has been, and may be kept still. */
  readonly #parkedAt = new Set<NodeId>();
  /** Leases that get a fresh process now. */
  readonly #refreshing = new Set<Lease<Run>>();
  /** Who waits for leases to be gone. */
  readonly #goneWaits = new Map<Lease<Run>, (() => void)[]>();

  constructor(options: JobLeasesOptions) {
    this.#options = options;
    const { peer, job, runs, logger, waitsFor, record, wants, notify } = options;
    this.#demand = new JobDemand({ platform: peer.runtime.platform, job, runs, wants, notify });
    this.#preparer = new LeasePreparer({
      ...options,
      giveUp: (lease, unreachable) => this.#giveUp(lease, unreachable),
    });
    this.#stalls = new StallWatch(peer.runtime.platform, runs.book, ({ id, server }, serials) =>
      peer.procedures.notify(server, "server.withdraw", { lease: id, serials }),
    );
    this.#checks = new LeaseChecks({
      peer,
      runs,
      logger,
      waitsFor,
      prepare: (lease) => void this.#preparer.prepare(lease, undefined),
      standing: (lease, before) => {
        runs.book.stand(lease, before);
        runs.stopEnded(lease);
        if (this.#reclaimed.has(lease.id)) this.giveBack(lease, this.#reclaimed.get(lease.id));
        // What was asked for meanwhile is owed still.
        this.#payBack();
        runs.pumpSoon();
        this.changed();
      },
      gone: (lease, code, cause, kind) => this.#gone(lease, code, cause, kind),
      checked: (lease) => {
        const server = this.#replacements.get(lease.id);
        if (this.#replacements.delete(lease.id) && server !== undefined) record({ type: "server.replaced", server });
      },
    });
  }

  /** Nodes that may keep processes for the job's next turn, for a scheduler that has just been found. */
  get parkedAt(): readonly NodeId[] {
    return [...this.#parkedAt];
  }

  /** What this job holds, for a scheduler that has just been found. */
  get held(): readonly LeaseId[] {
    return [...this.#options.runs.book.leases.keys()];
  }

  granted(granted: Granted): void {
    const { runs, nodes } = this.#options;
    if (runs.book.leases.has(granted.lease)) return;
    const server = { peer: granted.node.id, server: granted.server };
    const lease = runs.book.add(granted.lease, granted.kind, server, granted.want, granted.node.kind === "tab");
    nodes.granted(granted);
    this.#checks.learn(lease, granted.node.location);
    this.#options.usedNode(granted.node.id);
    this.#payBack();
    if (this.#options.unwanted(lease)) this.giveBack(lease, undefined);
    else if (lease.standing === "preparing") void this.#preparer.prepare(lease, granted.node.location);
  }

  /** The scheduler needs this very lease back: what runs there may end, or is cancelled within the grace. */
  reclaimed(id: LeaseId, graceMs: number | undefined): void {
    const lease = this.#options.runs.book.leases.get(id);
    if (lease !== undefined) this.giveBack(lease, graceMs);
  }

  /** Gives a lease back when what runs there has ended; with `graceMs` that is cancelled. */
  giveBack(lease: Lease<Run>, graceMs: number | undefined): void {
    const { runs } = this.#options;
    if (lease.standing === "gone") return;
    if (lease.standing === "checking") {
      this.#reclaimed.set(lease.id, graceMs);
      return;
    }
    this.#reclaimed.delete(lease.id);
    // It is not for its job's next turn.
    this.#parks.delete(lease);
    if (lease.standing !== "closing") {
      // The scheduler takes any lease that ends for one that it has asked for.
      if (lease.kind === "cpu" && this.#owed > 0) this.#owed -= 1;
      runs.book.stand(lease, "closing");
      this.takeBack([lease]);
    }
    if (graceMs !== undefined) runs.stopAt(lease, "its server is taken out of service", graceMs);
    if (lease.inFlight.size === 0) this.#release(lease, false);
  }

  /** Takes back what does not run there yet. */
  takeBack(leases: readonly Lease<Run>[]): void {
    for (const lease of leases) {
      const serials = waiting(lease);
      if (serials.length === 0 || lease.standing === "gone") continue;
      this.#options.peer.procedures.notify(lease.server, "server.withdraw", { lease: lease.id, serials });
    }
  }

  /** Resolves when the lease is given back or lost. */
  gone(lease: Lease<Run>): Promise<void> {
    if (lease.standing === "gone") return Promise.resolve();
    return new Promise((resolve) => {
      const waits = this.#goneWaits.get(lease);
      if (waits === undefined) this.#goneWaits.set(lease, [resolve]);
      else waits.push(resolve);
    });
  }

  /** Has nodes forget the processes they keep for the job's next turn: one node, or all. */
  async forgetParked(node: NodeId | undefined): Promise<void> {
    if (node === undefined ? this.#parkedAt.size === 0 : !this.#parkedAt.has(node)) return;
    await this.#options.forgetParked(node);
  }

  /**
   * Gives back what the job has of a tab whose results it does not believe: tasks of which they would be judged run elsewhere,
   * and what has begun of others, which would be believed, ends there first.
   */
  forsake(tab: NodeId): void {
    const { runs } = this.#options;
    for (const lease of runs.book.at(tab)) {
      this.takeBack([lease]);
      runs.losses.forsake(lease);
      this.#parks.delete(lease);
      this.giveBack(lease, undefined);
    }
    this.changed();
  }

  /** Gives up leases at nodes that are away: of one node, or all. */
  giveUpAway(node: NodeId | undefined): void {
    this.#checks.giveUpAway(node);
  }

  /**
   * Gets a fresh process for a server that runs nothing, under the same lease; done when it can have tasks again.
   * @throws {SkeinError} `SERVER_LOST`, `PEER_LOST`
   */
  async refresh(lease: Lease<Run>): Promise<void> {
    if (lease.standing !== "ready" && lease.standing !== "preparing") return;
    this.#options.runs.book.stand(lease, "preparing");
    this.#refreshing.add(lease);
    try {
      await this.#preparer.renew(lease);
    } finally {
      this.#refreshing.delete(lease);
    }
    if (lease.standing === "preparing") await this.#preparer.prepare(lease, undefined);
  }

  /** The scheduler needs one back. */
  revoked(): void {
    this.#owed += 1;
    this.#payBack();
  }

  /** The scheduler says that the lease is gone; the node knows better whether its process is. */
  lostByScheduler(lease: LeaseId, error: EventError): void {
    const known = this.#options.runs.book.leases.get(lease);
    if (known !== undefined) {
      void this.#checks.check(known, serverLost(error));
    }
  }

  lostByNetwork(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    for (const lease of this.#options.runs.book.leases.values()) {
      if (!matches(lease.server)) continue;
      if (matches({ peer: lease.server.peer, server: 0 })) this.#checks.nodeLost(lease, error);
      else if (!this.#refreshing.has(lease)) void this.#checks.check(lease, error);
    }
  }

  /** A server this job had lost is there again. Told after the loss, about which the node may still be asked. */
  replaced(server: ServerInfo): void {
    for (const lease of this.#options.runs.book.leases.values()) {
      if (lease.standing !== "checking" || serverId(lease.server.peer, lease.server.server) !== server.id) continue;
      this.#replacements.set(lease.id, server);
      return;
    }
    this.#options.record({ type: "server.replaced", server });
  }

  /** There is new code: servers get it before they get tasks again. */
  codeAdded(): void {
    for (const lease of this.#options.runs.book.leases.values()) {
      if (lease.standing === "ready") void this.#preparer.prepare(lease, undefined);
    }
  }

  /** Something has changed at the servers or in the queue. */
  changed(): void {
    const { runs } = this.#options;
    for (const lease of runs.book.leases.values()) {
      if (lease.standing === "closing" && lease.inFlight.size === 0) {
        this.#release(lease, this.#avoided.has(lease.id));
      } else if (this.#options.restart && isUsed(lease)) void this.#renew(lease);
    }
    this.#demand.changed();
    if (runs.open.cpu > 0) this.#stalls.start();
  }

  /** Its process has served a task. */
  async #renew(lease: Lease<Run>): Promise<void> {
    try {
      await this.refresh(lease);
    } catch (error) {
      this.#options.logger.warn("server.not-renewed", { lease: lease.id, error: errorFrom(error).message });
      this.#giveUp(lease, false);
    }
  }

  /** A scheduler is about to hear of the job, again: what it still wants back it will say again. */
  opening(): void {
    this.#owed = 0;
  }

  /** A scheduler was found, again. */
  found(): void {
    this.#demand.found();
  }

  close(): void {
    this.#demand.close();
    this.#checks.close();
    this.#stalls.close();
  }

  /** It can't be made ready: what runs there, with the code it has, may end first. */
  #giveUp(lease: Lease<Run>, unreachable: boolean): void {
    const { book } = this.#options.runs;
    if (lease.standing !== "preparing") return;
    // The scheduler takes any lease that ends for one that it has asked for.
    if (lease.kind === "cpu" && this.#owed > 0) this.#owed -= 1;
    if (lease.inFlight.size === 0) {
      this.#release(lease, unreachable);
      return;
    }
    book.stand(lease, "closing");
    if (unreachable) this.#avoided.add(lease.id);
  }

  #gone(lease: Lease<Run>, code: ErrorCode, cause: Error, kind: LossKind): void {
    const { runs, logger } = this.#options;
    if (lease.standing === "gone") return;
    // The scheduler takes any lease that ends for one that it has asked for.
    if (lease.kind === "cpu" && lease.standing !== "closing" && this.#owed > 0) this.#owed -= 1;
    const { peer: node } = lease.server;
    logger.warn("lease.lost", {
      lease: lease.id,
      server: serverId(node, lease.server.server),
      code,
      error: cause.message,
    });
    const id = serverId(node, lease.server.server);
    const error = goneError(code, this.#options.nodes.nameOf(id), cause, this.#options.mapText);
    const server = { id, node, kind: lease.kind };
    this.#options.record({
      type: "server.lost",
      server,
      job: this.#options.job,
      error: { code, message: error.message },
    });
    this.#options.nodes.gone(server.id, true);
    if (kind.certain) {
      runs.losses.lost(lease, error, kind);
      this.#tellReleased(lease, false);
    } else {
      // Its node may be there for the scheduler, which ends what runs there before it runs elsewhere.
      runs.losses.lost(lease, error, { ...kind, fenced: this.#options.fence(lease.id) });
      this.#avoided.delete(lease.id);
    }
    this.#tellGone(lease);
  }

  #tellGone(lease: Lease<Run>): void {
    this.#reclaimed.delete(lease.id);
    const waits = this.#goneWaits.get(lease) ?? [];
    this.#goneWaits.delete(lease);
    for (const resolve of waits) resolve();
  }

  #payBack(): void {
    const { runs, peer } = this.#options;
    for (let lease = this.#owed > 0 ? runs.book.giveBack() : undefined; lease !== undefined;) {
      this.#owed -= 1;
      if (!this.#options.restart) this.#parks.add(lease);
      if (lease.inFlight.size === 0) this.#release(lease, false);
      else {
        runs.book.stand(lease, "closing");
        peer.procedures.notify(lease.server, "server.withdraw", { lease: lease.id, serials: waiting(lease) });
      }
      lease = this.#owed > 0 ? runs.book.giveBack() : undefined;
    }
  }

  #release(lease: Lease<Run>, unreachable: boolean): void {
    this.#options.runs.book.stand(lease, "gone");
    this.#options.nodes.gone(serverId(lease.server.peer, lease.server.server), false);
    this.#tellReleased(lease, unreachable);
    this.#tellGone(lease);
  }

  #tellReleased(lease: Lease<Run>, unreachable: boolean): void {
    this.#avoided.delete(lease.id);
    const words = { job: this.#options.job, lease: lease.id, unreachable };
    // Others wait for it: its process is kept for the job's next turn.
    const park = this.#parks.has(lease) && !unreachable;
    if (park) this.#parkedAt.add(lease.server.peer);
    this.#options.notify("scheduler.job.release", park ? { ...words, park } : words);
  }
}

/** A CPU server that has nothing to do and has had a task since its process began. */
const isUsed = ({ kind, standing, inFlight, nextSerial }: Lease<Run>): boolean =>
  kind === "cpu" && standing === "ready" && inFlight.size === 0 && nextSerial > 1;
