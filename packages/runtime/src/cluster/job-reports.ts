/** What a job tells of itself: its own events at once, its counters and (while somebody watches) events to the scheduler in batches. */
import {
  EVENT_BATCH_MS,
  JOB_COUNTS_LIMIT,
  JOB_EVENT_LIMIT,
  RETOLD_EVENTS_LIMIT,
  UNWATCHED_FAILURES_LIMIT,
} from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type JobId } from "../ids.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { Events } from "./event-log.ts";
import { isFailure } from "./last-failures.ts";
import { openTasks } from "./open-tasks.ts";
import { type ClusterEventBody, type JobCounters, NO_COUNTERS } from "./events.ts";
import { ReportBatch } from "./report-batch.ts";
import { type JobReport } from "./words.ts";

type Tally = Exclude<keyof JobCounters, "units">;

export interface JobReportsOptions {
  readonly platform: Platform;
  readonly job: JobId;
  /** About how many bytes an event takes on the way. @throws {SkeinError} when it can't travel */
  readonly check: (event: ClusterEventBody) => number;
  readonly send: (report: JobReport) => void;
}

export class JobReports {
  readonly events: Events;
  readonly #options: JobReportsOptions;
  readonly #platform: Platform;
  readonly #counts: Record<Tally, number>;
  readonly #units = new Map<string, number>();
  readonly #batch = new ReportBatch();
  #omitted = 0;
  /** Told since the last report though nobody watches. */
  #failures = 0;
  #watched = false;
  #timer: TimerHandle = undefined;

  constructor(options: JobReportsOptions) {
    this.#options = options;
    this.#platform = options.platform;
    const { units: _none, ...counts } = NO_COUNTERS;
    this.#counts = counts;
    this.events = new Events(Math.floor(options.platform.wallMs()), JOB_EVENT_LIMIT);
  }

  get counters(): JobCounters {
    return { ...this.#counts, units: Object.fromEntries(this.#units) };
  }

  /** Somebody watches the cluster: task events go to the scheduler too, first which tasks there are. */
  set watched(on: boolean) {
    this.#watched = on;
    if (!on) {
      this.#batch.forget();
      return;
    }
    for (const event of openTasks(this.events.kept(), RETOLD_EVENTS_LIMIT)) {
      this.#batch.add(event, this.#bytesOf(event));
    }
    this.tally("submitted", 0);
  }

  tally(what: Tally, by = 1): void {
    this.#counts[what] += by;
    this.#timer ??= this.#platform.startTimer(EVENT_BATCH_MS, this.flush);
  }

  /** @throws {SkeinError} `OPTION_INVALID` past 16 names */
  count(name: string, amount: number): void {
    const before = this.#units.get(name);
    if (before === undefined && this.#units.size >= JOB_COUNTS_LIMIT) {
      throw new SkeinError("OPTION_INVALID", `a job counts ${JOB_COUNTS_LIMIT} amounts at most`, {
        hint: "use fewer names",
      });
    }
    this.#units.set(name, (before ?? 0) + amount);
    this.tally("submitted", 0);
  }

  record(event: ClusterEventBody): void {
    this.events.push(event, this.#platform.wallMs());
    if (!this.#watched) {
      // Who begins to watch later finds the last ones at the scheduler.
      if (!isFailure(event) || this.#failures >= UNWATCHED_FAILURES_LIMIT) return;
      this.#failures += 1;
    }
    if (!this.#batch.add(event, this.#bytesOf(event))) this.#omitted += 1;
    this.tally("submitted", 0);
  }

  readonly flush = (): void => {
    if (this.#timer !== undefined) this.#platform.stopTimer(this.#timer);
    this.#timer = undefined;
    const { job, send } = this.#options;
    const events = this.#batch.take();
    const omitted = this.#omitted;
    this.#omitted = 0;
    this.#failures = 0;
    send({ job, counters: this.counters, events, omitted });
    // Ends for which there was no room.
    if (this.#batch.owes) this.tally("submitted", 0);
  };

  close(): void {
    this.flush();
    if (this.#timer !== undefined) this.#platform.stopTimer(this.#timer);
    this.#timer = undefined;
    this.events.end();
  }

  /** Infinity for what can't travel: fields of a log entry. */
  #bytesOf(event: ClusterEventBody): number {
    try {
      return this.#options.check(event);
    } catch {
      return Infinity;
    }
  }
}
