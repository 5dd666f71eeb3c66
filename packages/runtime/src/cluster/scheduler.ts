/** The scheduler: feeds its pure core with what nodes and clients say, and does what the core decides. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import { type Caller } from "../contracts/procedures.ts";
import { EVENT_LOG_LIMIT, JOBS_LIMIT, SCHEDULER_TICK_MS } from "../defaults.ts";
import { isSkeinError, SkeinError } from "../errors.ts";
import { type PeerId } from "../ids.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { type TimerHandle } from "../platform.ts";
import { bookedLogger } from "../task/log-book.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type NodeInfo } from "./contracts.ts";
import { ClusterLog } from "./cluster-log.ts";
import { handleActs } from "./scheduler-acts.ts";
import { ownerOf, ownPeer } from "./scheduler-callers.ts";
import { handleCancel } from "./scheduler-cancel.ts";
import { keptOrders, type OrdersKeep } from "./scheduler-kept.ts";
import { handlePlacing } from "./scheduler-placing.ts";
import { handleServing } from "./scheduler-serving.ts";
import { type ClusterEventBody, type ClusterSnapshot, withoutArgs } from "./events.ts";
import { reportedEvent } from "./reported-events.ts";
import { eventError, SchedulerOutbox } from "./scheduler-outbox.ts";
import { SchedulerPlaces } from "./scheduler-places.ts";
import { SchedulerCount, type SchedulerTotals } from "./scheduler-totals.ts";
import { createSchedulerState, type SchedulerState } from "./scheduler-book.ts";
import { type SchedulerEvent } from "./scheduler-events.ts";
import { nodesHere, standing } from "./scheduler-snapshot.ts";
import { handleSteer } from "./scheduler-steer.ts";
import { decide } from "./scheduler-state.ts";
import {
  parseJobClose,
  parseJobOpen,
  parseJobRelease,
  parseJobReport,
  parseNodeJoin,
  parseNodeReport,
  parseServerLost,
  parseServerReady,
} from "./schemas.ts";
import { tellScheduler } from "./tell-scheduler.ts";
import { type JobOpen, type JobOpened, type JobReport, type NodeJoin, type Welcome } from "./words.ts";

export interface SchedulerOptions {
  readonly logger?: Logger;
  /** How long a job that others wait for keeps a server, at least, in milliseconds. Default {@link LEASE_QUANTUM_MS}. */
  readonly quantumMs?: number;
  /** Servers that a job holds and has not used for this long are asked back, in milliseconds. Default: never, unless a node says so. */
  readonly zombieMs?: number;
  /** Whether those who may see them are told the arguments of tasks. With `false` they never leave this process. Default true. */
  readonly showArgs?: boolean;
  /** Where a paused intake, and places that operators took out of service, outlive this scheduler. Default: nowhere. */
  readonly orders?: OrdersKeep;
}

export interface Scheduler {
  readonly endpoint: Endpoint;
  /** How the cluster stands now. */
  snapshot(): ClusterSnapshot;
  /** What it has counted since it began. */
  readonly totals: SchedulerTotals;
  /** Who watches its events, and how many events they missed, because they were slow or came late. */
  watching(): { readonly watchers: number; readonly missed: number };
  /** Stops deciding. Nodes and clients go on with the leases they hold, and look for a scheduler. Twice does nothing. */
  close(): void;
}

const CLIENT_ROLES = ["client", "operator"] as const;

/**
 * Starts the scheduler of a cluster on `peer`. It decides who may use which server; data never passes through it.
 *
 * @example
 * const scheduler = startScheduler(peer, { logger });
 */
export function startScheduler(peer: ClusterPeer, options: SchedulerOptions = {}): Scheduler {
  return new SchedulerShell(peer, options);
}

class SchedulerShell implements Scheduler {
  readonly endpoint: Endpoint;
  readonly #peer: ClusterPeer;
  readonly #logger: Logger;
  readonly #state: SchedulerState;
  readonly #log: ClusterLog;
  readonly #places: SchedulerPlaces;
  readonly #outbox: SchedulerOutbox;
  readonly #handles: Disposable[] = [];
  readonly #zombieMs: number | undefined;
  readonly #showArgs: boolean;
  readonly totals = new SchedulerCount();
  #tick: TimerHandle;
  #closed = false;

