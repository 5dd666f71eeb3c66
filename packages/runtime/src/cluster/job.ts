/** A job: what a client runs together on the cluster, with its code, its servers and its events. */
import { type Endpoint, sameEndpoint } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { type CloseOptions } from "../contracts/wait.ts";
import { CANCEL_GRACE_MS, RULE_ADDRESSES_LIMIT } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type JobId, type LeaseId, type NodeId, type ServerId, serverId, type TaskId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { Deferred } from "../task/deferred.ts";
import { showBy } from "../task/show.ts";
import { type FileSent, type SendFileOptions } from "../peer/files.ts";
import { type NamedBytes } from "../peer/files-source.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { type Result } from "../task/types.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type CodeShipper } from "./code-shipper.ts";
import { type Bundler, type LiveFunction, type ServerInfo } from "./contracts.ts";
import { type EventLog } from "./event-log.ts";
import { type ClusterEvent, type ClusterEventBody, type EventError, type JobCounters } from "./events.ts";
import { type ImportModule, JobCode, type ShippedFunction } from "./job-code.ts";
import { type JobNode, JobNodes, type JobServer } from "./job-nodes.ts";
import { type Allow, type Isolation } from "./isolation.ts";
import { JobIsolation } from "./job-isolation.ts";
import { type JobFile, JobFiles } from "./job-files.ts";
import { JobLeases } from "./job-leases.ts";
import { JobOutput } from "./job-output.ts";
import { JobReports } from "./job-reports.ts";
import { nodeOf } from "./job-places.ts";
import { JobRuns } from "./job-runs.ts";
import { JobWants } from "./job-wants.ts";
import { JobSetup, type SetupFailure } from "./job-setup.ts";
import { JobSteering, type JobSteers, type RestartServersOptions, type StopServersOptions } from "./job-steering.ts";
import { type PlacementRule } from "./placement-rules.ts";
import { type ModuleStubs, moduleStubs } from "./module.ts";
import { type SetupContext } from "./remote-context.ts";
import { type RunOptions, type StartRemote, type StreamRemote } from "./remote-task.ts";
import { Run, type RunWhat } from "./run.ts";
import { type JobTask } from "./run-words.ts";
import { type RunStream } from "./run-stream.ts";
import { type Leave } from "./setup-words.ts";
import { type Granted, type JobOpen, type JobOpened, type News, type Printed, type Reclaim } from "./words.ts";

/**
 * @typeParam N what `nodeSetup` gives
 * @typeParam S what `serverSetup` gives: the state of the job's tasks
 */
