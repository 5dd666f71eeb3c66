/** One server of a node: starts its process, watches it, gives it to one job at a time, and a fresh one to the next. */
import { type Endpoint, sameEndpoint } from "../contracts/endpoint.ts";
import { SERVER_RESTART_FIRST_MS, SERVER_RESTART_MOST_MS, SERVER_START_TIMEOUT_MS } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type CodeDigest, type JobId, type LeaseId, serverId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type TimerHandle } from "../platform.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type NodeInfo, type ServerHost, type ServerProcess } from "./contracts.ts";
import { type ServerCounters } from "./events.ts";
import { sumOf, tellUnparked } from "./lane-report.ts";
import { OutputBox } from "./output-box.ts";
import { ParkedServers } from "./parked-servers.ts";
import { asLost, lostError, processEnd } from "./process-end.ts";
import { type Confinement, isSameConfinement } from "./isolation.ts";
import { parseServerReport } from "./schemas.ts";
import { type Assign, type Begin, type CancelRun, NOTHING_DONE, type ServerReport } from "./words.ts";

/** How long a process that is no longer needed is waited for to say what it has done … */
const LAST_REPORT_MS = 50;
/** … and one that is to be kept: one that does not answer is not. */
const PARK_ANSWER_MS = 500;

export interface LaneOptions {
  readonly peer: ClusterPeer;
  readonly host: ServerHost;
  readonly server: number;
  readonly kind: "cpu" | "io";
  readonly logger: Logger;
  readonly info: () => NodeInfo;
  /** Where the files of a job are, if it has any here. */
  readonly filesOf: (job: JobId) => Promise<string | undefined>;
  /** Whether another process of this node may ask the present one. */
  readonly mayAsk: (from: Endpoint) => boolean;
  readonly onReady: (lane: Lane) => void;
  /** The process ended by itself; by what `job` did, where it ran for one. */
  readonly onLost: (lane: Lane, error: SkeinError, job?: JobId) => void;
}

/** `idle` has no process (an I/O server that nobody uses). */
export type LaneState = "idle" | "starting" | "ready" | "assigned" | "closed";

