/** A node: offers its servers to a scheduler, gives each to one job at a time, and keeps code for them. */
import { endpointKey, type Location, sameEndpoint } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { type Caller } from "../contracts/procedures.ts";
import { SkeinError } from "../errors.ts";
import { type JobId, type LeaseId, type NodeId } from "../ids.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { Deferred } from "../task/deferred.ts";
import { bookedLogger } from "../task/log-book.ts";
import { VERSION } from "../version.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type NodeInfo } from "./contracts.ts";
import { UNCONFINED } from "./isolation.ts";
import { Lane, type LaneOptions } from "./lane.ts";
import { laneReports, laneStandings } from "./lane-report.ts";
import { handleCode } from "./node-code.ts";
import { NodeConfine } from "./node-confine.ts";
import { NodeJobs } from "./node-jobs.ts";
import { handleLeases } from "./node-leases.ts";
import { NodeObserving } from "./node-observing.ts";
import { type Node, type NodeOptions, type NodeStanding } from "./node-options.ts";
import { NodeReports } from "./node-reports.ts";
import { NodeUse } from "./node-use.ts";
import { parseAssign, parseServerReport, parseUnassign } from "./schemas.ts";
import { ServerEnds } from "./server-ends.ts";
import { SchedulerLink } from "./scheduler-link.ts";
import { NodeSize } from "./node-size.ts";
import { tellScheduler } from "./tell-scheduler.ts";
import { type Assign, type NodeHold, type NodeJoin, type ServerReport, type Unassign, type Welcome } from "./words.ts";

/**
 * Starts a node on `peer`: its servers start at once, and it looks for its scheduler for ever.
 *
 * @example
 * const node = startNode(peer, { scheduler, host, code, name: "maxi", platform: "linux-x64", load });
 */
export function startNode(peer: ClusterPeer, options: NodeOptions): Node {
  return new NodeShell(peer, options);
}

class NodeShell implements Node {
  readonly id: NodeId;
  readonly #peer: ClusterPeer;
  readonly #options: NodeOptions;
  readonly #logger: Logger;
  readonly #lanes = new Map<number, Lane>();
  readonly #handles: Disposable[] = [];
  readonly #use: NodeUse;
  readonly #confine: NodeConfine;
  readonly #jobs: NodeJobs;
  readonly #observing: NodeObserving;
  readonly #ends = new ServerEnds();
  #scheduler: Location;
  #link: SchedulerLink;
  #holding = false;
  readonly #size: NodeSize;
  readonly #closed = new Deferred<void>("the node's close").ignore();
  #closing = false;
  readonly #reports: NodeReports;

