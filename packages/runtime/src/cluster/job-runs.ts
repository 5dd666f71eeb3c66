/** The tasks of a job: the queue, what is at which server, what becomes of each. */
// oxlint-disable max-lines -- to be split with what is added next
import { type Endpoint, sameEndpoint } from "../contracts/endpoint.ts";
import { type Exit } from "../contracts/exit.ts";
import { type NotifyOptions } from "../contracts/procedures.ts";
import { JOB_TASKS_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type JobId, type LeaseId, type NodeId, type ServerId, type TaskId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type Platform } from "../platform.ts";
import { type Engine } from "../task/engine.ts";
import { argsText } from "./args-text.ts";
import { HeardEnds } from "./heard-ends.ts";
import { HeldRuns } from "./held-runs.ts";
import { isAt } from "./job-places.ts";
import { type JobReports } from "./job-reports.ts";
import { type JobWants, type Want } from "./job-wants.ts";
import { learn, type Lease, LeaseBook, type Wanted } from "./lease.ts";
import { type Run, type RunOwner } from "./run.ts";
import { beside, blameFor, estimateOf, type LossKind, RunRetries } from "./run-retries.ts";
import { RunSender } from "./run-sender.ts";
import { RunStops } from "./run-stops.ts";
import {
  exitedEvent,
  type ExitedAt,
  type JobTask,
  markError,
  serverOf,
  taskWords,
  tellUnobserved,
} from "./run-words.ts";
import { type StackMaps } from "./stack-maps.ts";
import { type News, type RunExit, type RunLog } from "./words.ts";

export interface JobRunsOptions {
  readonly engine: Engine;
  readonly job: JobId;
  readonly reports: JobReports;
  readonly logger: Logger;
  /** Tells a server. @throws {SkeinError} when the value can't travel */
  readonly tell: (server: Endpoint, name: string, words: unknown, options?: NotifyOptions) => void;
  /** About how many bytes a value takes on the way. @throws {SkeinError} when it can't travel */
  readonly check: (value: unknown) => number;
  /** No task is sent to a server before the last one there has ended. */
  readonly oneByOne: boolean;
  /** Ends the process of a lease: its task did not stop within the grace. */
  readonly kill: (lease: LeaseId, server: Endpoint) => void;
  /** Leads the stacks of an error, or those in a text, back to the user's files. */
  readonly maps: StackMaps;
  /** Where tasks may run. */
  readonly wants: JobWants;
  /** A server is used for another want than the one it was given for. */
  readonly moved: (lease: LeaseId, want: number) => void;
  /** How many tasks there are has changed, or something ended at a server. */
  readonly onChange: () => void;
}

export class JobRuns implements RunOwner {
  readonly engine: Engine;
  readonly book: LeaseBook<Run>;
  /** Tasks that have not ended, by kind. */
  readonly open: { cpu: number; io: number } = { cpu: 0, io: 0 };
  readonly #options: JobRunsOptions;
  readonly #platform: Platform;
  readonly #stops: RunStops;
  readonly #sender: RunSender;
  readonly #held: HeldRuns;
  readonly #retries: RunRetries;
  readonly #heard: HeardEnds;
  readonly #wants: JobWants;
  #batches = new Map<Lease<Run>, Run[]>();
  #pumpDue = false;
  #paused = false;

