/** The tasks of a job: the queue, what is at which server, what becomes of each. */
import { type Endpoint, sameEndpoint } from "../contracts/endpoint.ts";
import { type Exit } from "../contracts/exit.ts";
import { CANCEL_GRACE_MS, JOB_TASKS_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type NodeId, type ServerId, type TaskId } from "../ids.ts";
import { type Platform } from "../platform.ts";
import { type Engine } from "../task/engine.ts";
import { argsText } from "./args-text.ts";
import { type JobRunsOptions } from "./job-runs-options.ts";
import { HeardEnds } from "./heard-ends.ts";
import { HeldRuns } from "./held-runs.ts";
import { isAt } from "./job-places.ts";
import { type JobWants } from "./job-wants.ts";
import { type Want } from "./want.ts";
import { type Lease, LeaseBook } from "./lease.ts";
import { type Run, type RunOwner } from "./run.ts";
import { RunNews } from "./run-news.ts";
import { RunPlacer } from "./run-placer.ts";
import { RunLosses } from "./run-losses.ts";
import { RunRetries } from "./run-retries.ts";
import { RunSender, weighArgs } from "./run-sender.ts";
import { RunStops } from "./run-stops.ts";
import { exitedEvent, type ExitedAt, type JobTask, serverOf, taskWords, tellUnobserved } from "./run-words.ts";
import { type News } from "./words.ts";