  constructor(peer: ClusterPeer, options: NodeOptions) {
    this.id = peer.id;
    this.#peer = peer;
    this.#options = options;
    this.#logger = bookedLogger(peer.runtime.engine, options.logger ?? silentLogger);
    this.#scheduler = options.scheduler;
    this.#size = new NodeSize({
      servers: options.host.servers,
      platform: peer.runtime.platform,
      lanes: this.#lanes,
      link: () => this.#link,
      newLane: (server) => this.#newLane(server, "cpu").start(),
      isClosing: () => this.#closing,
    });
    this.#use = new NodeUse({
      limits: options,
      platform: peer.runtime.platform,
      procedures: peer.procedures,
      logger: this.#logger,
      link: () => this.#link,
      ...(options.onServed === undefined ? {} : { onServed: options.onServed }),
    });
    this.#jobs = new NodeJobs({
      peer,
      logger: this.#logger,
      folders: options.folders,
      lanes: () => this.#lanes.values(),
      newLane: (server, onLost) => this.#makeLane(server, "io", { onReady: () => undefined, onLost }),
    });
    this.#confine = new NodeConfine({
      ...options,
      procedures: peer.procedures,
      laneOf: (lease, caller) => this.#laneOf(lease, caller),
      ownLane: (caller) => this.#ownLane(caller),
    });
    this.#reports = new NodeReports({
      platform: peer.runtime.platform,
      load: options.load,
      servers: () => Array.from(this.#lanes.values(), (lane) => lane.counters()),
      onLoad: () => this.#use.look(this.#lanes.values()),
      tell: (report) => this.#link.notify("scheduler.node.report", report),
    });
    this.#observing = new NodeObserving({
      peer,
      role: options.kind ?? "node",
      logger: this.#logger,
      lanes: () => [...this.#lanes.values(), ...this.#jobs.lanes()],
    });
    this.#handle();
    for (let server = 1; server <= this.#size.servers; server += 1) this.#newLane(server, "cpu").start();
    this.#link = this.#seek(options.scheduler);
  }

  standing(): NodeStanding {
    return {
      scheduler: this.#scheduler,
      known: this.#link.known,
      holding: this.#holding,
      load: this.#reports.load,
      servers: laneStandings(this.#lanes.values()),
    };
  }

  follow(scheduler: Location): void {
    const { peer } = this.#scheduler;
    if (this.#closing || scheduler.peer === peer) return;
    this.#link.notify("scheduler.node.leave", undefined);
    this.#link.close();
    // A client that scheduled by itself is gone with its scheduler.
    for (const lane of this.#lanes.values()) if (lane.assigned?.client.peer === peer) void this.#recycle(lane);
    this.#scheduler = scheduler;
    this.#link = this.#seek(scheduler);
  }

  hold(on: boolean): void {
    this.#holding = on;
    this.#link.notify("scheduler.node.hold", { on } satisfies NodeHold);
  }

  resize(servers: number, graceMs?: number): Operation<void> {
    return this.#size.change(servers, graceMs);
  }

  #seek(scheduler: Location): SchedulerLink {
    const { name, onSchedulerLost } = this.#options;
    return new SchedulerLink({
      peer: this.#peer,
      scheduler,
      hello: () => this.#hello(),
      logger: this.#logger,
      who: `node ${name}`,
      ...(onSchedulerLost === undefined ? {} : { onLost: onSchedulerLost }),
    });
  }

  close(): Operation<void> {
    if (!this.#closing) {
      this.#closing = true;
      void this.#close().then(
        () => this.#closed.resolve(),
        (error: unknown) => this.#closed.reject(error),
      );
    }
    return this.#closed;
  }

  #handle(): void {
    const { procedures } = this.#peer;
    const roles = ["scheduler"] as const;
    // Where both are one peer, the scheduler itself answers.
    if (this.#scheduler.peer !== this.id) this.#handles.push(tellScheduler(procedures, () => this.#known()));
    this.#handles.push(
      ...handleCode(procedures, this.#options.code, this.#lanes, this.#observing.bundles),
      ...this.#confine.handle(),
      procedures.handle("node.assign", { parse: parseAssign, roles }, (assign) => this.#assign(assign)),
      procedures.handle("node.unassign", { parse: parseUnassign, roles }, (unassign) => this.#unassign(unassign)),
      ...handleLeases({
        procedures,
        lanes: this.#lanes,
        laneOf: (lease, caller) => this.#laneOf(lease, caller),
      }),
      procedures.handle("node.server.ready", { parse: () => undefined }, (_, caller) => {
        this.#ownLane(caller)?.ready();
        this.#observing.began(caller.endpoint.server);
      }),
      procedures.handle("node.server.report", { parse: parseServerReport }, (report, caller) =>
        this.#report(report, caller),
      ),
    );
  }

  async #hello(): Promise<void> {
    const holding = this.#holding;
    const words: NodeJoin = { node: this.#info(), lanes: laneReports(this.#lanes.values()), holding };
    // Answered by a scheduler of ours; the epoch is only worth a line in the log.
    const { epoch, zombieMs } = (await this.#peer.procedures.call(
      this.#link.endpoint,
      "scheduler.node.join",
      words,
    )) as Welcome;
    this.#use.schedulerSays(zombieMs);
    if (this.#holding !== holding) this.hold(this.#holding);
    this.#logger.info("node.joined", { scheduler: endpointKey(this.#link.endpoint), epoch });
  }

  #known(): Location {
    if (this.#link.known) return this.#scheduler;
    throw new SkeinError("NO_CLUSTER", "this node has lost its scheduler", { hint: "ask again: it looks for one" });
  }

  #info(): NodeInfo {
    const { name, platform, labels, host, kind = "node", about } = this.#options;
    const { location } = this.#peer;
    return {
      id: this.id,
      name,
      location,
      platform,
      servers: this.#size.servers,
      kind,
      labels: labels ?? {},
      ...(host.confinement ?? UNCONFINED),
      load: this.#reports.load,
      about: { skein: VERSION, ...about },
    };
  }

  #newLane(server: number, kind: "cpu" | "io"): Lane {
    const lane = this.#makeLane(server, kind, {
      onReady: () => {
        if (kind === "cpu") this.#link.notify("scheduler.server.ready", { server });
      },
      onLost: (lost, error, job) => {
        if (kind === "io" && this.#lanes.get(server) === lost) this.#lanes.delete(server);
        this.#tellLost(server, error, job);
      },
    });
    this.#lanes.set(server, lane);
    return lane;
  }

  #tellLost(server: number, error: SkeinError, job: JobId | undefined): void {
    const words = this.#ends.lost(server, error, job, this.#peer.runtime.platform.now());
    if (words.pauseMs !== undefined) this.#logger.warn("job.ends-servers", { job, pauseMs: words.pauseMs });
    this.#link.notify("scheduler.server.lost", words);
  }

  #makeLane(server: number, kind: "cpu" | "io", calls: Pick<LaneOptions, "onReady" | "onLost">): Lane {
    return new Lane({
      peer: this.#peer,
      host: this.#options.host,
      server,
      kind,
      logger: this.#logger,
      info: () => this.#info(),
      filesOf: (job) => this.#jobs.filesOf(job),
      mayAsk: (from) => this.#jobs.areOfOneJob(server, this.#lanes.get(from.server)?.assigned),
      ...calls,
    });
  }

  async #assign(assign: Assign): Promise<void> {
    const { server, kind } = assign;
    const known = this.#lanes.get(server);
    const isIo = server > this.#size.servers;
    if (this.#closing || (kind === "io") !== isIo || (known === undefined && !isIo)) {
      throw new SkeinError("SERVER_LOST", `this node has no ${kind} server ${server}`, {
        hint: "the scheduler will choose another",
      });
    }
    if (this.#holding || this.#size.changing) {
      throw new SkeinError("NO_PLACE", "this node takes no new work now", { hint: "other nodes may" });
    }
    this.#use.take(assign);
    const confinement = this.#confine.confinementOf(assign.client.peer);
    await (known ?? this.#newLane(server, "io")).assign(assign, confinement);
    // Its job may have its own process back.
    this.#observing.began(server);
    this.#reports.changed();
  }

  /** Done when nothing of the lease runs any more. */
  async #unassign({ lease, server, park }: Unassign): Promise<void> {
    const lane = this.#lanes.get(server);
    if (lane?.assigned?.lease === lease) {
      // A page can't stop what a task has left behind there, and pausing it is to stop all.
      await this.#recycle(lane, park === true && this.#options.kind !== "tab");
    } else if (lane?.kind === "cpu" && lane.state === "ready") {
      // It never heard of that lease: the lane is as fresh as it was.
      this.#link.notify("scheduler.server.ready", { server });
    }
  }

  async #recycle(lane: Lane, park?: boolean): Promise<void> {
    await lane.recycle(park);
    this.#reports.changed();
    if (lane.kind === "io" && lane.state === "idle") this.#lanes.delete(lane.server);
  }

  #laneOf(lease: LeaseId, caller: Caller): Lane | undefined {
    for (const lane of this.#lanes.values()) {
      if (lane.assigned?.lease === lease) return sameEndpoint(lane.assigned.client, caller.endpoint) ? lane : undefined;
    }
    return undefined;
  }

  #ownLane({ endpoint }: Caller): Lane | undefined {
    if (endpoint.peer !== this.id || endpoint.server === 0) return undefined;
    return this.#lanes.get(endpoint.server) ?? this.#jobs.lane(endpoint.server);
  }

  #report(report: ServerReport, caller: Caller): void {
    const lane = this.#ownLane(caller);
    if (lane === undefined) return;
    const { done, failed } = lane.report;
    if (lane.assigned !== undefined && report.done + report.failed > done + failed)
      this.#ends.worked(lane.assigned.job);
    lane.report = report;
    this.#reports.changed();
  }

  async #close(): Promise<void> {
    this.#reports.close();
    const told = this.#link.call("scheduler.node.leave", undefined);
    // A page that is left has no later turn, and whoever stops it sees it stop.
    if (this.#options.kind === "tab") for (const lane of this.#lanes.values()) lane.close();
    await told;
    this.#link.close();
    this.#use.close();
    this.#observing.close();
    for (const handle of this.#handles) handle[Symbol.dispose]();
    await this.#jobs.close();
    for (const lane of this.#lanes.values()) lane.close();
    await this.#options.host.close();
  }
}
