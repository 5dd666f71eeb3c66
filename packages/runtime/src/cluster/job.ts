/** A job: what a client runs together on the cluster, with its code, its servers and its events. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { type CloseOptions } from "../contracts/wait.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type JobId, type LeaseId, type NodeId, type ServerId, type TaskId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { Deferred } from "../task/deferred.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type CodeShipper } from "./code-shipper.ts";
import { type Bundler, type ServerInfo } from "./contracts.ts";
import { type EventLog } from "./event-log.ts";
import { type ClusterEvent, type ClusterEventBody, type EventError, type JobCounters } from "./events.ts";
import { type ImportModule, JobCode, type ShippedFunction } from "./job-code.ts";
import { type JobNode, JobNodes, type JobServer } from "./job-nodes.ts";
import { JobLeases } from "./job-leases.ts";
import { JobOutput } from "./job-output.ts";
import { JobReports } from "./job-reports.ts";
import { JobRuns } from "./job-runs.ts";
import { JobSteering, type JobSteers, type RestartServersOptions, type StopServersOptions } from "./job-steering.ts";
import { type ModuleStubs, moduleStubs } from "./module.ts";
import { type RunOptions, type StartRemote } from "./remote-task.ts";
import { Run, type RunWhat } from "./run.ts";
import { type Granted, type JobOpen, type JobOpened, type News, type Printed, type Reclaim } from "./words.ts";

export interface JobOptions {
  /** A label for people. */
  readonly name?: string;
  /** Modules whose exported functions `run` takes; stubs come from `job.module`. */
  readonly modules?: readonly URL[];
  /**
   * Functions and classes of this program that the job ships, with the declarations and imports they reach; `run` finds
   * others by itself. What is given together is one bundle: it shares its module's state and classes. Classes can be
   * sent, too.
   */
  readonly functions?: readonly ShippedFunction[];
  /** Packages that are not bundled (native ones can't be): they have to be installed at the nodes. */
  readonly packages?: readonly string[];
  /** Its share against other jobs: one of weight 2 gets twice the servers of one of weight 1. 0.001 to 1000, default 1. */
  readonly weight?: number;
  /** What its tasks find as `task.client`. */
  readonly client?: TaskRef;
  /** Nodes are used only once `job.enable` names them. Default false. */
  readonly manualNodes?: boolean;
  /** CPU servers are used only once `job.enable` names them, one by one. Default false. */
  readonly manualServers?: boolean;
  /**
   * What becomes of tasks whose node is lost: silent for 30 s, or gone. `abandon` (default): their attempt is lost, and those
   * with `retries` left run elsewhere. `wait`: they wait until it is back, to the end of their `timeoutMs`, or until
   * `job.abandon`; what they did meanwhile is not lost.
   */
  readonly onLostNode?: "wait" | "abandon";
}

/**
 * Work on the cluster that belongs together. Its servers go to others once it is closed.
 *
 * @example
 * await using job = await client.openJob({ name: "squares" });
 * const m = await job.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url));
 * console.log(await m.square.call([7])); // 49
 */
export interface Job extends AsyncDisposable, JobSteers {
  readonly id: JobId;
  readonly name: string;
  /**
   * Runs a task function: one that the job's `modules` export, or any that is found in its source. Acts at once; a
   * function that is new to the job is bundled first.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` with its name, file and line; `JOB_CLOSED`; `LINK_OVERLOADED` past a
   *   million open tasks; in hosts that can't find functions `CODE_UNKNOWN`. The task fails with `CODE_NOT_BUNDLABLE`.
   */
  readonly run: StartRemote;
  /** Ships a module and gives typed stubs of its functions. @throws {SkeinError} `CODE_NOT_BUNDLABLE`, `MESSAGE_TOO_LARGE` */
  module<T>(url: URL): Operation<ModuleStubs<T>>;
  /** What happens in this job, from its opening: the last 20,000 events. */
  readonly events: EventLog<ClusterEvent>;
  /** The nodes of the cluster, as they were when they were last told of. */
  nodes(): readonly JobNode[];
  /** The servers the job holds now. */
  servers(): readonly JobServer[];
  /** How many tasks are where. */
  readonly counters: JobCounters;
  /** Adds to an amount that the job counts by name (`bytes`, `files`), for progress views. At most 16 names. */
  count(name: string, amount: number): void;
  /** Waits for its tasks, or cancels them; then its servers are free. Acts at once; twice does nothing more. @throws {SkeinError} `TIMEOUT` */
  close(options?: CloseOptions): Operation<void>;
}

