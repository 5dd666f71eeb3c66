/** Steers a job's own nodes and servers: paused, drained, stopped, restarted, enabled by hand, given up. */
import { type Operation } from "../contracts/operation.ts";
import { checkOptions } from "../check-named-options.ts";
import { CANCEL_GRACE_MS } from "../defaults.ts";
import { type JobId, type NodeId, type ServerId, serverId } from "../ids.ts";
import { Deferred } from "../task/deferred.ts";
import { type ClusterEventBody } from "./events.ts";
import { type JobLeases } from "./job-leases.ts";
import { checkPlace, isAt, type JobPlaces, nodeOf } from "./job-places.ts";
import { type JobRuns } from "./job-runs.ts";
import { type Lease } from "./lease.ts";
import { type Run } from "./run.ts";
import { RESTART_OPTIONS, STOP_OPTIONS } from "./option-tables.ts";
import { type SteerVerb } from "./scheduler-steering.ts";

export interface StopServersOptions {
  /** How long tasks may take to stop, in milliseconds. Default 5 s. */
  readonly graceMs?: number;
}

export interface RestartServersOptions {
  /** Arguments for the set-up that runs again there. */
  readonly setupArgs?: readonly unknown[];
  /** Tasks are cancelled, and have so long to stop, in milliseconds. Default: they may end. */
  readonly graceMs?: number;
}

/**
 * What a job's owner can do about the places where it runs. `at` is a node or a server, and by default all of them. It
 * concerns this job alone: `skein pause` and its like take a node or server from everybody.
 */
export interface JobSteers {
  /** Sends no more tasks there; those that run go on. Without `at` every task waits. Servers in hand are kept. */
  pause(at?: NodeId | ServerId): void;
  /** Sends tasks there again, also after `drain` and `stop`. */
  resume(at?: NodeId | ServerId): void;
  /** Sends no more tasks there, and gives the servers back when what runs there has ended; done then. */
  drain(at?: NodeId | ServerId): Operation<void>;
  /**
   * Sends no more tasks there and cancels those that run; done when the servers are given back. Tasks with `retries` left
   * run again elsewhere, those that had not begun wait. Without `at` every task of the job is cancelled.
   */
  stop(at?: NodeId | ServerId, options?: StopServersOptions): Operation<void>;
  /** Gives the servers there back, and gets fresh processes; done when the old ones are given back. */
  restart(at?: NodeId | ServerId, options?: RestartServersOptions): Operation<void>;
  /** Lets the job use a node or server that `manualNodes` or `manualServers` held back, with arguments for its set-up. */
  enable(at: NodeId | ServerId, setupArgs?: readonly unknown[]): void;
  /**
   * Whether tasks at a node that is lost are given up, and those with `retries` left run elsewhere, rather than wait for it:
   * `onLostNode` for one node, or without `at` for all.
   */
  abandon(at: NodeId | undefined, flag: boolean): void;
}

export interface JobSteeringOptions {
  readonly job: JobId;
  readonly runs: JobRuns;
  readonly leases: JobLeases;
  readonly manualNodes: boolean;
  readonly manualServers: boolean;
  readonly onLostNode: "wait" | "abandon";
  readonly record: (event: ClusterEventBody) => void;
  /** A note to the scheduler. */
  readonly notify: (name: string, words: unknown) => void;
  /** Arguments for the set-up at a node or server. */
  readonly onSetupArgs?: (at: NodeId | ServerId, args: readonly unknown[]) => void;
  /** The node is set up anew when it is used again; what uses its present set-up runs until then. */
  readonly onForget?: (node: NodeId, until: Promise<unknown>) => void;
}

export class JobSteering implements JobSteers {
  readonly #options: JobSteeringOptions;
  readonly #enabled = new Set<NodeId | ServerId>();
  /** Places that are out of use, and whether servers there are kept. */
  readonly #closed = new Map<NodeId | ServerId, "kept" | "given back">();
  /** Nodes whose I/O servers are out of use, and which of those it was. */
  readonly #ioClosed = new Map<NodeId, ServerId>();
  readonly #abandons = new Map<NodeId, boolean>();
  #abandonsAll: boolean;
  #paused = false;

  constructor(options: JobSteeringOptions) {
    this.#options = options;
    this.#abandonsAll = options.onLostNode === "abandon";
  }