export class JobRuns implements RunOwner {
  readonly engine: Engine;
  readonly book: LeaseBook<Run>;
  readonly losses: RunLosses;
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
  readonly #placer: RunPlacer;
  readonly #news: RunNews;
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
    this.#placer = new RunPlacer({
      platform: this.#platform,
      wants: options.wants,
      book: this.book,
      send: (lease, runs) => this.#sender.send(lease, runs),
      moved: options.moved,
      claim: options.claim,
      pumpSoon: () => this.pumpSoon(),
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
        // The tab that was to answer may be gone.
        if (run.doubted) options.trust?.look();
        this.pumpSoon();
      },
      end: (run, exit, at) => this.#end(run, exit, at),
    });
    this.losses = new RunLosses({
      reports: options.reports,
      book: this.book,
      retries: this.#retries,
      leave: (run) => this.#leave(run),
      requeue: (run) => this.#requeue(run),
      changed: () => {
        options.onChange();
        this.pumpSoon();
      },
    });
    this.#stops = new RunStops({
      platform: this.#platform,
      tell: options.tell,
      kill: options.kill,
      cancel: (run, reason) => this.cancelRun(run, reason, undefined),
      fail: (run, error) => this.#end(run, { type: "failed", error }, undefined),
      waitsFor: (run) => (this.#paused ? "its job is paused" : this.#wants.whyWaits(run)),
    });
    const { job, reports, maps } = options;
    this.#news = new RunNews({
      job,
      reports,
      maps,
      platform: this.#platform,
      book: this.book,
      stops: this.#stops,
      retries: this.#retries,
      heard: this.#heard,
      evict: (run, graceMs) => this.#evict(run, "its server is taken out of service", graceMs),
      leave: (run) => this.#leave(run),
      end: (run, exit, at) => this.#end(run, exit, at),
      judge: (run, lease, exit, at) => options.trust?.exited(run, lease, exit, at) === true,
    });
  }

  /** Takes a new task; with `on`, it runs only there. @throws {SkeinError} `LINK_OVERLOADED` past the limit, `OPTION_INVALID` and `NO_PLACE` for its place */
  add(run: Run, on?: Want["on"]): void {
    if (this.open.cpu + this.open.io >= JOB_TASKS_LIMIT) {
      throw new SkeinError("LINK_OVERLOADED", `the job holds ${JOB_TASKS_LIMIT} tasks that have not ended`, {
        hint: "wait for some of them before starting more",
      });
    }
    const { reports, job } = this.#options;
    run.want = this.#wants.of(run.options, on);
    run.want.open += 1;
    this.open[run.kind] += 1;
    reports.tally("submitted");
    const { id: task, name: fn, attempt, kind } = run;
    reports.record({ type: "task.created", task, job, fn, attempt, kind, argsText: argsText(run.args) });
    run.span = this.#options.tracing?.begin({ task, job, fn, kind });
    this.#stops.limit(run);
    if (run.what.bundled === undefined) this.#enqueue(run);
    else this.#held.add(run, run.what.bundled);
  }

  #enqueue(run: Run): void {
    if (run.state === "ended") return;
    const error = weighArgs(run, this.#options.check);
    if (error === undefined) this.#wants.queue(run);
    else this.#end(run, { type: "failed", error }, undefined);
    this.pumpSoon();
  }

  /** Its next attempt waits for a server of that want, before the others. */
  again(run: Run, want: Want): void {
    run.requeued();
    this.move(run, want);
  }

  /** It waits for a server of another want. */
  move(run: Run, want: Want): void {
    // Its place in the other queue is passed over when its turn comes.
    if (run.want !== undefined) run.want.open -= 1;
    want.open += 1;
    run.want = want;
    this.#wants.queue(run, true);
    this.pumpSoon();
  }

  /** Ends a task that has no server. */
  readonly finish = (run: Run, exit: Exit<unknown>, at?: ExitedAt): void => this.#end(run, exit, at);

  /** Sends what can be sent, once what runs now is done: one batch per server. */
  pumpSoon(): void {
    if (this.#pumpDue) return;
    this.#pumpDue = true;
    this.#platform.microtask(this.#pump);
  }

  cancelRun(run: Run, reason: unknown, graceMs: number | undefined): void {
    if (run.state === "ended") return;
    const { lease } = run;
    // Told before: its caller's word stands above that of its place, and the shorter grace above the longer.
    const told = run.cancelling && !run.evicted;
    const sooner = !run.cancelling || (graceMs ?? CANCEL_GRACE_MS) < run.stopGraceMs;
    if (run.evicted) run.cancelReason = reason;
    run.evicted = false;
    if (lease !== undefined && sooner) this.#stops.stopThere(run, lease, told ? run.cancelReason : reason, graceMs);
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
    this.#news.take(lease, news);
    this.takeBack(lease, news.withdrawn);
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

  /** Those of these tasks that have not ended. Looks at each: for operators, not for programs. */
  those(tasks: ReadonlySet<TaskId>): Run[] {
    return [...new Set([...this.#all()].filter((run) => tasks.has(run.id) && run.state !== "ended"))];
  }

  /** Cancels what runs at a server that is given back within `graceMs`; tasks with attempts left run elsewhere. */
  stopAt(lease: Lease<Run>, reason: unknown, graceMs: number): void {
    lease.stopGraceMs = graceMs;
    for (const run of lease.inFlight.values()) if (run.started) this.#evict(run, reason, graceMs);
  }

  #evict(run: Run, reason: unknown, graceMs: number): void {
    const { cancelling: told, evicted } = run;
    if (told && graceMs >= run.stopGraceMs) return;
    this.cancelRun(run, told ? run.cancelReason : reason, graceMs);
    run.evicted = evicted || !told;
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

  *#all(): Generator<Run, void, undefined> {
    yield* this.#held.values();
    yield* this.#retries.values();
    for (const want of this.#wants.all) for (const run of want.queue) if (run.want === want) yield run;
    for (const lease of this.book.leases.values()) yield* lease.inFlight.values();
  }

  /** Ends what waits for a server of which `why` says that there is none for it. */
  failWaiting(why: (want: Want) => Error | undefined): void {
    for (const run of this.#all()) {
      const error = run.lease !== undefined || run.want === undefined ? undefined : why(run.want);
      if (error !== undefined) this.#end(run, { type: "failed", error }, undefined);
    }
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
    this.#placer.close();
  }

  readonly #pump = (): void => {
    this.#pumpDue = false;
    if (!this.#paused) this.#placer.pump();
    this.#options.onChange();
  };

  /** Ends what has waited for a place since then: there will be none. */
  failAbsent(want: Want, error: SkeinError, sinceMs: number): void {
    for (const run of want.queue) {
      if (run.want === want && run.queuedMs <= sinceMs) this.#end(run, { type: "failed", error }, undefined);
    }
  }

  #refused(lease: Lease<Run>, serial: number, error: Error): void {
    const run = this.book.ended(lease, serial);
    if (run === undefined) return;
    this.#leave(run);
    this.#end(run, { type: "failed", error }, undefined);
  }

  /** These don't run there, or never came there: they go back into the queue. */
  takeBack(lease: Lease<Run>, serials: readonly number[]): void {
    for (const serial of serials.toReversed()) {
      const run = this.book.ended(lease, serial);
      if (run === undefined) continue;
      if (run.started) this.#options.reports.tally("running", -1);
      this.#requeue(run);
    }
    if (lease.tab && serials.length > 0) this.#options.trust?.withdrawn(lease.server.peer);
  }

  #requeue(run: Run): void {
    this.#leave(run);
    if (run.state === "ended") return;
    if (run.cancelling && !run.evicted) {
      // It was given back before its server heard of the cancel.
      this.#end(run, { type: "cancelled", reason: run.cancelReason }, undefined);
      return;
    }
    run.requeued();
    this.#wants.queue(run, true);
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
    const waited = run.state === "queued";
    run.span?.ended(exit);
    run.settle(exit);
    this.#options.trust?.ended(run);
    if (waited && run.want !== undefined) this.#wants.ended(run.want);
    if (exit.type === "failed" || exit.type === "lost") {
      tellUnobserved(run, exit.error, this.#platform, this.#options.logger);
    }
    this.pumpSoon();
  }
}