export interface JobParts {
  readonly peer: ClusterPeer;
  readonly id: JobId;
  readonly options: JobOptions;
  readonly inbox: string;
  readonly bundler: Bundler | undefined;
  readonly importModule: ImportModule;
  readonly shipper: CodeShipper;
  readonly logger: Logger;
  /** A note to the scheduler. */
  readonly notify: (name: string, words: unknown) => void;
  /** Has the scheduler end a lease whose node can't be reached from here. */
  readonly fence: (job: JobId, lease: LeaseId) => Promise<void>;
  /** Tells the scheduler that it is over. */
  readonly onClosed: (job: ClientJob) => PromiseLike<void>;
}

export class ClientJob implements Job {
  readonly id: JobId;
  readonly name: string;
  readonly run: StartRemote;
  readonly reports: JobReports;
  readonly code: JobCode;
  readonly steering: JobSteering;
  readonly #parts: JobParts;
  readonly #runs: JobRuns;
  readonly #leases: JobLeases;
  readonly #nodes: JobNodes;
  readonly #output: JobOutput;
  readonly #keys = new Map<string, Run>();
  #closing: Deferred<void> | undefined;
  #idle: (() => void) | undefined;
  /** Why nothing more can be run. */
  #why = "is closed";

  constructor(parts: JobParts) {
    const { peer, id, options, shipper, logger, notify } = parts;
    const { engine, platform } = peer.runtime;
    this.#parts = parts;
    this.id = id;
    this.name = options.name ?? "";
    this.reports = new JobReports({
      platform,
      job: id,
      check: (event) => peer.procedures.check(event),
      send: (report) => notify("scheduler.job.report", report),
    });
    this.code = new JobCode({
      bundler: parts.bundler,
      importModule: parts.importModule,
      packages: options.packages ?? [],
      runtime: peer.runtime,
      onAdded: () => this.#leases.codeAdded(),
    });
    const { maps } = this.code;
    this.#output = new JobOutput(id, maps, (event) => this.reports.record(event));
    this.#runs = new JobRuns({
      engine,
      job: id,
      reports: this.reports,
      logger,
      maps,
      tell: (server, name, words, how) => peer.procedures.notify(server, name, words, how),
      check: (value) => peer.procedures.check(value),
      kill: (lease, server) => peer.procedures.notify({ peer: server.peer, server: 0 }, "node.kill", { lease }),
      onChange: () => this.#changed(),
    });
    this.#nodes = new JobNodes((event) => this.reports.record(event));
    this.#leases = new JobLeases({
      nodes: this.#nodes,
      peer,
      job: id,
      runs: this.#runs,
      shipper,
      codes: this.code.codes,
      logger,
      record: (event) => this.reports.record(event),
      notify,
      fence: (lease) => parts.fence(id, lease),
      waitsFor: (node) => this.steering.waitsFor(node),
      unwanted: (lease) => this.steering.unwanted(lease),
    });
    const { manualNodes = false, manualServers = false, onLostNode = "abandon" } = options;
    this.steering = new JobSteering({
      job: id,
      runs: this.#runs,
      leases: this.#leases,
      manualNodes,
      manualServers,
      onLostNode,
      record: (event) => this.reports.record(event),
      notify,
    });
    // StartRemote has checked the arguments against the function.
    this.run = ((fn: (...args: never[]) => unknown, args: readonly unknown[] = [], given?: RunOptions) =>
      this.#start(this.code.find(fn), args, given)) as unknown as StartRemote;
  }

  get events(): EventLog<ClusterEvent> {
    return this.reports.events;
  }

  get counters(): JobCounters {
    return this.reports.counters;
  }

  nodes(): readonly JobNode[] {
    return this.#nodes.nodes;
  }

  servers(): readonly JobServer[] {
    return this.#nodes.servers;
  }

  pause(at?: NodeId | ServerId): void {
    this.steering.pause(at);
  }

  resume(at?: NodeId | ServerId): void {
    this.steering.resume(at);
  }

  drain(at?: NodeId | ServerId): Operation<void> {
    return this.steering.drain(at);
  }

  stop(at?: NodeId | ServerId, options?: StopServersOptions): Operation<void> {
    return this.steering.stop(at, options);
  }

  restart(at?: NodeId | ServerId, options?: RestartServersOptions): Operation<void> {
    return this.steering.restart(at, options);
  }

  enable(at: NodeId | ServerId, setupArgs?: readonly unknown[]): void {
    this.steering.enable(at, setupArgs);
  }

  abandon(at: NodeId | undefined, flag: boolean): void {
    this.steering.abandon(at, flag);
  }

  count(name: string, amount: number): void {
    this.reports.count(name, amount);
  }

  module<T>(url: URL): Operation<ModuleStubs<T>> {
    const made = new Deferred<ModuleStubs<T>>(`the stubs of ${url.href}`).ignore();
    void this.#stubs(url).then(
      // The bundle was made of the module that T is the type of; its exports are its names.
      (stubs) => made.resolve(stubs as ModuleStubs<T>),
      (error: unknown) => made.reject(error),
    );
    return made;
  }

  close(options: CloseOptions = {}): Operation<void> {
    const { engine } = this.#parts.peer.runtime;
    if (this.#closing === undefined) {
      this.#closing = new Deferred<void>(`the close of job ${this.name || this.id}`).ignore();
      void this.#close(this.#closing);
    }
    if (options.cancel === true) this.#runs.cancelAll("the job was closed");
    if (options.timeoutMs === undefined) return this.#closing;
    const limited = new Deferred<void>(`the close of job ${this.name || this.id}`).ignore();
    this.#closing.then(
      () => limited.resolve(),
      (error: unknown) => limited.reject(error),
    );
    return limited.limit(engine, options, () => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ cancel: true });
  }

  // What its client hands on to it.

  /** What a scheduler that was just found has to know. */
  opening(): JobOpen {
    const { inbox, options } = this.#parts;
    const { id: job, name, counters } = this;
    this.#leases.opening();
    const { places } = this.steering;
    return { job, name, weight: options.weight ?? 1, inbox, leases: this.#leases.held, counters, places };
  }

  opened({ watched, nodes }: JobOpened): void {
    this.reports.watched = watched;
    this.#nodes.standing(nodes);
    this.#leases.found();
  }

  granted(granted: Granted): void {
    this.#output.add(granted.node.id);
    this.#leases.granted(granted);
  }

  happened(event: ClusterEventBody): void {
    this.#nodes.happened(event);
  }

  revoked(): void {
    this.#leases.revoked();
  }

  reclaimed({ lease, graceMs }: Reclaim): void {
    this.#leases.reclaimed(lease, graceMs);
  }

  leaseLost(lease: Granted["lease"], error: EventError): void {
    this.#leases.lostByScheduler(lease, error);
  }

  serverReplaced(server: ServerInfo): void {
    this.#leases.replaced(server);
  }

  networkLost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    this.#leases.lostByNetwork(matches, error);
  }

  printed(printed: Printed, from: Endpoint): void {
    this.#output.printed(printed, from);
  }

  /** An operator ends it, or one task of it. @returns whether there is something to end */
  cancelled(task: TaskId | undefined, reason: string): boolean {
    if (task === undefined) {
      this.#runs.cancelAll(reason);
      this.#why = `was closed: ${reason}`;
      void this.close({ cancel: true });
      return true;
    }
    const run = this.#runs.find(task);
    if (run === undefined) return false;
    this.#runs.cancelRun(run, reason, undefined);
    return true;
  }

  news(news: News, from: Endpoint): void {
    this.#runs.news(news, from);
  }

  async #stubs(url: URL): Promise<Readonly<Record<string, unknown>>> {
    const { digest, exports } = await this.code.bundle(url);
    return moduleStubs(exports, (fn, plain, args, options) =>
      this.#start(this.code.what(digest, fn, plain), args, options),
    );
  }

  #start(what: RunWhat, args: readonly unknown[], given: RunOptions | undefined): Run {
    const key = given?.key;
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known !== undefined) return known;
    if (this.#closing !== undefined) {
      throw new SkeinError("JOB_CLOSED", `job ${this.name || this.id} ${this.#why}`, { hint: "open another job" });
    }
    const { engine } = this.#parts.peer.runtime;
    const { client } = this.#parts.options;
    const options = given?.client === undefined && client !== undefined ? { ...given, client } : (given ?? NO_OPTIONS);
    const run = new Run(this.#runs, engine.newTaskId(), what, args, options);
    this.#runs.add(run);
    if (key !== undefined) this.#keys.set(key, run);
    return run;
  }

  #changed(): void {
    this.#leases.changed();
    if (this.#runs.open.cpu + this.#runs.open.io === 0) this.#idle?.();
  }

  async #close(closing: Deferred<void>): Promise<void> {
    try {
      if (this.#runs.open.cpu + this.#runs.open.io > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
      await this.#output.rest(this.#parts.peer, this.#runs.book.leases.values());
      this.reports.flush();
      await this.#parts.onClosed(this);
      closing.resolve();
    } catch (error) {
      closing.reject(errorFrom(error));
    } finally {
      this.#leases.close();
      this.#runs.abandonAll(new SkeinError("JOB_CLOSED", "the job is closed", { hint: "nothing to do" }));
      this.#keys.clear();
      this.reports.close();
    }
  }
}

const NO_OPTIONS: RunOptions = {};