  /** For the scheduler: all that it has to know. */
  get places(): JobPlaces {
    const { manualNodes, manualServers } = this.#options;
    const waits = !this.#abandonsAll || [...this.#abandons.values()].includes(false);
    const [enabled, closed, ioClosed] = [[...this.#enabled], [...this.#closed.keys()], [...this.#ioClosed.keys()]];
    return { manualNodes, manualServers, enabled, closed, ioClosed, paused: this.#paused, waits };
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Whether tasks wait for a node that is lost. */
  waitsFor(node: NodeId): boolean {
    return !(this.#abandons.get(node) ?? this.#abandonsAll);
  }

  /** Whether a server that was just given to the job is none that it has a use for; one that is paused is held. */
  unwanted(lease: Lease<Run>): boolean {
    if (lease.kind === "io" && this.isIoShut(lease.server.peer)) return true;
    const id = idOf(lease);
    for (const [at, how] of this.#closed) {
      if (!isAt(at, id)) continue;
      if (how === "given back") return true;
      this.#options.runs.book.hold(lease, true);
    }
    return false;
  }

  pause(at?: NodeId | ServerId): void {
    if (at === undefined) this.#pauseAll(true);
    else {
      checkPlace(at);
      this.#closed.set(at, "kept");
      this.#holdAll();
      this.#options.leases.takeBack(this.#leasesAt(at));
      this.#tell();
    }
  }

  resume(at?: NodeId | ServerId): void {
    if (at === undefined) {
      this.#closed.clear();
      this.#ioClosed.clear();
      this.#pauseAll(false);
    } else {
      checkPlace(at);
      // A node's own id is at itself only, and a server's is at its node.
      for (const place of this.#closed.keys())
        if (place === at || isAt(at, place as ServerId)) this.#closed.delete(place);
      for (const [node, server] of this.#ioClosed) if (isAt(at, server)) this.#ioClosed.delete(node);
    }
    this.#holdAll();
    this.#tell();
  }

  drain(at?: NodeId | ServerId): Operation<void> {
    if (at === undefined) this.#pauseAll(true);
    else this.#close(at);
    return this.#givenBack(at, undefined);
  }

  stop(at?: NodeId | ServerId, options: StopServersOptions = {}): Operation<void> {
    checkOptions("stop", options, STOP_OPTIONS);
    const { graceMs = CANCEL_GRACE_MS } = options;
    if (at === undefined) this.#options.runs.cancelAll("the job was stopped", graceMs);
    else this.#close(at);
    return this.#givenBack(at, graceMs);
  }

  restart(at?: NodeId | ServerId, options: RestartServersOptions = {}): Operation<void> {
    checkOptions("restart", options, RESTART_OPTIONS);
    const { setupArgs, graceMs } = options;
    const { onSetupArgs, onForget } = this.#options;
    if (at !== undefined) {
      checkPlace(at);
      if (setupArgs !== undefined) onSetupArgs?.(at, setupArgs);
    }
    const given = this.#leasesAt(at);
    const nodes = at === undefined ? given.map((lease) => lease.server.peer) : nodeOf(at) === at ? [at] : [];
    const done = this.#givenBack(at, graceMs);
    for (const node of new Set(nodes)) {
      const there = given.filter((lease) => lease.server.peer === node);
      onForget?.(node, Promise.all(there.map((lease) => this.#options.leases.gone(lease))));
    }
    return done;
  }

  enable(at: NodeId | ServerId, setupArgs?: readonly unknown[]): void {
    checkPlace(at);
    if (setupArgs !== undefined) {
      this.#options.onSetupArgs?.(at, setupArgs);
      void this.#options.leases.forgetParked(nodeOf(at));
    }
    this.#enabled.add(at);
    this.resume(at);
  }

  abandon(at: NodeId | undefined, flag: boolean): void {
    if (at === undefined) {
      this.#abandonsAll = flag;
      this.#abandons.clear();
    } else {
      checkPlace(at);
      this.#abandons.set(at, flag);
    }
    this.#tell();
    if (flag) this.#options.leases.giveUpAway(at);
  }

  /** Whether the job does without the node, or server. */
  isShut(at: NodeId | ServerId): boolean {
    return this.#closed.get(at) === "given back" || this.#closed.get(nodeOf(at)) === "given back";
  }

  /** Whether it does without I/O servers of the node. */
  isIoShut(node: NodeId): boolean {
    return this.#ioClosed.has(node);
  }

  /** The job does without a node or server from now on. */
  shut(at: NodeId | ServerId): void {
    this.#close(at);
    for (const lease of this.#leasesAt(at)) this.#options.leases.giveBack(lease, undefined);
  }

  /** The job does without I/O servers of a node from now on, as this one was of no use. */
  shutIo(server: ServerId): void {
    const node = nodeOf(server);
    this.#ioClosed.set(node, server);
    this.#tell();
    for (const lease of this.#leasesAt(node)) {
      if (lease.kind === "io") this.#options.leases.giveBack(lease, undefined);
    }
  }

  /** By an operator. */
  steered(verb: SteerVerb, graceMs: number | undefined): void {
    if (verb === "pause") this.pause();
    else if (verb === "resume") this.resume();
    else if (verb === "stop") this.#options.runs.cancelAll("the job was stopped by an operator", graceMs);
  }

  #pauseAll(on: boolean): void {
    this.#paused = on;
    this.#options.runs.pause(on);
    this.#tell();
  }

  #close(at: NodeId | ServerId): void {
    checkPlace(at);
    this.#closed.set(at, "given back");
    this.#tell();
  }

  #holdAll(): void {
    const { runs } = this.#options;
    for (const lease of runs.book.leases.values()) {
      const held = [...this.#closed].some(([at, how]) => how === "kept" && isAt(at, idOf(lease)));
      if (held !== lease.held) {
        runs.book.hold(lease, held);
        const { peer, server } = lease.server;
        const info = { id: serverId(peer, server), node: peer, kind: lease.kind };
        this.#options.record({ type: held ? "server.paused" : "server.resumed", server: info });
      }
    }
    runs.pumpSoon();
  }

  #tell(): void {
    this.#options.notify("scheduler.job.places", { job: this.#options.job, places: this.places });
  }

  #leasesAt(at: NodeId | ServerId | undefined): Lease<Run>[] {
    return [...this.#options.runs.book.leases.values()].filter((lease) => isAt(at, idOf(lease)));
  }

  /** Gives back what is held there; done when it is. */
  #givenBack(at: NodeId | ServerId | undefined, graceMs: number | undefined): Operation<void> {
    const { leases } = this.#options;
    const done = new Deferred<void>("servers to be given back").ignore();
    const given = this.#leasesAt(at).map(async (lease) => {
      leases.giveBack(lease, graceMs);
      await leases.gone(lease);
    });
    // Nor is a process used again that was kept for the job's next turn.
    const forgotten = leases.forgetParked(at === undefined ? undefined : nodeOf(at));
    void Promise.all([...given, forgotten]).then(() => done.resolve());
    return done;
  }
}

const idOf = ({ server }: Lease<Run>): ServerId => serverId(server.peer, server.server);