export interface JobOptions<N = unknown, S = unknown> {
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
  /**
   * Jobs of a higher priority get servers before all of a lower one, which give theirs back when what runs there has ended.
   * A whole number, −1000 to 1000, default 0.
   */
  readonly priority?: number;
  /**
   * It has all CPU servers of the cluster to itself: it waits for its turn (`job.waiting` says why), then until others have
   * given theirs back, and keeps them until it is closed, or has had no tasks for `idleMs`.
   */
  readonly exclusive?: boolean;
  /** An exclusive job without tasks for so many milliseconds lets others have the cluster. Default 60,000. */
  readonly idleMs?: number;
  /**
   * Which nodes it may use, and how many of their servers; of several rules the first that speaks of a node counts, and a
   * node of which none speaks is not used. Functions are asked here, once for each node that comes. Nodes named by address
   * are dialled by the scheduler. Default: all.
   */
  readonly where?: PlacementRule | readonly PlacementRule[];
  /** What its tasks find as `task.client`. */
  readonly client?: TaskRef;
  /**
   * How far nodes must confine its code, at least: `trusted`, `guarded`, `uid` or `sealed`. Default: as each node does.
   * `openJob` throws `ISOLATION_FORBIDS` when there are nodes and none does so.
   */
  readonly isolation?: Isolation;
  /** What its code may do beyond that: nodes that don't offer it (`--allow`) are not used. */
  readonly allow?: Allow;
  /** Files that every node of the job gets, once, before its tasks: `task.files` is their folder. They go with the job. */
  readonly files?: readonly JobFile[];
  /**
   * Runs once at each node, in a process that stays as long as the job: it may write into `task.files` for the others and
   * register services. What it returns goes to each `serverSetup`. One that throws takes its node out of the job, with the
   * event `node.skipped`; where no node is left, tasks fail with `SETUP_FAILED`.
   */
  readonly nodeSetup?: (task: SetupContext, ...args: never[]) => N;
  /**
   * Runs once in each server process, before its first task, with what `nodeSetup` returned at that node (or `undefined`).
   * What it returns is `task.state` there. One that throws takes its server out of the job, with the event
   * `server.closed` and the error.
   */
  readonly serverSetup?: (task: SetupContext, node: Result<N>, ...args: never[]) => S;
  /**
   * Whether each CPU task gets a server process of its own, set up anew: nothing of the tasks before it is left. Default
   * false. A process that stands ready takes the place of the old one.
   */
  readonly restartServers?: boolean;
  /** Arguments of both, after the ones above. Default: none. */
  readonly setupArgs?: readonly unknown[];
  /** Aborting it ends the opening; later it closes the job, and cancels its tasks with the signal's reason. */
  readonly signal?: AbortSignal;
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

/** The same without its types, which were checked where it was given. */
export type OpenOptions = Omit<JobOptions, "nodeSetup" | "serverSetup"> & {
  readonly nodeSetup?: LiveFunction;
  readonly serverSetup?: LiveFunction;
};

/**
 * Work on the cluster that belongs together. Its servers go to others once it is closed.
 *
 * @example
 * await using job = await client.openJob({ name: "squares" });
 * const m = await job.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url));
 * console.log(await m.square.call([7])); // 49
 */
export interface Job<S = unknown> extends AsyncDisposable, JobSteers {
  readonly id: JobId;
  readonly name: string;
  /**
   * Runs a task function: one that the job's `modules` export, or any that is found in its source. Acts at once; a
   * function that is new to the job is bundled first.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` with its name, file and line; `JOB_CLOSED`; `LINK_OVERLOADED` past a
   *   million open tasks; in hosts that can't find functions `CODE_UNKNOWN`. The task fails with `CODE_NOT_BUNDLABLE`.
   */
  readonly run: StartRemote<S>;
  /**
   * Runs a task function as `run` does, and gives what it emits, in order; then the end, or what it threw. A reader that is
   * slow slows it down; leaving it cancels the task. After a retry what it emits comes again from the beginning.
   *
   * @example
   * const lines = job.stream(readLog, ["today"]);
   * for await (const line of lines) console.log(line);
   * console.log(await lines.result);
   */
  readonly stream: StreamRemote<S>;
  /** Ships a module and gives typed stubs of its functions. @throws {SkeinError} `CODE_NOT_BUNDLABLE`, `MESSAGE_TOO_LARGE` */
  module<T>(url: URL): Operation<ModuleStubs<T, S>>;
  /**
   * Sends a file to a node of the job, or of a server, beside the job's other files. Acts at once.
   * @throws {SkeinError} as {@link Peer.sendFile}; `ROLE_FORBIDS` while the job has no server there
   */
  sendFile(at: NodeId | ServerId, file: string | NamedBytes, options?: SendFileOptions): Operation<FileSent>;
  /**
   * One more rule, asked about nodes of which no rule spoke before; for a job without rules it is the first one. Servers
   * that the job has are kept. Acts at once. @throws {SkeinError} `OPTION_INVALID`
   */
  allocate(rule: PlacementRule): void;
  /** What happens in this job, from its opening: the last 20,000 events. */
  readonly events: EventLog<ClusterEvent>;
  /** The nodes of the cluster, as they were when they were last told of. */
  nodes(): readonly JobNode[];
  /** The servers the job holds now. */
  servers(): readonly JobServer[];
  /** Its tasks that have not ended; with `at`, those at that node or server. Costs a look at each. */
  tasks(at?: NodeId | ServerId): readonly JobTask[];
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
  readonly options: OpenOptions;
  readonly inbox: string;
  /** The node whose owner the client is. */
  readonly home: NodeId | undefined;
  readonly bundler: Bundler | undefined;
  readonly importModule: ImportModule;
  readonly shipper: CodeShipper;
  readonly logger: Logger;
  /** A note to the scheduler. */
  readonly notify: (name: string, words: unknown) => void;
  /** Has the scheduler end a lease whose node can't be reached from here. */
  readonly fence: (job: JobId, lease: LeaseId) => Promise<void>;
  /** The cluster's servers now. */
  readonly servers: () => Promise<readonly ServerInfo[]>;
  /** Tells the scheduler that it is over. */
  readonly onClosed: (job: ClientJob) => PromiseLike<void>;
}

export class ClientJob implements Job {
  readonly id: JobId;
  readonly name: string;
  readonly run: StartRemote;
  readonly stream: StreamRemote;
  readonly reports: JobReports;
  readonly code: JobCode;
  readonly isolation: JobIsolation;
  readonly steering: JobSteering;
  readonly #parts: JobParts;
  readonly #runs: JobRuns;
  readonly #leases: JobLeases;
  readonly #wants: JobWants;
  readonly #nodes: JobNodes;
  readonly #files: JobFiles;
  /** Every place has failed its set-up. */
  #hopeless: SkeinError | undefined;
  readonly setup: JobSetup;
  readonly #output: JobOutput;
  readonly #keys = new Map<string, Run>();
  #closing: Deferred<void> | undefined;
  #idle: (() => void) | undefined;
  #unheed: (() => void) | undefined;
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
    this.isolation = new JobIsolation(options, parts.home);
    this.code = new JobCode({
      bundler: parts.bundler,
      importModule: parts.importModule,
      packages: options.packages ?? [],
      runtime: peer.runtime,
      onAdded: () => this.#leases.codeAdded(),
    });
    const { maps } = this.code;
    this.#output = new JobOutput(id, maps, (event) => this.reports.record(event));
    this.#wants = new JobWants({
      platform,
      logger,
      where: options.where,
      lack: this.isolation.asks ? (node) => this.isolation.lack(node) : undefined,
      skipped: (node, why) =>
        this.reports.record({ type: "node.skipped", node, error: { code: "NO_PLACE", message: why } }),
      limited: (node, limits) => notify("scheduler.job.node", { job: id, node, limits }),
      fail: (want, error) => this.#runs.failWaiting(want, error),
    });
    this.#runs = new JobRuns({
      engine,
      job: id,
      reports: this.reports,
      logger,
      maps,
      tell: (server, name, words, how) => peer.procedures.notify(server, name, words, how),
      check: (value) => peer.procedures.check(value),
      kill: (lease, server) => peer.procedures.notify({ peer: server.peer, server: 0 }, "node.kill", { lease }),
      oneByOne: options.restartServers === true,
      wants: this.#wants,
      moved: (lease, want) => notify("scheduler.job.moved", { job: id, lease, want }),
      onChange: () => this.#changed(),
    });
    this.#nodes = new JobNodes((event) => this.reports.record(event));
    this.#files = new JobFiles({ peer, job: id, files: options.files ?? [] });
    this.setup = new JobSetup({
      peer,
      job: id,
      name: this.name,
      nodes: this.#nodes,
      files: this.#files,
      code: this.code,
      nodeSetup: options.nodeSetup,
      serverSetup: options.serverSetup,
      args: options.setupArgs ?? [],
    });
    this.#leases = new JobLeases({
      isolation: this.isolation,
      nodes: this.#nodes,
      setup: this.setup,
      restart: options.restartServers === true,
      onSetupFailed: (failure) => this.#setupFailed(failure),
      peer,
      job: id,
      runs: this.#runs,
      shipper,
      codes: this.code.codes,
      logger,
      record: (event) => this.reports.record(event),
      notify,
      wants: this.#wants,
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
      onSetupArgs: (at, args) => this.setup.setArgs(at, args),
      onForget: (node) => this.setup.forget(node),
    });
    // StartRemote has checked the arguments against the function.
    this.run = ((fn: (...args: never[]) => unknown, args: readonly unknown[] = [], given?: RunOptions) =>
      this.#start(this.code.find(fn), args, given)) as unknown as StartRemote;
    // As has StreamRemote.
    this.stream = ((fn: (...args: never[]) => unknown, args: readonly unknown[] = [], given?: RunOptions) =>
      this.#stream(this.code.find(fn), args, given)) as unknown as StreamRemote;
  }

  get events(): EventLog<ClusterEvent> {
    return this.reports.events;
  }

  get counters(): JobCounters {
    return this.reports.counters;
  }

  sendFile(at: NodeId | ServerId, file: string | NamedBytes, options?: SendFileOptions): Operation<FileSent> {
    const node = nodeOf(at);
    this.setup.use(node);
    return this.#files.send(node, file, options);
  }

  nodes(): readonly JobNode[] {
    return this.#nodes.nodes;
  }

  servers(): readonly JobServer[] {
    return this.#nodes.servers;
  }

  tasks(at?: NodeId | ServerId): readonly JobTask[] {
    return this.#runs.tasks(at);
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

  allocate(rule: PlacementRule): void {
    this.#wants.allocate(rule);
    this.#dial();
    this.#leases.changed();
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

  /** Ships what its options name. */
  async learn(): Promise<void> {
    const { modules = [], functions = [] } = this.#parts.options;
    await this.setup.learn(modules, functions);
  }

  /** Its signal closes it from now on. */
  heed(signal: AbortSignal): void {
    const onAbort = (): void => {
      this.#runs.cancelAll(signal.reason);
      void this.close({ cancel: true });
    };
    this.#unheed = () => signal.removeEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  }

  // What its client hands on to it.

  /** What a scheduler that was just found has to know. */
  opening(): JobOpen {
    const { inbox, options } = this.#parts;
    const { id: job, name, counters } = this;
    this.#leases.opening();
    const { places } = this.steering;
    const { weight = 1, priority, exclusive, idleMs } = options;
    return {
      job,
      name,
      weight,
      inbox,
      leases: this.#leases.held,
      counters,
      places,
      ...(priority === undefined ? {} : { priority }),
      ...(exclusive === undefined ? {} : { exclusive }),
      ...(idleMs === undefined ? {} : { idleMs }),
      ...(this.#wants.ruled ? { ruled: true } : {}),
    };
  }

  opened({ watched, nodes }: JobOpened): void {
    this.reports.watched = watched;
    this.#nodes.standing(nodes);
    this.#wants.standing(nodes);
    this.#leases.found();
    this.#dial();
  }

  granted(granted: Granted): void {
    this.#hopeless = undefined;
    this.#output.add(granted.node.id);
    this.#leases.granted(granted);
  }

  happened(event: ClusterEventBody): void {
    this.#nodes.happened(event);
    if (event.type === "node.ready") this.#wants.came(event.node);
    else if (event.type === "node.closed" || event.type === "node.lost") this.#wants.gone(event.node.id);
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
    this.setup.lost(matches);
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

  /** A task of its has it close a server or a node, or renew the server's process. */
  leave({ lease: id, what, restart, cancel }: Leave, from: Endpoint): void {
    const lease = this.#runs.book.leases.get(id);
    if (lease === undefined || !sameEndpoint(lease.server, from)) return;
    const { peer, server } = from;
    const at = what === "node" ? peer : serverId(peer, server);
    const grace = cancel ? { graceMs: CANCEL_GRACE_MS } : {};
    if (what === "server" && restart) this.steering.restart(at, grace).then(undefined, () => undefined);
    else if (cancel) this.steering.stop(at, grace).then(undefined, () => undefined);
    else this.steering.drain(at).then(undefined, () => undefined);
    if (what === "node") this.setup.leave(peer);
  }

  news(news: News, from: Endpoint): void {
    if (this.setup.isProcess(from)) {
      for (const { serial: _none, ...log } of news.logs) this.#output.logged(log, from);
    } else this.#runs.news(news, from);
  }

  async #stubs(url: URL): Promise<Readonly<Record<string, unknown>>> {
    const { digest, exports } = await this.code.bundle(url);
    return moduleStubs(exports, (fn, how, args, options) => {
      const what = this.code.what(digest, fn, how === "call");
      return how === "stream" ? this.#stream(what, args, options) : this.#start(what, args, options);
    });
  }

  /** Has the scheduler connect to the nodes that the rules name by address. */
  #dial(): void {
    const { addresses } = this.#wants;
    if (addresses.length === 0) return;
    this.#parts.notify("scheduler.job.dial", { job: this.id, addresses: addresses.slice(0, RULE_ADDRESSES_LIMIT) });
  }

  #stream(what: RunWhat, args: readonly unknown[], given: RunOptions | undefined): RunStream {
    if (given?.key === undefined) return this.#make(what, args, given).stream();
    throw new SkeinError("OPTION_INVALID", "a stream has one reader, so it can't be shared by a key", {
      hint: "leave out key, or use run",
    });
  }

  #start(what: RunWhat, args: readonly unknown[], given: RunOptions | undefined): Run {
    const key = given?.key;
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known !== undefined) return known;
    const run = this.#make(what, args, given);
    if (key !== undefined) this.#keys.set(key, run);
    return run;
  }

  #make(what: RunWhat, args: readonly unknown[], given: RunOptions | undefined): Run {
    if (this.#closing !== undefined) {
      throw new SkeinError("JOB_CLOSED", `job ${this.name || this.id} ${this.#why}`, { hint: "open another job" });
    }
    const { engine } = this.#parts.peer.runtime;
    const { client } = this.#parts.options;
    const options = given?.client === undefined && client !== undefined ? { ...given, client } : (given ?? NO_OPTIONS);
    if (given?.needs !== undefined) this.isolation.checkNeeds(given.needs);
    const run = new Run(this.#runs, engine.newTaskId(), what, args, options);
    this.#runs.add(run);
    // Another place may have come since.
    if (this.#hopeless !== undefined) void this.#lookForPlaces(this.#hopeless);
    return run;
  }

  /** The job does without a place; where that was the last one, its tasks can't run. */
  #setupFailed({ at, error }: SetupFailure): void {
    const words = { code: error.code, message: error.message };
    const node = nodeOf(at);
    if (node === at) {
      this.#nodes.nodeSkipped(node, words);
      this.setup.leave(node);
    } else {
      // What is no node's id is a server's.
      this.#nodes.gone(at as ServerId, false, words);
    }
    this.#parts.logger.warn("setup.failed", { at, error: error.message });
    this.steering.shut(at);
    void this.#lookForPlaces(error);
  }

  async #lookForPlaces(error: SkeinError): Promise<void> {
    if (this.#runs.book.leases.size > 0) return;
    const servers = await this.#parts.servers();
    const usable = servers.some(
      ({ id, kind }) => kind === "cpu" && !(this.setup.failedAt(id) && this.steering.isShut(id)),
    );
    if (usable || this.#runs.book.leases.size > 0) return;
    this.#hopeless = error;
    this.#runs.failAll(error);
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
      await this.setup.close();
      closing.resolve();
    } catch (error) {
      closing.reject(errorFrom(error));
    } finally {
      this.#unheed?.();
      this.#leases.close();
      this.#wants.close();
      this.#runs.abandonAll(new SkeinError("JOB_CLOSED", "the job is closed", { hint: "nothing to do" }));
      this.#keys.clear();
      this.reports.close();
    }
  }
}

const NO_OPTIONS: RunOptions = {};

showBy(ClientJob, ({ id, name }) => `Job(${name === "" ? id : `"${name}" ${id}`})`);
