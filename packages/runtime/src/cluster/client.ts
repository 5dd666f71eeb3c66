/** A client of a cluster: opens jobs, and keeps them known to the scheduler. */
import { handleInbox } from "./client-inbox.ts";
import { type Location } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { type CloseOptions, type WaitOptions } from "../contracts/wait.ts";
import { checkOptions } from "../check-named-options.ts";
import { CALL_TIMEOUT_MS } from "../defaults.ts";
import { isSkeinError, SkeinError } from "../errors.ts";
import { type CodeDigest, type JobId, newJobId, type NodeId, randomText } from "../ids.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { Deferred } from "../task/deferred.ts";
import { bookedLogger } from "../task/log-book.ts";
import { shortId } from "../peer/identity.ts";
import { type Result } from "../task/types.ts";
import { timeoutError } from "../task/limits.ts";
import { showBy } from "../task/show.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { CodeShipper, type ShippedCode } from "./code-shipper.ts";
import { type Bundler } from "./contracts.ts";
import { type ClusterSnapshot, type JobInfo } from "./events.ts";
import { ClientJob } from "./client-job.ts";
import { type Job, type JobOptions, type OpenOptions } from "./job.ts";
import { JobAsks } from "./job-asks.ts";
import { type ImportModule } from "./job-code.ts";
import { NodeLinks } from "./node-links.ts";
import { CLOSE_OPTIONS, JOB_OPTIONS } from "./option-tables.ts";
import { showPlace } from "./peer-place.ts";
import { SchedulerLink } from "./scheduler-link.ts";
import { type RunTracing } from "./tracing.ts";
import { type JobOpened } from "./words.ts";

export interface ClientOptions<P extends ClusterPeer = ClusterPeer> {
  readonly scheduler: Location;
  /** Makes bundles of modules. Without one only jobs without code can be opened. */
  readonly bundler?: Bundler;
  /** Imports a module of `openJob({ modules })` here, to know its functions. Default: `import()`. */
  readonly importModule?: ImportModule;
  readonly logger?: Logger;
  /** Makes traces of the tasks it runs. Default: none. */
  readonly tracing?: RunTracing;
  /** The node whose owner this client is: his code runs there as he wishes. */
  readonly home?: NodeId;
  /** Called whenever the scheduler is found, again too, before it hears of jobs. */
  readonly onScheduler?: () => PromiseLike<unknown>;
  /** Called when the client has closed: who made the peer for it closes it here. */
  readonly onClose?: (peer: P) => PromiseLike<unknown>;
  /** Called for each job once it is open: who follows all of a program's jobs (`skein run --logs`) begins here. */
  readonly onJob?: (job: Job) => void;
}

/**
 * A program's handle on a cluster.
 *
 * @example
 * await using client = await connect();
 * await using job = await client.openJob();
 */
export interface Client<P extends ClusterPeer = ClusterPeer> extends AsyncDisposable {
  readonly peer: P;
  /** Who schedules for it: `watchCluster` asks there. */
  readonly scheduler: Location;
  /**
   * Opens a job: ships its modules and functions and tells the scheduler. Acts at once. `timeoutMs` bounds all of that; a
   * job that was not open in time is closed again.
   * @throws {SkeinError} `CODE_NOT_BUNDLABLE`, `FUNCTION_NOT_SELF_CONTAINED`, `NO_CLUSTER` when no scheduler answers within `timeoutMs` (default 30 s), `TIMEOUT` when it takes so long to make its bundles, `OPTION_INVALID`, `FILE_FAILED`,
   *   `PATH_FORBIDDEN`, `ISOLATION_FORBIDS`, `ROLE_FORBIDS`
   */
  openJob<N = undefined, S = undefined>(options?: JobOptions<N, S> & WaitOptions): Operation<Job<Result<S>>>;
  /** All jobs of the cluster. @throws {SkeinError} `PEER_LOST`, `TIMEOUT` */
  jobs(): Operation<readonly JobInfo[]>;
  /** How the cluster stands. @throws {SkeinError} `PEER_LOST`, `TIMEOUT` */
  status(): Operation<ClusterSnapshot>;
  /** Closes its jobs: waits for their tasks, or cancels them. Twice does nothing more. @throws {SkeinError} `TIMEOUT` */
  close(options?: CloseOptions): Operation<void>;
}

/** Characters of a client's own name at its peer. */
const INBOX_LENGTH = 10;

/** Makes a client that speaks through `peer`. It finds its scheduler, and finds it again, for ever. */
export function createClient<P extends ClusterPeer>(peer: P, options: ClientOptions<P>): Client<P> {
  return new ClientShell(peer, options);
}

