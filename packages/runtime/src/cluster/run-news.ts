/** What servers say of a job's tasks: started, running, what they wrote, how they ended. */
import { type Exit } from "../contracts/exit.ts";
import { type JobId } from "../ids.ts";
import { type Platform } from "../platform.ts";
import { type HeardEnds } from "./heard-ends.ts";
import { type JobReports } from "./job-reports.ts";
import { learn, type Lease, type LeaseBook } from "./lease.ts";
import { type Run } from "./run.ts";
import { type RunRetries } from "./run-retries.ts";
import { type RunStops } from "./run-stops.ts";
import { type ExitedAt, markError, serverOf } from "./run-words.ts";
import { type StackMaps } from "./stack-maps.ts";
import { type News, type RunExit, type RunLog } from "./words.ts";

/** A server's clock that differs from ours by more is not believed. */
const CLOCKS_APART_MS = 5000;

export interface RunNewsOptions {
  readonly platform: Platform;
  readonly job: JobId;
  readonly reports: JobReports;
  readonly maps: StackMaps;
  readonly book: LeaseBook<Run>;
  readonly stops: RunStops;
  readonly retries: RunRetries;
  readonly heard: HeardEnds;
  /** It has started at a server that is being stopped. */
  readonly evict: (run: Run, graceMs: number) => void;
  /** It is at its server no more. */
  readonly leave: (run: Run) => void;
  readonly end: (run: Run, exit: Exit<unknown>, at: ExitedAt) => void;
  /** Whether it is decided elsewhere what becomes of a result. */
  readonly judge: (run: Run, lease: Lease<Run>, exit: Exit<unknown>, at: ExitedAt) => boolean;
}

export class RunNews {
  readonly #options: RunNewsOptions;

  constructor(options: RunNewsOptions) {
    this.#options = options;
  }

  take(lease: Lease<Run>, news: News): void {
    lease.lastNewsMs = this.#options.platform.now();
    for (const serial of news.started) this.#started(lease, serial);
    for (const serial of news.running) this.#running(lease, serial);
    for (const log of news.logs) this.#log(lease, log);
    for (const exit of news.exits) this.#exited(lease, exit);
  }

  #started(lease: Lease<Run>, serial: number): void {
    const run = lease.inFlight.get(serial);
    if (run === undefined || run.started) return;
    const { reports, job } = this.#options;
    run.started = true;
    run.startedMs = this.#options.platform.wallMs();
    reports.tally("running");
    // It was told to stop when this was on its way: it has ended for its caller, and has to end there.
    if (run.state === "ended") {
      this.#options.stops.startedLate(run, lease);
      return;
    }
    const { id: task, name: fn, attempt } = run;
    reports.record({ type: "task.started", task, job, fn, attempt, server: serverOf(lease) });
    const { stopGraceMs } = lease;
    if (stopGraceMs !== undefined) this.#options.evict(run, stopGraceMs);
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
    this.#options.heard.soon();
    const run = this.#options.book.ended(lease, serial);
    if (run === undefined) {
      reports.tally("rejected");
      return;
    }
    if (run.started) reports.tally("running", -1);
    if (run.started && exit.type !== "cancelled") learn(run.what.times, tookMs);
    this.#options.leave(run);
    if (exit.type === "failed") {
      this.#options.maps.error(exit.error);
      markError(exit.error, serverOf(lease), run.attempt);
    }
    if (this.#options.retries.exited(run, lease, exit)) return;
    // A task that computed was told its reason as a short text only.
    const told: Exit<unknown> =
      exit.type === "cancelled" && run.cancelling ? { type: "cancelled", reason: run.cancelReason } : exit;
    const at = { lease, ...this.#times(run, tookMs, endedMs) };
    if (!this.#options.judge(run, lease, told, at)) this.#options.end(run, told, at);
  }

  /** When it ran; by our own clock where the server's goes wrong. */
  #times(run: Run, tookMs: number, endedMs: number): { readonly startedMs: number; readonly endedMs: number } {
    const nowMs = this.#options.platform.wallMs();
    // Its start is heard at once, its end at once or (of a server that was silent) later.
    const behindMs = run.started ? run.startedMs - (endedMs - tookMs) : nowMs - endedMs;
    const wrong = endedMs - nowMs > CLOCKS_APART_MS || behindMs > CLOCKS_APART_MS;
    const end = wrong ? Math.min(nowMs, run.started ? run.startedMs + tookMs : nowMs) : endedMs;
    return { startedMs: end - tookMs, endedMs: end };
  }

  #log(lease: Lease<Run>, { serial, ...log }: RunLog): void {
    const { reports, job, maps } = this.#options;
    const run = serial === undefined ? undefined : lease.inFlight.get(serial);
    const words = { type: "log", job, server: serverOf(lease), ...log, text: maps.text(log.text) } as const;
    reports.record(run === undefined ? words : { ...words, task: run.id });
  }
}
