/** The servers of a job: asked for, made ready with code, watched, and given back. */
import { type Endpoint, type Location } from "../contracts/endpoint.ts";
import { CALL_TIMEOUT_MS, DEMAND_SETTLE_MS, PIPELINE_STALL_MS } from "../defaults.ts";
import { type ErrorCode, errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import { type JobId, type LeaseId, serverId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type TimerHandle } from "../platform.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type CodeShipper, type ShippedCode } from "./code-shipper.ts";
import { type ServerInfo } from "./contracts.ts";
import { type ClusterEventBody, type EventError } from "./events.ts";
import { type JobNodes } from "./job-nodes.ts";
import { type JobRuns } from "./job-runs.ts";
import { type Lease, waiting } from "./lease.ts";
import { type Run } from "./run.ts";
import { type Checked, type Granted } from "./words.ts";

export interface JobLeasesOptions {
  readonly peer: ClusterPeer;
  readonly job: JobId;
  readonly runs: JobRuns;
  readonly shipper: CodeShipper;
  /** All bundles the job needs. */
  readonly codes: () => readonly ShippedCode[];
  readonly nodes: JobNodes;
  readonly logger: Logger;
  /** Tells the job's own events. */
  readonly record: (event: ClusterEventBody) => void;
  /** A note to the scheduler; while it is away, what it has to know is told when it is back. */
  readonly notify: (name: string, words: unknown) => void;
}

/** Up to this demand every increase is told at once; above it, when it has doubled or after a while. */
const FEW_SLOTS = 64;

export class JobLeases {
  readonly #options: JobLeasesOptions;
  /** Leases the scheduler asked for that could not be given back yet. */
  #owed = 0;
  #told = { slots: 0, io: false };
  /** The most that was needed since the last look. */
  #peak = 0;
  #demandTimer: TimerHandle = undefined;
  #stallTimer: TimerHandle = undefined;
  #closed = false;
  /** How many of the job's bundles a server has been told to load. */
  readonly #loaded = new WeakMap<Lease<Run>, number>();
  /** Leases that are closing because their node doesn't take the job's code. */
  readonly #avoided = new Set<LeaseId>();
  /** Servers that are there again, by the lease whose loss is still being checked. */
  readonly #replacements = new Map<LeaseId, ServerInfo>();

  constructor(options: JobLeasesOptions) {
    this.#options = options;
  }

  /** What this job holds, for a scheduler that has just been found. */
  get held(): readonly LeaseId[] {
    return [...this.#options.runs.book.leases.keys()];
  }

  granted(granted: Granted): void {
    const { runs, nodes } = this.#options;
    if (runs.book.leases.has(granted.lease)) return;
    const lease = runs.book.add(granted.lease, granted.kind, { peer: granted.node.id, server: granted.server });
    nodes.granted(granted);
    this.#payBack();
    if (lease.standing === "preparing") void this.#prepare(lease, granted.node.location);
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
      void this.#check(known, new SkeinError("SERVER_LOST", error.message, { hint: "see the node's log" }));
    }
  }

  lostByNetwork(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    for (const lease of this.#options.runs.book.leases.values()) {
      if (!matches(lease.server)) continue;
      if (matches({ peer: lease.server.peer, server: 0 })) this.#gone(lease, "PEER_LOST", error, false);
      else void this.#check(lease, error);
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
      if (lease.standing === "ready") void this.#prepare(lease, undefined);
    }
  }

  /** Something has changed at the servers or in the queue. */
  changed(): void {
    const { runs } = this.#options;
    for (const lease of runs.book.leases.values()) {
      if (lease.standing === "closing" && lease.inFlight.size === 0) {
        this.#release(lease, this.#avoided.has(lease.id));
      }
    }
    this.#demand();
    if (runs.open.cpu > 0) this.#stallTimer ??= this.#startTimer(PIPELINE_STALL_MS, this.#onStall);
  }

  /** A scheduler is about to hear of the job, again: what it still wants back it will say again. */
  opening(): void {
    this.#owed = 0;
  }

  /** A scheduler was found, again: it knows nothing of the demand. */
  found(): void {
    this.#told = { slots: 0, io: false };
    this.#demand();
  }

  close(): void {
    this.#closed = true;
    const { platform } = this.#options.peer.runtime;
    for (const timer of [this.#demandTimer, this.#stallTimer]) if (timer !== undefined) platform.stopTimer(timer);
  }

  /** More is asked for at once, less only after a while: the next tasks often follow on the last. */
  #demand(): void {
    const { cpu, io } = this.#options.runs.open;
    const { slots } = this.#told;
    this.#peak = Math.max(this.#peak, cpu);
    const muchMore = cpu > slots && (slots < FEW_SLOTS || cpu >= slots * 2);
    if (muchMore || (io > 0 && !this.#told.io)) this.#tellDemand(Math.max(cpu, slots), io > 0 || this.#told.io);
    else if (cpu !== slots) this.#demandTimer ??= this.#startTimer(DEMAND_SETTLE_MS, this.#onSettle);
  }

  readonly #onSettle = (): void => {
    this.#demandTimer = undefined;
    const { cpu } = this.#options.runs.open;
    if (this.#peak !== this.#told.slots) this.#tellDemand(this.#peak, this.#told.io);
    this.#peak = cpu;
    if (cpu !== this.#told.slots) this.#demandTimer = this.#startTimer(DEMAND_SETTLE_MS, this.#onSettle);
  };

  #tellDemand(slots: number, io: boolean): void {
    if (this.#closed) return;
    this.#told = { slots, io };
    this.#options.notify("scheduler.job.demand", { job: this.#options.job, wants: [{ want: 0, slots }, { want: 1, slots: io ? 1 : 0 }] });
  }

  /** Connects to the node, sees that it has the code, and lets the server have tasks. */
  async #prepare(lease: Lease<Run>, node: Location | undefined): Promise<void> {
    const { peer, runs, shipper, codes, logger } = this.#options;
    runs.book.stand(lease, "preparing");
    try {
      if (node !== undefined && node.peer !== peer.id) await peer.connect(node);
    } catch (error) {
      logger.warn("node.unreachable", { node: lease.server.peer, error: errorFrom(error).message });
      this.#giveUp(lease, true);
      return;
    }
    try {
      let shipped: readonly ShippedCode[];
      do {
        shipped = codes();
        await shipper.ensure(lease.server.peer, shipped);
        if (lease.standing !== "preparing") return;
        await this.#load(lease, shipped);
      } while (shipped.length !== codes().length);
      if (lease.standing !== "preparing") return;
      runs.book.stand(lease, "ready");
      this.#options.nodes.ready(serverId(lease.server.peer, lease.server.server));
      runs.pumpSoon();
    } catch (error) {
      logger.warn("code.refused", { node: lease.server.peer, error: errorFrom(error).message });
      // A node that is gone tells nothing more; one that refuses the code will do so again.
      this.#giveUp(lease, !isSkeinError(error, "PEER_LOST"));
    }
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

  /** Asks the node whether the lease stands: its answer comes after everything the process had said. */
  async #check(lease: Lease<Run>, why: Error): Promise<void> {
    const { peer, runs } = this.#options;
    const { standing } = lease;
    if (standing === "checking" || standing === "gone") return;
    runs.book.stand(lease, "checking");
    const node = { peer: lease.server.peer, server: 0 };
    try {
      const words = { lease: lease.id };
      // Answered by a node of ours.
      const checked = (await peer.procedures.call(node, "node.check", words, {
        timeoutMs: CALL_TIMEOUT_MS,
      })) as Checked;
      if (lease.standing !== "checking") return;
      if (!checked.standing) return this.#gone(lease, "SERVER_LOST", why, true);
      // What was said to the process that was there before is lost, also what was meant for this one.
      if (lease.inFlight.size > 0) runs.takeBack(lease, await this.#missing(lease));
      if (lease.standing !== "checking") return;
      if (standing === "preparing") await this.#prepare(lease, undefined);
      else {
        runs.book.stand(lease, standing);
        runs.pumpSoon();
      }
    } catch (error) {
      if (lease.standing === "checking") this.#gone(lease, "PEER_LOST", errorFrom(error), false);
    } finally {
      const server = this.#replacements.get(lease.id);
      if (this.#replacements.delete(lease.id) && server !== undefined) {
        this.#options.record({ type: "server.replaced", server });
      }
    }
  }

  /** Numbers of its tasks that have not come to the server. */
  async #missing(lease: Lease<Run>): Promise<number[]> {
    const { procedures } = this.#options.peer;
    const words = { lease: lease.id };
    // Answered by a server of ours.
    const received = (await procedures.call(lease.server, "server.received", words)) as number;
    return Array.from(lease.inFlight.keys()).filter((serial) => serial > received);
  }

  #gone(lease: Lease<Run>, code: ErrorCode, cause: Error, certain: boolean): void {
    const { runs, logger } = this.#options;
    if (lease.standing === "gone") return;
    // The scheduler takes any lease that ends for one that it has asked for.
    if (lease.kind === "cpu" && lease.standing !== "closing" && this.#owed > 0) this.#owed -= 1;
    const where = `${lease.server.peer}/${lease.server.server}`;
    logger.warn("lease.lost", { lease: lease.id, server: where, code, error: cause.message });
    const error = goneError(code, where, cause);
    const { peer: node } = lease.server;
    const server = { id: serverId(node, lease.server.server), node, kind: lease.kind };
    this.#options.record({
      type: "server.lost",
      server,
      job: this.#options.job,
      error: { code, message: error.message },
    });
    this.#options.nodes.gone(server.id, true);
    runs.lost(lease, error, certain);
    this.#tellReleased(lease, false);
  }

  #payBack(): void {
    const { runs, peer } = this.#options;
    for (let lease = this.#owed > 0 ? runs.book.giveBack() : undefined; lease !== undefined;) {
      this.#owed -= 1;
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
  }

  #tellReleased(lease: Lease<Run>, unreachable: boolean): void {
    this.#avoided.delete(lease.id);
    this.#options.notify("scheduler.job.release", { job: this.#options.job, lease: lease.id, unreachable });
  }

  /** Takes back what waits behind a task that takes longer than was thought: another server may be free for it. */
  readonly #onStall = (): void => {
    this.#stallTimer = undefined;
    const { runs, peer } = this.#options;
    const nowMs = peer.runtime.platform.now();
    let watching = false;
    for (const lease of runs.book.leases.values()) {
      if (lease.kind !== "cpu" || lease.inFlight.size < 2) continue;
      watching = true;
      if (lease.standing !== "ready" || lease.stalled || nowMs - lease.lastNewsMs < PIPELINE_STALL_MS) continue;
      const serials = runs.book.stall(lease);
      if (serials.length > 0) peer.procedures.notify(lease.server, "server.withdraw", { lease: lease.id, serials });
    }
    if (watching) this.#stallTimer = this.#startTimer(PIPELINE_STALL_MS, this.#onStall);
  };

  #startTimer(delayMs: number, callback: () => void): TimerHandle {
    return this.#closed ? undefined : this.#options.peer.runtime.platform.startTimer(delayMs, callback);
  }
}

/** A node's own words say which server ended, and how; others are told with the server they are about. */
function goneError(code: ErrorCode, where: string, cause: Error): SkeinError {
  const hint = isSkeinError(cause) ? cause.hint : "see the node's log";
  if (code === "SERVER_LOST" && isSkeinError(cause, "SERVER_LOST")) {
    return new SkeinError(code, cause.message, { hint, cause });
  }
  const what = code === "SERVER_LOST" ? `server ${where} ended` : `the link to ${where} is gone`;
  return new SkeinError(code, `${what}: ${cause.message}`, { hint, cause });
}
