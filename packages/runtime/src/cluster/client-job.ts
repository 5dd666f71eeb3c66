/** A job at its client: what programs do with it, and what its client hands on to it. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { type CloseOptions } from "../contracts/wait.ts";
import { RULE_ADDRESSES_LIMIT } from "../defaults.ts";
import { type JobId, type NodeId, type ServerId } from "../ids.ts";
import { showBy } from "../task/show.ts";
import { type FileSent, type SendFileOptions } from "../peer/files.ts";
import { type NamedBytes } from "../peer/files-source.ts";
import { type ServerInfo } from "./contracts.ts";
import { type EventLog } from "./event-log.ts";
import { type ClusterEvent, type ClusterEventBody, type EventError, type JobCounters, type JobInfo } from "./events.ts";
import { type JobNode, type JobNodes, type JobServer } from "./job-nodes.ts";
import { JobClosing } from "./job-closing.ts";
import { type JobLeaving } from "./job-leaving.ts";
import { type EachOver, type MapOver } from "./job-map.ts";
import { type JobPools } from "./job-pools.ts";
import type { PoolPart } from "../pool/pool-part.ts";
import { type JobIsolation } from "./job-isolation.ts";
import { type JobFiles } from "./job-files.ts";
import { type JobLeases } from "./job-leases.ts";
import { type JobReports } from "./job-reports.ts";
import { checkPlace, nodeOf } from "./job-places.ts";
import { type JobFileInfo } from "./observed.ts";
import { type JobRuns } from "./job-runs.ts";
import { type JobWants } from "./job-wants.ts";
import { type JobSetup } from "./job-setup.ts";
import { type JobStarts } from "./job-starts.ts";
import { type SetupFailures } from "./setup-failures.ts";
import { type Job } from "./job.ts";
import { type JobSteering, type RestartServersOptions, type StopServersOptions } from "./job-steering.ts";
import { type PlacementRule } from "./placement-rules.ts";
import { type ModuleStubs } from "./module.ts";
import { type StartRemote, type StreamRemote } from "./remote-task.ts";
import { type JobTask } from "./run-words.ts";
import { type Granted, type JobOpen, type JobOpened, type News, type Reclaim } from "./words.ts";
import { type JobParts, type JobWiring, wireJob } from "./job-wiring.ts";

export class ClientJob implements Job {
  readonly id: JobId;
  readonly name: string;
  readonly run: StartRemote;
  readonly stream: StreamRemote;
  readonly map: MapOver;
  readonly each: EachOver;
  readonly reports: JobReports;
  readonly isolation: JobIsolation;
  readonly closing: JobClosing;
  /** Its tasks have it close places. */
  readonly leaving: JobLeaving;
  readonly steering: JobSteering;
  readonly acts: JobWiring["acts"];
  readonly code: JobWiring["code"];
  readonly #parts: JobParts;
  readonly #runs: JobRuns;
  readonly #leases: JobLeases;
  readonly #wants: JobWants;
  readonly #nodes: JobNodes;
  readonly #files: JobFiles;
  readonly #failures: SetupFailures;
  readonly #starts: JobStarts;
  readonly #pools: JobPools;
  readonly #setup: JobSetup;
  readonly output: JobWiring["output"];
  /** By its options, or as an operator has set it since. */
  #weight: number;
  /** How it last stood, by its scheduler. */
  #info: JobInfo | undefined;

  constructor(parts: JobParts) {
    const wiring = wireJob(parts, () => this.#changed());
    this.#parts = parts;
    this.id = parts.id;
    this.name = parts.options.name ?? "";
    this.reports = wiring.reports;
    this.isolation = wiring.isolation;
    this.steering = wiring.steering;
    this.acts = wiring.acts;
    this.#weight = parts.options.weight ?? 1;
    this.code = wiring.code;
    this.#runs = wiring.runs;
    this.#leases = wiring.leases;
    this.#wants = wiring.wants;
    this.#nodes = wiring.nodes;
    this.#files = wiring.files;
    this.#setup = wiring.setup;
    this.output = wiring.output;
    this.#failures = wiring.failures;
    this.#starts = wiring.starts;
    this.leaving = wiring.leaving;
    this.run = this.#starts.run;
    this.stream = this.#starts.stream;
    this.#pools = wiring.pools;
    this.map = this.#pools.map;
    this.each = this.#pools.each;
    this.closing = new JobClosing({
      ...wiring,
      peer: parts.peer,
      label: this.name || this.id,
      onClosed: () => parts.onClosed(this.id),
      record: () => this.#tellClosed(),
    });
  }

  get events(): EventLog<ClusterEvent> {
    return this.reports.events;
  }

  get counters(): JobCounters {
    return this.reports.counters;
  }

  sendFile(at: NodeId | ServerId, file: string | NamedBytes, options?: SendFileOptions): Operation<FileSent> {
    checkPlace(at);
    const node = nodeOf(at);
    this.#setup.use(node);
    return this.#files.send(node, file, options);
  }

  /** For those who look. */
  shownFiles(): readonly JobFileInfo[] {
    return this.#files.shown.list();
  }

  nodes(): readonly JobNode[] {
    return this.#nodes.nodes;
  }

  servers(): readonly JobServer[] {
    return this.#nodes.servers;
  }

  tasks(at?: NodeId | ServerId): readonly JobTask[] {
    if (at !== undefined) checkPlace(at);
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
    this.#pools.moved();
  }

  count(name: string, amount: number): void {
    this.reports.count(name, amount);
  }

  module<T>(url: URL): Operation<ModuleStubs<T>> {
    return this.#starts.module(url);
  }

  /** Its servers, for a pool of the program. */
  get skeinPool(): PoolPart {
    return this.#pools;
  }

  close(options: CloseOptions = {}): Operation<void> {
    return this.closing.close(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ cancel: true });
  }

  /** Bundles what its options name, and looks at its files. */
  async learn(): Promise<void> {
    const { modules = [], functions = [] } = this.#parts.options;
    await Promise.all([this.#setup.learn(modules, functions), this.#files.check()]);
  }

  // What its client hands on to it.

  /** What a scheduler that was just found has to know. */
  opening(): JobOpen {
    const { inbox, options } = this.#parts;
    const { id: job, name, counters } = this;
    this.#leases.opening();
    const { priority, exclusive, idleMs } = options;
    return {
      job,
      name,
      weight: this.#weight,
      inbox,
      leases: this.#leases.held,
      counters,
      places: this.steering.places,
      ...(priority === undefined ? {} : { priority }),
      ...(exclusive === undefined ? {} : { exclusive }),
      ...(idleMs === undefined ? {} : { idleMs }),
      ...(this.#wants.ruled ? { ruled: true } : {}),
      ...(this.#leases.parkedAt.length === 0 ? {} : { parkedAt: this.#leases.parkedAt }),
    };
  }

  opened({ watched, nodes }: JobOpened): void {
    this.reports.watched = watched;
    this.#nodes.standing(nodes);
    this.#wants.standing(nodes);
    this.#leases.found();
    this.#failures.unsettled();
    this.#dial();
  }

  granted(granted: Granted): void {
    this.output.add(granted.node.id);
    this.#leases.granted(granted);
    this.#failures.granted(granted);
  }

  happened(event: ClusterEventBody): void {
    if ("job" in event && typeof event.job === "object") this.#info = event.job;
    this.#nodes.happened(event);
    this.#wants.happened(event);
    if (event.type === "node.closed" || event.type === "node.lost") this.#failures.unsettled();
  }

  /** Whether it holds a server of the node, or has something there. */
  usesNode(node: NodeId): boolean {
    return this.#setup.uses(node) || [...this.#runs.book.leases.values()].some((lease) => lease.server.peer === node);
  }

  revoked(): void {
    this.#leases.revoked();
    this.#pools.changed();
  }

  reclaimed({ lease, graceMs }: Reclaim): void {
    this.#leases.reclaimed(lease, graceMs);
    this.#pools.changed();
  }

  leaseLost(lease: Granted["lease"], error: EventError): void {
    this.#leases.lostByScheduler(lease, error);
  }

  serverReplaced(server: ServerInfo): void {
    this.#leases.replaced(server);
  }

  networkLost(matches: (endpoint: Endpoint) => boolean, error: Error): void {
    this.#setup.lost(matches);
    this.#leases.lostByNetwork(matches, error);
  }

  /** It has another share of the servers, also for the next scheduler. */
  weighed(weight: number): void {
    this.#weight = weight;
  }

  news(news: News, from: Endpoint): void {
    if (this.#setup.isProcess(from)) {
      for (const { serial: _none, ...log } of news.logs) this.output.logged(log, from);
    } else this.#runs.news(news, from);
  }

  /** Has the scheduler connect to the nodes that the rules name by address. */
  #dial(): void {
    const { addresses } = this.#wants.nodes;
    if (addresses.length === 0) return;
    this.#parts.notify("scheduler.job.dial", { job: this.id, addresses: addresses.slice(0, RULE_ADDRESSES_LIMIT) });
  }

  #changed(): void {
    this.#leases.changed();
    this.#pools.changed();
    this.closing.changed();
  }

  #tellClosed(): void {
    const { counters } = this;
    if (this.#info === undefined) return;
    this.reports.record({ type: "job.closed", job: { ...this.#info, state: "closed", demand: 0, held: 0, counters } });
  }
}

showBy(ClientJob, ({ id, name }) => `Job(${name === "" ? id : `"${name}" ${id}`})`);