class ClientShell<P extends ClusterPeer> implements Client<P> {
  readonly peer: P;
  readonly scheduler: Location;
  readonly #options: ClientOptions<P>;
  readonly #logger: Logger;
  readonly #inbox: string;
  readonly #jobs = new Map<JobId, ClientJob>();
  readonly #shipper: CodeShipper;
  readonly #handles: readonly Disposable[];
  readonly #link: SchedulerLink;
  readonly #asks: JobAsks;
  readonly #nodes: NodeLinks;
  #closing: Deferred<void> | undefined;
  #waiting: (() => void)[] = [];

  constructor(peer: P, options: ClientOptions<P>) {
    this.peer = peer;
    this.scheduler = options.scheduler;
    this.#options = options;
    this.#logger = bookedLogger(peer.runtime.engine, options.logger ?? silentLogger);
    this.#inbox = `client.${randomText(INBOX_LENGTH, (count) => peer.runtime.platform.randomBytes(count))}`;
    this.#shipper = new CodeShipper(peer);
    const { scheduler } = options;
    this.#nodes = new NodeLinks({
      platform: peer.runtime.platform,
      // The scheduler's peer stays connected.
      inUse: (node) => node === scheduler.peer || [...this.#jobs.values()].some((job) => job.usesNode(node)),
      release: (node) => peer.release(node),
    });
    const inbox = handleInbox({
      procedures: peer.procedures,
      inbox: this.#inbox,
      scheduler,
      jobs: this.#jobs,
      shipper: this.#shipper,
    });
    let silent = false;
    const suspects = peer.onSuspected((suspect, suspected) => {
      if (suspect === scheduler.peer) silent = suspected;
    });
    const place = showPlace(peer, {
      role: "client",
      logger: this.#logger,
      bundles: () => [...this.#jobs.values()].flatMap((job) => job.code.bundles(job.id)),
      files: () => [...this.#jobs.values()].flatMap((job) => job.shownFiles()),
    });
    this.#handles = [...inbox, suspects, place];
    this.#link = new SchedulerLink({
      peer,
      scheduler: options.scheduler,
      hello: () => this.#hello(),
      logger: this.#logger,
      who: "client",
    });
    this.#asks = new JobAsks(peer.procedures, this.#link.endpoint, this.#logger, () => silent);
  }

  openJob<N, S>(options: JobOptions<N, S> & WaitOptions = {}): Operation<Job<Result<S>>> {
    // The functions that `run` takes are checked against the state when they are given; here any are.
    return this.#act("opening a job", options, () => this.#openJob(options)) as unknown as Operation<Job<Result<S>>>;
  }

  status(): Operation<ClusterSnapshot> {
    return this.#act("the cluster's status", {}, async () => {
      await this.#known({});
      // Answered by a scheduler of ours.
      return (await this.peer.procedures.call(this.#link.endpoint, "scheduler.status", undefined, {
        timeoutMs: CALL_TIMEOUT_MS,
      })) as ClusterSnapshot;
    });
  }

  jobs(): Operation<readonly JobInfo[]> {
    return this.#act("the cluster's jobs", {}, async () => (await this.status()).jobs);
  }

  close(options: CloseOptions = {}): Operation<void> {
    checkOptions("close", options, CLOSE_OPTIONS);
    if (this.#closing === undefined) {
      this.#closing = new Deferred<void>("the client's close").ignore();
      const closing = this.#closing;
      void this.#close(options).then(
        () => closing.resolve(),
        (error: unknown) => closing.reject(error),
      );
    } else if (options.cancel === true)
      for (const job of this.#jobs.values()) job.close(options).then(undefined, () => undefined);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ cancel: true });
  }

  async #hello(): Promise<void> {
    await this.#options.onScheduler?.();
    for (const job of this.#jobs.values()) await this.#sayOpen(job);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const found of waiting) found();
  }

  async #sayOpen(job: ClientJob, timeoutMs: number = CALL_TIMEOUT_MS): Promise<JobOpened> {
    // Answered by a scheduler of ours. What it tells from then on is newer: the job knows first how things stood.
    return (await this.peer.procedures.call(this.#link.endpoint, "scheduler.job.open", job.opening(), {
      timeoutMs,
      onAnswer: (opened) => job.opened(opened as JobOpened),
    })) as JobOpened;
  }

  async #openJob(options: OpenOptions & WaitOptions): Promise<Job> {
    if (this.#closing !== undefined) throw closedError();
    checkOptions("openJob", options, JOB_OPTIONS);
    const { platform } = this.peer.runtime;
    const job = new ClientJob({
      peer: this.peer,
      id: newJobId((count) => platform.randomBytes(count)),
      options,
      inbox: this.#inbox,
      home: this.#options.home,
      bundler: this.#options.bundler,
      importModule: this.#options.importModule ?? importHere,
      shipper: this.#shipper,
      codeOf: (digest) => this.#codeOf(digest),
      logger: this.#logger,
      tracing: this.#options.tracing,
      notify: (name, words) => this.#link.notify(name, words),
      fence: (owner, lease) => this.#asks.fence(owner, lease),
      claim: (words) => this.#asks.claim(words),
      forgetParked: (owner, node) => this.#asks.forgetParked(owner, node),
      usedNode: (node) => this.#nodes.used(node),
      onClosed: (closed) => this.#jobClosed(closed),
    });
    const beganMs = platform.now();
    const known = this.#known(options).then(() => platform.now() - beganMs);
    const [waitedMs] = await Promise.all([known, this.#inTime(job.learn(), options.timeoutMs)]);
    if (this.#closing !== undefined) throw closedError();
    this.#jobs.set(job.id, job);
    let opened: JobOpened;
    try {
      const { timeoutMs } = options;
      const leftMs = timeoutMs === undefined ? CALL_TIMEOUT_MS - waitedMs : timeoutMs - (platform.now() - beganMs);
      opened = await this.#sayOpen(job, Math.max(1, leftMs));
    } catch (error) {
      // It may have been heard, and only the answer be missing.
      if (isSkeinError(error, "TIMEOUT")) void this.#jobClosed(job.id);
      else this.#jobs.delete(job.id);
      // The peer is there, but has not started its scheduler, or is too busy.
      const noAnswer = isSkeinError(error, "NAME_UNKNOWN") || isSkeinError(error, "TIMEOUT");
      throw noAnswer ? noCluster(error.message, error) : error;
    }
    if (options.signal !== undefined) job.closing.heed(options.signal);
    try {
      job.isolation.check(opened.nodes);
    } catch (error) {
      await job.close({ cancel: true });
      throw error;
    }
    this.#options.onJob?.(job);
    return job;
  }

  /** What a job needs from here: its bundles, and a look at its files. @throws {SkeinError} `TIMEOUT` */
  async #inTime(learned: Promise<void>, timeoutMs: number | undefined): Promise<void> {
    if (timeoutMs === undefined) return await learned;
    const { platform } = this.peer.runtime;
    const late = Promise.withResolvers<never>();
    const timer = platform.startTimer(timeoutMs, () => late.reject(timeoutError("making a job's bundles", timeoutMs)));
    try {
      await Promise.race([learned, late.promise]);
    } finally {
      platform.stopTimer(timer);
    }
  }

  /** Waits until a scheduler has answered. */
  async #known({ timeoutMs = CALL_TIMEOUT_MS }: WaitOptions): Promise<void> {
    if (this.#link.known) return;
    const { platform } = this.peer.runtime;
    await new Promise<void>((resolve, reject) => {
      const timer = platform.startTimer(timeoutMs, () => {
        this.#waiting = this.#waiting.filter((found) => found !== onFound);
        const { error } = this.#link;
        const why = error ?? timeoutError("finding the scheduler", timeoutMs);
        const message = `no scheduler answered within ${timeoutMs} ms: ${why.message}`;
        reject(isSkeinError(error, "ROLE_FORBIDS") ? error : noCluster(message, why));
      });
      const onFound = (): void => {
        platform.stopTimer(timer);
        resolve();
      };
      this.#waiting.push(onFound);
    });
  }

  #codeOf(digest: CodeDigest): ShippedCode | undefined {
    for (const job of this.#jobs.values()) {
      const code = job.acts.code(digest);
      if (code !== undefined) return code;
    }
    return undefined;
  }

  async #jobClosed(job: JobId): Promise<void> {
    this.#jobs.delete(job);
    if (this.#link.known) await this.#asks.closed(job);
  }

  async #close(options: CloseOptions): Promise<void> {
    try {
      await Promise.all(Array.from(this.#jobs.values(), (job) => job.close(options)));
    } finally {
      this.#link.close();
      this.#nodes.close();
      for (const handle of this.#handles) handle[Symbol.dispose]();
      await this.#options.onClose?.(this.peer);
    }
  }

  /** An operation that acts at once; its options end the wait. */
  #act<T>(what: string, options: WaitOptions, act: () => Promise<T>): Operation<T> {
    const done = new Deferred<T>(what).ignore();
    act().then(
      (value) => done.resolve(value),
      (error: unknown) => done.reject(error),
    );
    const { signal } = options;
    return signal === undefined ? done : done.limit(this.peer.runtime.engine, { signal }, () => undefined);
  }
}

const importHere: ImportModule = (module) => import(/* @vite-ignore */ module.href);

const closedError = (): SkeinError => new SkeinError("JOB_CLOSED", "the client is closed", { hint: "connect again" });

function noCluster(message: string, cause: Error): SkeinError {
  return new SkeinError("NO_CLUSTER", message, {
    hint: "start one with `skein up`, or pass the link that it prints",
    cause,
  });
}

showBy(ClientShell, ({ peer }) => `Client(by peer ${shortId(peer.id)})`);
