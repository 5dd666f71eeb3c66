/** A node: offers its servers to a scheduler, gives each to one job at a time, and keeps code for them. */
import { endpointKey, type Endpoint, type Location, sameEndpoint } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { type Caller } from "../contracts/procedures.ts";
import { BUNDLE_LIMIT_BYTES, EVENT_BATCH_MS } from "../defaults.ts";
import { errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import { type LeaseId, type NodeId } from "../ids.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { type TimerHandle } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import { SECOND_MS } from "../units.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type CodeStore, type NodeInfo, type NodeLoad, type ServerHost } from "./contracts.ts";
import { UNCONFINED } from "./isolation.ts";
import { Lane } from "./lane.ts";
import { type LaneReport } from "./scheduler-records.ts";
import {
  parseAssign,
  parseCancelRun,
  parseCodeHas,
  parseCodePut,
  parseOfLease,
  parseServerReport,
  parseUnassign,
} from "./schemas.ts";
import { SchedulerLink } from "./scheduler-link.ts";
import { tellScheduler } from "./tell-scheduler.ts";
import {
  type Assign,
  type Checked,
  type CodePut,
  type NodeJoin,
  type NodeReport,
  type ServerReport,
  type Unassign,
  type Welcome,
} from "./words.ts";

export interface NodeOptions {
  readonly scheduler: Location;
  readonly host: ServerHost;
  readonly code: CodeStore;
  readonly name: string;
  /** As in NodeInfo: "linux-x64". */
  readonly platform: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Reads the machine's free capacity; called every second. */
  readonly load: () => NodeLoad;
  readonly logger?: Logger;
}

export interface Node {
  readonly id: NodeId;
  /** Says goodbye to the scheduler and ends every server process. Acts at once; twice does nothing more. */
  close(): Operation<void>;
}