export class Lane {
  readonly server: number;
  readonly kind: "cpu" | "io";
  state: LaneState = "idle";
  /** Who uses it. */
  assigned: Assign | undefined;
  /** The lease of the last process that ended by itself. */
  diedWith: LeaseId | undefined;
  /** What the present process says it has done. */
  report: ServerReport = NOTHING_DONE;
  /** What the ones before it had done. */
  #before: ServerReport = NOTHING_DONE;
  readonly #options: LaneOptions;
  readonly #output: OutputBox;
  #process: ServerProcess | undefined;
  /** What the present one was started with, where that was said. */
  #confinement: Confinement | undefined;
  #attached: Disposable | undefined;
  readonly #parked: ParkedServers;
  /** The job of the present process has left: the process is ended or parked next. */
  #leaving: { readonly job: JobId | undefined; keep: boolean } | undefined;
  /** The present process was told to end. */
  #killed = false;
  /** Counts the processes; what an earlier one still says is dropped. */
  #generation = 0;
  #failures = 0;
  #timer: TimerHandle = undefined;
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
    this.server = options.server;
    this.kind = options.kind;
    const { procedures, runtime } = options.peer;
    this.#parked = new ParkedServers({
      platform: runtime.platform,
      logger: options.logger,
      load: () => options.info().load,
      onGone: (whose, why) => tellUnparked(procedures, options.server, whose, why),
    });
    this.#output = new OutputBox({ platform: runtime.platform, procedures, server: options.server });
  }

  get endpoint(): Endpoint {
    return { peer: this.#options.peer.id, server: this.server };
  }

  /** What the present process is kept from. */
  get confinement(): Confinement | undefined {
    return this.#process?.confinement;
  }

  /** What all its processes have done, and what runs now. */
  counters(): ServerCounters {
    return sumOf(serverId(this.#options.peer.id, this.server), this, this.#before);
  }

  /** Starts a process, in place of the present one if there is one; without a `confinement`, one as is usual at this host. */
  start(confinement?: Confinement): void {
    if (this.state === "closed") return;
    this.#confinement = confinement;
    this.#end(new SkeinError("SERVER_LOST", `server ${this.server} gets a fresh process`, { hint: "nothing to do" }));
    this.state = "starting";
    void this.#start(this.#generation);
  }

  /** The process says that it is up. */
  ready(): void {
    // Once a process: one whose job has left, and that ends, is no fresh one, whatever it says.
    if (this.state !== "starting" || this.#leaving !== undefined) return;
    this.#stopTimer();
    this.state = "ready";
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    this.#options.onReady(this);
  }

  /**
   * Gives the server to a job; an I/O server starts first, and one that is confined otherwise again.
   * @throws {SkeinError} `SERVER_LOST` when it is not ready
   */
  async assign(assign: Assign, confinement?: Confinement): Promise<void> {
    const isBack = this.state === "ready" && this.#unpark(assign);
    const otherwise = this.state === "ready" && !isBack && !this.#isConfined(confinement);
    if (otherwise || (this.kind === "io" && this.state === "idle")) await this.#startedAs(confinement);
    await this.#begin(assign);
  }

  /**
   * Gives the job that has it a process that is confined so, where it is not.
   * @throws {SkeinError} `SERVER_LOST`
   */
  async confine(confinement: Confinement): Promise<void> {
    const { assigned } = this;
    if (assigned === undefined || this.state !== "assigned" || this.#isConfined(confinement)) return;
    await this.#anew(assigned, confinement);
  }

  /** Puts a bundle where the process can import it. @throws {SkeinError} `CODE_UNKNOWN` */
  async giveCode(digest: CodeDigest): Promise<void> {
    await this.#process?.giveCode?.(digest);
  }

  #isConfined(confinement: Confinement | undefined): boolean {
    const present = this.#process?.confinement;
    return confinement === undefined || present === undefined || isSameConfinement(present, confinement);
  }

  #startedAs(confinement: Confinement | undefined): Promise<void> {
    this.start(confinement);
    return new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async #anew(assigned: Assign, confinement: Confinement | undefined): Promise<void> {
    const started = this.#startedAs(confinement);
    this.assigned = assigned; // it stays its job's meanwhile
    await started;
    await this.#begin(assigned);
  }

  async #begin(assign: Assign): Promise<void> {
    if (this.state !== "ready") throw notHere(`server ${this.server} is not ready`);
    const { peer, info } = this.#options;
    const generation = this.#generation;
    this.state = "assigned";
    this.assigned = assign;
    const { lease, job, kind, client, inbox } = assign;
    const files = await this.#options.filesOf(job);
    if (files !== undefined) await this.giveFiles(files);
    const begin: Begin = { lease, job, kind, client, inbox, node: info() };
    await peer.procedures.call(this.endpoint, "server.begin", begin, { timeoutMs: SERVER_START_TIMEOUT_MS });
    if (generation !== this.#generation) throw notHere(`server ${this.server} ended while it was assigned`);
  }

  /**
   * The job has left: the process begins nothing more and says what it did; then a CPU lane gets a fresh process, an I/O
   * server ends. With `park` the old one is kept until the job is back.
   */
  async recycle(park = false): Promise<void> {
    const { assigned } = this;
    this.#output.close();
    this.assigned = undefined;
    this.state = "starting";
    const leaving = { job: assigned?.job, keep: park && this.kind === "cpu" && this.#parked.hasRoom };
    this.#leaving = leaving;
    const { generation, ended } = await this.#stopped(leaving.keep ? PARK_ANSWER_MS : LAST_REPORT_MS);
    if (generation !== this.#generation) return;
    if (leaving.keep && assigned !== undefined) this.#park(assigned, ended);
    if (this.kind === "cpu") return this.start();
    this.#end(new SkeinError("SERVER_LOST", `I/O server ${this.server} is closed`, { hint: "its job has ended" }));
    this.state = "idle";
  }

  /** The job is over: nothing is kept for it. */
  forgetJob(job: JobId): void {
    if (this.#leaving?.job === job) this.#leaving.keep = false;
    this.#parked.end(job, "its job has ended");
  }

  /** A fresh process, and none of those that are kept: for who wants it rid of all that was. */
  renew(): void {
    this.forgetAll();
    if (this.kind === "cpu" && this.state === "ready") this.start();
  }

  /** Nothing is kept for any job. */
  forgetAll(): void {
    this.#parked.endAll("its server was taken out of service, or restarted");
  }

  /** Has the process begin nothing more. @returns the generation it is of then, and whether it had to be ended for that */
  async #stopped(timeoutMs: number): Promise<{ readonly generation: number; readonly ended: boolean }> {
    const generation = this.#generation;
    const { peer } = this.#options;
    try {
      const report = await peer.procedures.call(this.endpoint, "server.end", undefined, { timeoutMs });
      if (generation === this.#generation) this.report = parseServerReport(report);
      return { generation, ended: false };
    } catch {
      // It computes, or has just ended: its last counts are lost with it.
    }
    const process = this.#process;
    if (generation !== this.#generation || process === undefined) return { generation, ended: true };
    // What it says until its end is heard: it may begin another task before that.
    this.#generation += 1;
    const ending = this.#generation;
    process.kill();
    await processEnd(process, peer.runtime.platform);
    return { generation: ending, ended: true };
  }

  #park(assigned: Assign, ended: boolean): void {
    const { procedures } = this.#options.peer;
    const process = this.#process;
    if (process === undefined || ended) return tellUnparked(procedures, this.server, assigned, "it did not answer");
    this.#parked.park({ process, assigned, confinement: this.#confinement });
    this.#process = undefined;
    const error = new SkeinError("SERVER_LOST", `server ${this.server} was given to others`, { hint: "nothing to do" });
    this.#options.peer.serverLost(this.server, error);
  }

  /** Takes the process that was kept for a job in place of the fresh one; it is confined as that job has asked for. */
  #unpark({ job, client }: Assign): boolean {
    const parked = this.#parked.take(job);
    if (parked === undefined) return false;
    const { process, confinement } = parked;
    if (!sameEndpoint(parked.assigned.client, client)) {
      process.kill();
      return false;
    }
    this.#end(new SkeinError("SERVER_LOST", `server ${this.server} has its job back`, { hint: "nothing to do" }));
    this.#confinement = confinement;
    this.#use(process);
    return true;
  }

  /**
   * A fresh process for who has the server; done when that has begun.
   * @throws {SkeinError} `SERVER_LOST` when it could not start, or nobody has it
   */
  async refresh(): Promise<void> {
    const { assigned } = this;
    if (assigned === undefined || this.state !== "assigned") {
      throw new SkeinError("SERVER_LOST", `nobody has server ${this.server}`, { hint: "nothing to do" });
    }
    await this.#anew(assigned, this.#confinement);
  }

  /** Ends the process as if it had ended by itself; its lease is lost. */
  kill(): void {
    this.#killed = true;
    this.#process?.kill();
  }

  /** Lets a task that computes see its cancel; the process hears of it by its link too. */
  cancel({ serial, reason, graceMs }: CancelRun): void {
    this.#process?.cancel?.({
      serial,
      ...(typeof reason === "string" ? { reason } : {}),
      ...(graceMs === undefined ? {} : { graceMs }),
    });
  }

  /** Puts files of its job where the process finds them: all below the folder, or the one of that path. */
  async giveFiles(folder: string, path?: string): Promise<void> {
    await this.#process?.giveFiles?.(folder, path);
  }

  /** Tells the client what the process has printed until now. */
  flushOutput(): void {
    this.#output.flush();
  }

  close(): void {
    if (this.state === "closed") return;
    this.#parked.close();
    this.#end(new SkeinError("SERVER_LOST", "the node closes", { hint: "nothing to do" }));
    this.state = "closed";
  }

  async #start(generation: number): Promise<void> {
    const { host, peer, logger } = this.#options;
    try {
      const process = await host.start(this.server, this.#confinement);
      if (generation !== this.#generation) {
        process.kill();
        return;
      }
      this.#use(process);
      this.#timer = peer.runtime.platform.startTimer(SERVER_START_TIMEOUT_MS, () => {
        logger.warn("server.silent", { server: this.server });
        process.kill();
      });
    } catch (error) {
      if (generation === this.#generation) this.#failed(errorFrom(error));
    }
  }

  #use(process: ServerProcess): void {
    const generation = this.#generation;
    this.#process = process;
    process.onLine?.((line) => {
      if (generation === this.#generation && this.assigned !== undefined) this.#output.add(line, this.assigned);
    });
    this.#attached = this.#options.peer.attachServer(this.server, process.link, (from) => this.#mayControl(from));
    void this.#watch(process, generation);
  }

  /** Only the node itself and whoever holds the lease may tell the process what to do. */
  #mayControl(from: Endpoint): boolean {
    if (from.peer === this.#options.peer.id && (from.server === 0 || this.#options.mayAsk(from))) return true;
    return this.assigned !== undefined && sameEndpoint(from, this.assigned.client);
  }

  async #watch(process: ServerProcess, generation: number): Promise<void> {
    const end = await processEnd(process, this.#options.peer.runtime.platform);
    if (generation === this.#generation) this.#failed(lostError(`${this.#options.info().name}/${this.server}`, end));
  }

  /** The process could not start, or ended by itself. */
  #failed(error: Error): void {
    const { peer, logger, onLost } = this.#options;
    const wasUp = this.state === "ready" || this.state === "assigned";
    this.diedWith = this.assigned?.lease;
    const job = this.#killed ? undefined : this.assigned?.job;
    const lost = asLost(this.server, error);
    logger.warn("server.lost", { server: this.server, error: lost.message });
    this.#end(lost);
    // One that was up and then ended is its job's doing; one that never came up will hardly do so at once.
    this.#failures = wasUp ? 0 : this.#failures + 1;
    this.state = this.kind === "cpu" ? "starting" : "idle";
    onLost(this, lost, job);
    if (this.kind === "io") return;
    const doubled = SERVER_RESTART_FIRST_MS * 2 ** Math.min(this.#failures - 1, 10);
    const pauseMs = this.#failures === 0 ? 0 : Math.min(SERVER_RESTART_MOST_MS, doubled);
    this.#timer = peer.runtime.platform.startTimer(pauseMs, () => {
      this.#timer = undefined;
      this.start();
    });
  }

  /** Ends the present process, if there is one, and tells everybody who had to do with it. */
  #end(error: SkeinError): void {
    this.#generation += 1;
    this.#killed = false;
    this.#leaving = undefined;
    this.#stopTimer();
    const process = this.#process;
    this.#process = undefined;
    this.#output.close();
    this.assigned = undefined;
    const { done, failed, busyMs } = this.counters();
    this.#before = { running: 0, done, failed, busyMs };
    this.report = NOTHING_DONE;
    process?.kill();
    // First, because a link that is only taken away is told without a reason.
    if (process !== undefined) this.#options.peer.serverLost(this.server, error);
    this.#attached?.[Symbol.dispose]();
    this.#attached = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#options.peer.runtime.platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }
}

const notHere = (message: string): SkeinError =>
  new SkeinError("SERVER_LOST", message, { hint: "the scheduler will choose another" });