  constructor(options: JobRunsOptions) {
    this.#options = options;
    this.#wants = options.wants;
    this.engine = options.engine;
    this.book = new LeaseBook<Run>(!options.oneByOne);
    this.#platform = options.engine.platform;
    this.#sender = new RunSender({
      tell: options.tell,
      check: options.check,
      refused: (lease, serial, error) => this.#refused(lease, serial, error),
    });
    this.#held = new HeldRuns(
      (run) => this.#enqueue(run),
      (run, error) => this.#end(run, { type: "failed", error }, undefined),
    );
    this.#heard = new HeardEnds(this.#platform, this.book, options.tell);
    this.#retries = new RunRetries({
      platform: this.#platform,
      job: options.job,
      reports: options.reports,
      queue: (run) => {
        this.#requeue(run);
        this.pumpSoon();
      },
      end: (run, exit, at) => this.#end(run, exit, at),
    });
    this.#stops = new RunStops({
      platform: this.#platform,
      tell: options.tell,
      kill: options.kill,
      cancel: (run, reason) => this.cancelRun(run, reason, undefined),
      fail: (run, error) => this.#end(run, { type: "failed", error }, undefined),
    });
  }

  /** Takes a new task. @throws {SkeinError} `LINK_OVERLOADED` past the limit, `OPTION_INVALID` and `NO_PLACE` for its place */
  add(run: Run): void {
    if (this.open.cpu + this.open.io >= JOB_TASKS_LIMIT) {
      throw new SkeinError("LINK_OVERLOADED", `the job holds ${JOB_TASKS_LIMIT} tasks that have not ended`, {
        hint: "wait for some of them before starting more",
      });
    }
    const { reports, job } = this.#options;
    run.want = this.#wants.of(run.options);
    run.want.open += 1;
    this.open[run.kind] += 1;
    reports.tally("submitted");
    const { id: task, name: fn, attempt, kind } = run;
    reports.record({ type: "task.created", task, job, fn, attempt, kind, argsText: argsText(run.args) });
    this.#stops.limit(run);
    const { bundled } = run.what;
    if (bundled === undefined) this.#enqueue(run);
    else this.#held.add(run, bundled);
  }

  #enqueue(run: Run): void {
    if (run.state === "ended") return;
    run.want?.queue.push(run);
    this.pumpSoon();
  }

  /** Sends what can be sent, once what runs now is done: one batch per server. */
  pumpSoon(): void {
    if (this.#pumpDue) return;
    this.#pumpDue = true;
    this.#platform.microtask(this.#pump);
  }

  cancelRun(run: Run, reason: unknown, graceMs: number | undefined): void {
    if (run.state === "ended" || run.cancelling) return;
    const { lease } = run;
    if (lease !== undefined) this.#stops.stopThere(run, lease, reason, graceMs);
    // A server that is away says nothing: it is told again when it is back.
    const heard = lease !== undefined && run.started && lease.standing !== "checking";
    if (!heard) this.#end(run, { type: "cancelled", reason }, undefined);
  }

  /** A server that was away has its tasks still: those that are over for their callers end there, too. */
  stopEnded(lease: Lease<Run>): void {
    for (const run of lease.inFlight.values()) {
      if (run.state === "ended") this.#stops.stopThere(run, lease, run.cancelReason, undefined);
    }
  }

  /** What a server says of the tasks of its lease. */
  news(news: News, from: Endpoint): void {
    const { reports } = this.#options;
    const lease = this.book.leases.get(news.lease);
    if (lease === undefined || !sameEndpoint(lease.server, from)) {
      // Results of attempts that were given up: they came too late.
      if (news.exits.length > 0) reports.tally("rejected", news.exits.length);
      return;
    }
    lease.lastNewsMs = this.#platform.now();
    for (const serial of news.started) this.#started(lease, serial);
    for (const serial of news.running) this.#running(lease, serial);
    for (const log of news.logs) this.#log(lease, log);
    for (const exit of news.exits) this.#exited(lease, exit);
    this.takeBack(lease, news.withdrawn);
    this.#options.onChange();
    this.pumpSoon();
  }

  /**
   * The server is gone. What had not started there goes back into the queue; what had, or may have (when the node is gone
   * too, its last notes may be lost), has lost an attempt.
   */
  lost(lease: Lease<Run>, error: SkeinError, { certain, died, fenced }: LossKind): void {
    const runs = [...lease.inFlight.values()];
    lease.inFlight.clear();
    this.book.stand(lease, "gone");
    const blame = blameFor(
      runs.filter(({ started }) => started),
      died,
    );
    const again: Run[] = [];
    for (const run of runs) {
      const mayHaveRun = run.started || !certain;
      if (run.started) this.#options.reports.tally("running", -1);
      this.#leave(run);
      if (run.state === "ended") continue;
      if (mayHaveRun) this.#retries.lost(run, lease, error, blame, fenced);
      else again.push(run);
    }
    for (let i = again.length - 1; i >= 0; i -= 1) {
      const run = again[i];
      if (run !== undefined) this.#requeue(run);
    }
    this.#options.onChange();
    this.pumpSoon();
  }

  /** Those that have not ended; with `at`, those at that node or server. */
  tasks(at: NodeId | ServerId | undefined): JobTask[] {
    const tasks: JobTask[] = [];
    for (const run of this.#all()) {
      if (run.state !== "ended" && (at === undefined || (run.lease !== undefined && isAt(at, serverOf(run.lease)))))
        tasks.push(taskWords(run));
    }
    return tasks;
  }

  /** The task of that id that has not ended. Looks at each: for operators, not for programs. */
  find(task: TaskId): Run | undefined {
    for (const run of this.#all()) if (run.id === task && run.state !== "ended") return run;
    return undefined;
  }

  /** Cancels what runs at a server that is given back within `graceMs`; tasks with attempts left run elsewhere. */
  stopAt(lease: Lease<Run>, reason: unknown, graceMs: number): void {
    lease.stopGraceMs = graceMs;
    for (const run of lease.inFlight.values()) if (run.started) this.#evict(run, reason, graceMs);
  }

  #evict(run: Run, reason: unknown, graceMs: number): void {
    run.evicted = !run.cancelling;
    this.cancelRun(run, reason, graceMs);
  }

  /** Cancels everything. */
  cancelAll(reason: unknown, graceMs?: number): void {
    for (const run of this.#all()) this.cancelRun(run, reason, graceMs);
  }

  /** Whether tasks wait here rather than go to servers. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Keeps tasks here, and takes back those that wait at servers; or lets them go again. */
  pause(on: boolean): void {
    this.#paused = on;
    this.#options.onChange();
    this.pumpSoon();
  }

  /** The server knows nothing of these any more: their ends were lost. */
  attemptsLost(lease: Lease<Run>, serials: readonly number[], cause: Error): void {
    const error = new SkeinError("PEER_LOST", `its end was lost: ${cause.message}`, { hint: "see the node's log" });
    for (const serial of serials) {
      const run = this.book.ended(lease, serial);
      if (run === undefined) continue;
      if (run.started) this.#options.reports.tally("running", -1);
      this.#leave(run);
      if (run.state !== "ended") this.#retries.lost(run, lease, error, "none");
    }
  }

  *#all(): Generator<Run, void, undefined> {
    yield* this.#held.values();
    yield* this.#retries.values();
    for (const { queue } of this.#wants.all) yield* queue;
    for (const lease of this.book.leases.values()) yield* lease.inFlight.values();
  }

  /** Ends everything that waits for a server: there is none for it. */
  failAll(error: Error): void {
    for (const run of this.#all()) this.#end(run, { type: "failed", error }, undefined);
  }

  /** Ends everything at once: the job is gone. */
  abandonAll(error: Error): void {
    for (const lease of this.book.leases.values()) {
      for (const run of lease.inFlight.values()) {
        if (run.started) this.#options.reports.tally("running", -1);
        this.#leave(run);
        this.#end(run, { type: "lost", error }, undefined);
      }
      lease.inFlight.clear();
      this.book.stand(lease, "gone");
    }
    for (const run of this.#all()) this.#end(run, { type: "lost", error }, undefined);
    this.#retries.close();
    this.#heard.close();
  }

  readonly #pump = (): void => {
    this.#pumpDue = false;
    if (this.#paused) return;
    const { all, simple } = this.#wants;
    // The newest first: those that are content with few places choose before those that go anywhere.
    for (let i = all.length - 1; i >= 0; i -= 1) {
      const want = all[i];
      if (want !== undefined && want.queue.size > 0) this.#fill(want, simple);
    }
    const batches = this.#batches;
    this.#batches = new Map();
    for (const [lease, runs] of batches) this.#sender.send(lease, runs);
    this.#options.onChange();
  };

  #fill(want: Want, simple: boolean): void {
    const { queue, n } = want;
    const wanted = simple ? undefined : { n, fits: (server: Endpoint) => this.#wants.fits(want, server) };
    for (let run = queue.peek(); run !== undefined; run = queue.peek()) {
      if (run.state !== "ended") {
        const lease = this.#leaseFor(run, want, wanted);
        if (lease === undefined) return;
        this.#place(run, lease);
      }
      void queue.shift();
    }
  }

  #leaseFor(run: Run, want: Want, wanted: Wanted | undefined): Lease<Run> | undefined {
    if (want.kind === "io") return beside(run, this.book.nextIo(wanted));
    if (want.beside && wanted !== undefined) return beside(run, this.book.nextBeside(wanted));
    const lease = this.book.next(estimateOf(run), wanted);
    if (lease === undefined || lease.want === want.n) return lease;
    lease.want = want.n;
    this.#options.moved(lease.id, want.n);
    return lease;
  }

  /** Ends what waits for a place: there will be none. */
  failWaiting({ queue }: Want, error: SkeinError): void {
    for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
      this.#end(run, { type: "failed", error }, undefined);
    }
  }

  #place(run: Run, lease: Lease<Run>): void {
    if (lease.inFlight.size === 0) lease.lastNewsMs = this.#platform.now();
    run.state = "sent";
    run.lease = lease;
    run.serial = lease.nextSerial;
    run.estimateMs = estimateOf(run);
    lease.nextSerial += 1;
    this.book.sent(lease, run);
    const batch = this.#batches.get(lease);
    if (batch === undefined) this.#batches.set(lease, [run]);
    else batch.push(run);
  }

  #refused(lease: Lease<Run>, serial: number, error: Error): void {
    const run = this.book.ended(lease, serial);
    if (run === undefined) return;
    this.#leave(run);
    this.#end(run, { type: "failed", error }, undefined);
  }

  #started(lease: Lease<Run>, serial: number): void {
    const run = lease.inFlight.get(serial);
    if (run === undefined || run.started) return;
    const { reports, job } = this.#options;
    run.started = true;
    run.startedMs = this.#platform.wallMs();
    reports.tally("running");
    // It was told to stop when this was on its way: it has ended for its caller, and has to end there.
    if (run.state === "ended") {
      this.#stops.startedLate(run, lease);
      return;
    }
    const { id: task, name: fn, attempt } = run;
    reports.record({ type: "task.started", task, job, fn, attempt, server: serverOf(lease) });
    const { stopGraceMs } = lease;
    if (stopGraceMs !== undefined) this.#evict(run, "its server is taken out of service", stopGraceMs);
  }

  #running(lease: Lease<Run>, serial: number): void {
    const run = lease.inFlight.get(serial);
    if (run === undefined) return;
    run.running = true;
    run.runsAt(lease.server);
  }

  #exited(lease: Lease<Run>, { serial, exit, tookMs, endedMs }: RunExit): void {
    const { reports } = this.#options;
    lease.heard.push(serial);
    this.#heard.soon();
    const run = this.book.ended(lease, serial);
    if (run === undefined) {
      reports.tally("rejected");
      return;
    }
    if (run.started) reports.tally("running", -1);
    if (run.started && exit.type !== "cancelled") learn(run.what.times, tookMs);
    this.#leave(run);
    if (exit.type === "failed") {
      this.#options.maps.error(exit.error);
      markError(exit.error, serverOf(lease), run.attempt);
    }
    if (this.#retries.exited(run, lease, exit)) return;
    // A task that computed was told its reason as a short text only.
    const told: Exit<unknown> =
      exit.type === "cancelled" && run.cancelling ? { type: "cancelled", reason: run.cancelReason } : exit;
    this.#end(run, told, { lease, startedMs: endedMs - tookMs, endedMs });
  }

  #log(lease: Lease<Run>, { serial, ...log }: RunLog): void {
    const { reports, job, maps } = this.#options;
    const run = serial === undefined ? undefined : lease.inFlight.get(serial);
    const words = { type: "log", job, server: serverOf(lease), ...log, text: maps.text(log.text) } as const;
    reports.record(run === undefined ? words : { ...words, task: run.id });
  }

  /** These don't run there, or never came there: they go back into the queue. */
  takeBack(lease: Lease<Run>, serials: readonly number[]): void {
    for (const serial of serials.toReversed()) {
      const run = this.book.ended(lease, serial);
      if (run === undefined) continue;
      if (run.started) this.#options.reports.tally("running", -1);
      this.#requeue(run);
    }
  }

  #requeue(run: Run): void {
    this.#leave(run);
    if (run.state === "ended") return;
    run.state = "queued";
    run.want?.queue.unshift(run);
  }

  #leave(run: Run): void {
    if (run.killTimer !== undefined) this.#platform.stopTimer(run.killTimer);
    run.killTimer = undefined;
    run.leaves();
  }

  #end(run: Run, exit: Exit<unknown>, at: ExitedAt | undefined): void {
    // A task that timed out has ended for its caller already.
    if (run.state === "ended") return;
    const { reports, job } = this.#options;
    this.open[run.kind] -= 1;
    if (run.want !== undefined) run.want.open -= 1;
    reports.tally(exit.type === "returned" ? "done" : exit.type);
    const nowMs = this.#platform.wallMs();
    reports.record(exitedEvent(run, job, exit, at ?? { startedMs: nowMs, endedMs: nowMs }));
    run.settle(exit);
    if (exit.type === "failed" || exit.type === "lost") {
      tellUnobserved(run, exit.error, this.#platform, this.#options.logger);
    }
    this.pumpSoon();
  }
}