/** The load is read again after this many reports that had nothing else to say. */
const REPORTS_PER_LOAD = 4;
/** How long the scheduler's answer to a goodbye is waited for. */
const GOODBYE_MS: number = SECOND_MS;

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
  readonly #link: SchedulerLink;
  readonly #closed = new Deferred<void>("the node's close").ignore();
  #closing = false;
  #timer: TimerHandle;
  #changed = false;
  #quietReports = 0;
  #load: NodeLoad;

  constructor(peer: ClusterPeer, options: NodeOptions) {
    this.id = peer.id;
    this.#peer = peer;
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#load = options.load();
    this.#handle();
    for (let server = 1; server <= options.host.servers; server += 1) this.#newLane(server, "cpu").start();
    this.#link = new SchedulerLink({
      peer,
      scheduler: options.scheduler,
      hello: () => this.#hello(),
      logger: this.#logger,
      who: `node ${options.name}`,
    });
    this.#timer = peer.runtime.platform.startTimer(EVENT_BATCH_MS, this.#onTick);
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
    const { scheduler } = this.#options;
    // Where both are one peer, the scheduler itself answers.
    if (scheduler.peer !== this.id) this.#handles.push(tellScheduler(procedures, () => scheduler));
    this.#handles.push(
      procedures.handle("node.assign", { parse: parseAssign, roles }, (assign) => this.#assign(assign)),
      procedures.handle("node.unassign", { parse: parseUnassign, roles }, (unassign) => this.#unassign(unassign)),
      procedures.handle("node.check", { parse: parseOfLease }, ({ lease }, caller): Checked => {
        const lane = this.#laneOf(lease, caller);
        lane?.flushOutput();
        return { standing: lane !== undefined };
      }),
      procedures.handle("node.kill", { parse: parseOfLease }, ({ lease }, caller) =>
        this.#laneOf(lease, caller)?.kill(),
      ),
      procedures.handle("node.cancel", { parse: parseCancelRun }, (cancel, caller) =>
        this.#laneOf(cancel.lease, caller)?.cancel(cancel),
      ),
      procedures.handle("node.code.has", { parse: parseCodeHas }, ({ digest }, caller) => {
        this.#mayShip(caller);
        return this.#options.code.has(digest);
      }),
      procedures.handle("node.code.put", { parse: parseCodePut }, (put, caller) => this.#putCode(put, caller)),
      procedures.handle("node.server.ready", { parse: () => undefined }, (_, caller) => this.#ownLane(caller)?.ready()),
      procedures.handle("node.server.report", { parse: parseServerReport }, (report, caller) =>
        this.#report(report, caller),
      ),
    );
  }

  async #hello(): Promise<void> {
    const lanes: LaneReport[] = [];
    for (const lane of this.#lanes.values()) {
      if (lane.state !== "idle" && lane.state !== "closed") lanes.push(laneReport(lane));
    }
    const words: NodeJoin = { node: this.#info(), lanes };
    // Answered by a scheduler of ours; the epoch is only worth a line in the log.
    const { epoch } = (await this.#peer.procedures.call(this.#link.endpoint, "scheduler.node.join", words)) as Welcome;
    this.#logger.info("node.joined", { scheduler: endpointKey(this.#link.endpoint), epoch });
  }

  #info(): NodeInfo {
    const { name, platform, labels, host } = this.#options;
    const { location } = this.#peer;
    return {
      id: this.id,
      name,
      location,
      platform,
      servers: host.servers,
      kind: "node",
      labels: labels ?? {},
      ...(host.confinement ?? UNCONFINED),
      load: this.#load,
    };
  }

  #newLane(server: number, kind: "cpu" | "io"): Lane {
    const lane = new Lane({
      peer: this.#peer,
      host: this.#options.host,
      server,
      kind,
      logger: this.#logger,
      info: () => this.#info(),
      onReady: () => {
        if (kind === "cpu") this.#link.notify("scheduler.server.ready", { server });
      },
      onLost: (lost, error) => {
        if (kind === "io" && this.#lanes.get(server) === lost) this.#lanes.delete(server);
        this.#link.notify("scheduler.server.lost", { server, error: { code: error.code, message: error.message } });
      },
    });
    this.#lanes.set(server, lane);
    return lane;
  }

  async #assign(assign: Assign): Promise<void> {
    const { server, kind } = assign;
    const known = this.#lanes.get(server);
    const isIo = server > this.#options.host.servers;
    if (this.#closing || (kind === "io") !== isIo || (known === undefined && !isIo)) {
      throw new SkeinError("SERVER_LOST", `this node has no ${kind} server ${server}`, {
        hint: "the scheduler will choose another",
      });
    }
    await (known ?? this.#newLane(server, "io")).assign(assign);
    this.#changed = true;
  }

  #unassign({ lease, server }: Unassign): void {
    const lane = this.#lanes.get(server);
    if (lane?.assigned?.lease === lease) {
      void this.#recycle(lane);
    } else if (lane?.kind === "cpu" && lane.state === "ready") {
      // It never heard of that lease: the lane is as fresh as it was.
      this.#link.notify("scheduler.server.ready", { server });
    }
  }

  async #recycle(lane: Lane): Promise<void> {
    await lane.recycle();
    this.#changed = true;
    if (lane.kind === "io" && lane.state === "idle") this.#lanes.delete(lane.server);
  }

  async #putCode({ digest, code }: CodePut, caller: Caller): Promise<void> {
    this.#mayShip(caller);
    if (code.byteLength > BUNDLE_LIMIT_BYTES) {
      throw new SkeinError("MESSAGE_TOO_LARGE", `a bundle of ${code.byteLength} bytes`, {
        hint: `bundles may have ${BUNDLE_LIMIT_BYTES} bytes; read large data from files instead`,
      });
    }
    await this.#options.code.put(digest, code);
  }

  /** Code comes from clients that hold a server here, and from nobody else. */
  #mayShip(caller: Caller): void {
    const role = caller.roles.some((name) => name === "client" || name === "operator");
    for (const lane of this.#lanes.values()) {
      if (role && lane.assigned !== undefined && sameEndpoint(lane.assigned.client, caller.endpoint)) return;
    }
    throw new SkeinError("ROLE_FORBIDS", "code is taken only from clients that hold a server of this node", {
      hint: "join with an invite for the role client, and open a job",
    });
  }

  #laneOf(lease: LeaseId, caller: Caller): Lane | undefined {
    for (const lane of this.#lanes.values()) {
      if (lane.assigned?.lease === lease) return sameEndpoint(lane.assigned.client, caller.endpoint) ? lane : undefined;
    }
    return undefined;
  }

  #ownLane({ endpoint }: Caller): Lane | undefined {
    return isOwn(endpoint, this.id) ? this.#lanes.get(endpoint.server) : undefined;
  }

  #report(report: ServerReport, caller: Caller): void {
    const lane = this.#ownLane(caller);
    if (lane === undefined) return;
    lane.report = report;
    this.#changed = true;
  }

  readonly #onTick = (): void => {
    if (this.#closing) return;
    this.#timer = this.#peer.runtime.platform.startTimer(EVENT_BATCH_MS, this.#onTick);
    this.#quietReports += 1;
    if (!this.#changed && this.#quietReports < REPORTS_PER_LOAD) return;
    if (this.#quietReports >= REPORTS_PER_LOAD) {
      this.#quietReports = 0;
      this.#load = this.#options.load();
    }
    this.#changed = false;
    const words: NodeReport = { load: this.#load, servers: [...this.#lanes.values()].map((lane) => lane.counters()) };
    this.#link.notify("scheduler.node.report", words);
  };

  async #close(): Promise<void> {
    const { platform } = this.#peer.runtime;
    platform.stopTimer(this.#timer);
    if (this.#link.known) {
      try {
        await this.#peer.procedures.call(this.#link.endpoint, "scheduler.node.leave", undefined, {
          timeoutMs: GOODBYE_MS,
        });
      } catch (error) {
        if (!isSkeinError(error)) this.#logger.warn("node.goodbye", { error: errorFrom(error).message });
      }
    }
    this.#link.close();
    for (const handle of this.#handles) handle[Symbol.dispose]();
    for (const lane of this.#lanes.values()) lane.close();
    await this.#options.host.close();
  }
}

const isOwn = (endpoint: Endpoint, id: NodeId): boolean => endpoint.peer === id && endpoint.server > 0;

function laneReport({ server, kind, state, assigned }: Lane): LaneReport {
  if (assigned !== undefined && state === "assigned") {
    const { lease, job, client, inbox } = assigned;
    return { server, kind, state: "assigned", lease: { id: lease, job, client: `${endpointKey(client)}/${inbox}` } };
  }
  return { server, kind, state: state === "ready" ? "ready" : "starting" };
}
