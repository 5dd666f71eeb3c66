/** What a job tells of itself: its own events at once, its counters and (while somebody watches) events to the scheduler in batches. */
import { EVENT_BATCH_MS, JOB_COUNTS_LIMIT, JOB_EVENT_LIMIT, REPORT_EVENTS_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type JobId } from "../ids.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { Events } from "./event-log.ts";
import { type ClusterEventBody, type JobCounters } from "./events.ts";
import { type JobReport } from "./words.ts";

type Tally = Exclude<keyof JobCounters, "units">;

export class JobReports {
  readonly events: Events;
  readonly #platform: Platform;
  readonly #job: JobId;
  readonly #send: (report: JobReport) => void;
  readonly #counts: Record<Tally, number> = {
    submitted: 0,
    running: 0,
    done: 0,
    failed: 0,
    cancelled: 0,
    lost: 0,
    retried: 0,
    rejected: 0,
  };
  readonly #units = new Map<string, number>();
  #batch: ClusterEventBody[] = [];
  #omitted = 0;
  #watched = false;
  #timer: TimerHandle = undefined;

  constructor(platform: Platform, job: JobId, send: (report: JobReport) => void) {
    this.#platform = platform;
    this.#job = job;
    this.#send = send;
    this.events = new Events(Math.floor(platform.wallMs()), JOB_EVENT_LIMIT);
  }

  get counters(): JobCounters {
    return { ...this.#counts, units: Object.fromEntries(this.#units) };
  }

  /** Somebody watches the cluster: task events go to the scheduler too. */
  set watched(on: boolean) {
    this.#watched = on;
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
    if (!this.#watched) return;
    if (this.#batch.length < REPORT_EVENTS_LIMIT) this.#batch.push(event);
    else this.#omitted += 1;
    this.tally("submitted", 0);
  }

  readonly flush = (): void => {
    if (this.#timer !== undefined) this.#platform.stopTimer(this.#timer);
    this.#timer = undefined;
    const events = this.#batch;
    const omitted = this.#omitted;
    this.#batch = [];
    this.#omitted = 0;
    this.#send({ job: this.#job, counters: this.counters, events, omitted });
  };

  close(): void {
    this.flush();
    this.events.end();
  }
}