  constructor(peer: ClusterPeer, options: SchedulerOptions) {
    const { zombieMs, quantumMs, showArgs = true, orders } = options;
    const { platform, engine } = peer.runtime;
    const logger = bookedLogger(engine, options.logger ?? silentLogger);
    this.#zombieMs = zombieMs;
    this.#showArgs = showArgs;
    this.#peer = peer;
    this.#logger = logger;
    this.endpoint = peer.procedures.self;
    // Later schedulers begin larger epochs: they start later. Clocks set back are caught by the node's and client's own words.
    const epoch = Math.floor(platform.wallMs());
    this.#state = createSchedulerState(epoch, platform.wallMs() - platform.now(), quantumMs, orders?.kept);
    this.#log = new ClusterLog(epoch, EVENT_LOG_LIMIT, (event) => peer.procedures.check(event));
    this.#places = new SchedulerPlaces({
      peer,
      logger,
      log: this.#log,
      state: this.#state,
      showArgs,
      snapshot: () => this.snapshot(),
      onWatched: (on) => this.#outbox.tellWatched(on),
    });
    this.#outbox = new SchedulerOutbox({
      procedures: peer.procedures,
      state: this.#state,
      logger,
      tell: (event) => this.#tell(event),
      emit: (event) => this.#emit(event),
      keep: () => orders?.save(keptOrders(this.#state)),
    });
    this.#handles.push(tellScheduler(peer.procedures, () => peer.location));
    this.#handleNodes();
    this.#handleClients();
    this.#handles.push(peer.procedures.onLost((matches, error) => this.#lost(matches, error)));
    this.#handles.push(peer.onInvites(() => void this.#emit({ type: "invites.changed" })));
    this.#handles.push(peer.onSuspected((one, suspected) => this.#suspected(one, suspected)));
    this.#tick = platform.startTimer(SCHEDULER_TICK_MS, this.#onTick);
  }

  snapshot(): ClusterSnapshot {
    return { ...this.#log.cursor, timeMs: this.#peer.runtime.platform.wallMs(), ...standing(this.#state) };
  }

  watching(): { readonly watchers: number; readonly missed: number } {
    const { size, missed } = this.#places.watchers;
    return { watchers: size, missed };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#peer.runtime.platform.stopTimer(this.#tick);
    for (const handle of this.#handles) handle[Symbol.dispose]();
    this.#places.close();
  }

  #handleNodes(): void {
    const { procedures } = this.#peer;
    const roles = ["node", "tab"] as const;
    this.#handles.push(
      procedures.handle("scheduler.node.join", { parse: parseNodeJoin, roles }, (join, caller) =>
        this.#nodeJoins(join, caller),
      ),
      procedures.handle("scheduler.node.leave", { parse: () => undefined, roles }, (_, caller) =>
        this.#nodeLeaves(ownPeer(caller)),
      ),
      procedures.handle("scheduler.node.report", { parse: parseNodeReport, roles }, ({ load, servers }, caller) =>
        this.#tell({ type: "node.reported", node: ownPeer(caller), load, servers }),
      ),
      procedures.handle("scheduler.server.ready", { parse: parseServerReady, roles }, ({ server }, caller) =>
        this.#tell({ type: "server.ready", node: ownPeer(caller), server }),
      ),
      procedures.handle("scheduler.server.lost", { parse: parseServerLost, roles }, (lost, caller) =>
        this.#tell({ type: "server.lost", node: ownPeer(caller), ...lost }),
      ),
      ...handleServing({ procedures, state: this.#state, nodeOf: ownPeer, tell: (event) => this.#tell(event) }),
    );
  }

  #handleClients(): void {
    const { procedures } = this.#peer;
    const roles = CLIENT_ROLES;
    this.#handles.push(
      procedures.handle("scheduler.job.open", { parse: parseJobOpen, roles }, (open, caller) =>
        this.#jobOpens(open, caller),
      ),
      ...handlePlacing({
        peer: this.#peer,
        procedures,
        state: this.#state,
        logger: this.#logger,
        tell: (event) => this.#tell(event),
        owns: (job, caller) => this.#owns(job, caller),
      }),
      procedures.handle("scheduler.job.report", { parse: parseJobReport, roles }, (report, caller) => {
        if (this.#owns(report.job, caller)) this.#jobReports(report);
      }),
      procedures.handle("scheduler.job.release", { parse: parseJobRelease, roles }, ({ job, ...words }, caller) => {
        const { lease } = words;
        const owned = this.#owns(job, caller) && this.#state.leases.get(lease)?.job.id === job;
        if (owned) this.#tell({ type: "lease.released", ...words });
      }),
      procedures.handle("scheduler.job.close", { parse: parseJobClose, roles }, ({ job }, caller) => {
        if (this.#owns(job, caller)) this.#tell({ type: "job.closed", job });
      }),
      ...handleSteer({
        procedures,
        state: this.#state,
        logger: this.#logger,
        outbox: this.#outbox,
        tell: (event) => this.#tell(event),
        owns: (job, caller) => this.#owns(job, caller),
      }),
      ...handleActs({
        procedures,
        state: this.#state,
        logger: this.#logger,
        outbox: this.#outbox,
        tell: (event) => this.#tell(event),
      }),
      handleCancel({
        procedures,
        state: this.#state,
        logger: this.#logger,
        outbox: this.#outbox,
        tell: (event) => this.#tell(event),
      }),
    );
  }

  #nodeJoins({ node, lanes, holding = false }: NodeJoin, caller: Caller): Welcome {
    if (node.id !== ownPeer(caller)) {
      throw new SkeinError("ROLE_FORBIDS", "a node may only speak for itself", { hint: "use the peer's own id" });
    }
    // What it says it is decides what is run there.
    if (node.kind === "node" && !caller.roles.includes("node")) {
      throw new SkeinError("ROLE_FORBIDS", "a tab may not join as a machine", { hint: "join it with the role node" });
    }
    // Clients connect to where it says it is.
    if (node.location.peer !== node.id) {
      throw new SkeinError("ROLE_FORBIDS", "a node may only say where it is itself", { hint: "use its own location" });
    }
    this.#logger.info("node.joined", { node: node.id, name: node.name, servers: node.servers });
    // Leases of an earlier scheduler name clients that may not have come back yet.
    for (const { lease } of lanes) if (lease !== undefined) this.#outbox.address(lease.client);
    this.#tell({ type: "node.joined", node: this.#seen(node), lanes, holding });
    this.#places.nodeJoined(node.id);
    return { epoch: this.#state.epoch, ...(this.#zombieMs === undefined ? {} : { zombieMs: this.#zombieMs }) };
  }

  #nodeLeaves(node: PeerId): void {
    this.#tell({ type: "node.left", node });
    this.#places.left(node);
  }

  /** Where a tab is, is not its own word: it counts when tabs have to agree. */
  #seen({ network: _said, ...node }: NodeInfo): NodeInfo {
    const network = node.kind === "tab" ? this.#peer.networkOf(node.id) : undefined;
    return network === undefined ? node : { ...node, network };
  }

  #jobOpens(open: JobOpen, caller: Caller): JobOpened {
    const client = `${endpointKey(caller.endpoint)}/${open.inbox}`;
    const known = this.#state.jobs.get(open.job);
    if (known !== undefined && known.client !== client) {
      throw new SkeinError("ROLE_FORBIDS", "the job belongs to another client", { hint: "open a job of your own" });
    }
    if (known === undefined && this.#state.jobs.size >= JOBS_LIMIT) {
      throw new SkeinError("LINK_OVERLOADED", `the scheduler holds ${JOBS_LIMIT} jobs`, {
        hint: "close jobs that are done",
      });
    }
    this.#outbox.know(client, { to: caller.endpoint, inbox: open.inbox });
    this.#logger.info("job.opened", { job: open.job, name: open.name, client });
    const { inbox: _inbox, ...words } = open;
    this.#tell({ type: "job.opened", ...words, client });
    this.#places.clientOpened(caller.endpoint);
    return { epoch: this.#state.epoch, watched: this.#places.watchers.watched, nodes: nodesHere(this.#state) };
  }

  #jobReports({ job, counters, events, omitted }: JobReport): void {
    const before = this.#state.jobs.get(job)?.counters;
    if (before !== undefined) this.totals.counted(before, counters);
    this.#tell({ type: "job.reported", job, counters });
    let refused = 0;
    for (const told of events) {
      const event = reportedEvent(told, job);
      if (event !== "none" && (event === "malformed" || !this.#emit(event))) refused += 1;
    }
    this.#emit({ type: "job.progress", job, counters, omitted: omitted + refused });
  }

  /** Whether the caller opened the job. Words about a job that is closed already are no error: they cross on the way. */
  #owns(job: JobOpen["job"], caller: Caller): boolean {
    const known = this.#state.jobs.get(job);
    if (known === undefined) return false;
    if (known.client.startsWith(`${endpointKey(caller.endpoint)}/`)) return true;
    throw new SkeinError("ROLE_FORBIDS", "the job belongs to another client", {
      hint: "only its own client may do that",
    });
  }

  #lost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    this.#places.lost(matches);
    const forGood = isSkeinError(error, "NOT_A_MEMBER");
    for (const client of this.#outbox.takeLost(matches)) this.#tell({ type: "client.lost", client, forGood });
    for (const [node, { away }] of this.#state.nodes) {
      if (away !== undefined || !matches({ peer: node, server: 0 })) continue;
      this.#logger.warn("node.lost", { node, error: error.message });
      this.#tell({ type: "node.lost", node, error: eventError(error) });
    }
  }

  #suspected(peer: PeerId, suspected: boolean): void {
    for (const client of this.#state.jobsOf.keys()) {
      if (client.startsWith(`${peer}/`)) this.#tell({ type: "client.suspected", client, suspected });
    }
    if (this.#state.nodes.has(peer)) this.#tell({ type: "node.suspected", node: peer, suspected });
  }

  #tell(event: SchedulerEvent): void {
    if (this.#closed) return;
    for (const action of decide(this.#state, event, this.#peer.runtime.platform.now())) this.#outbox.perform(action);
    if (event.type === "job.closed") this.#outbox.forgetClients();
  }

  /** @returns false when the event is too large to be told */
  #emit(event: ClusterEventBody): boolean {
    const job = "job" in event && typeof event.job === "string" ? this.#state.jobs.get(event.job) : undefined;
    const kept = this.#log.push(
      this.#showArgs ? event : withoutArgs(event),
      job === undefined ? undefined : ownerOf(job.client),
      this.#peer.runtime.platform.wallMs(),
    );
    this.totals.told(event);
    if (kept) this.#places.watchers.changed();
    this.#outbox.tellClients(event);
    return kept;
  }

  readonly #onTick = (): void => {
    if (this.#closed) return;
    this.#tell({ type: "tick" });
    this.#tick = this.#peer.runtime.platform.startTimer(SCHEDULER_TICK_MS, this.#onTick);
  };
}
