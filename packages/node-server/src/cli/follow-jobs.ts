/** Follows jobs as they go on: a bar for each on a terminal, plain lines or JSON elsewhere. */
import type { WriteStream } from "node:tty";
import cliProgress, { type MultiBar, type SingleBar } from "cli-progress";
import { type ClusterEvent, type JobId, type JobInfo, watchCluster } from "@skein/runtime";
import { count } from "./count.ts";
import { EXIT } from "./exit-codes.ts";
import type { InCluster } from "./in-cluster.ts";
import { endedOf, jobLine, nameOf, standingOf } from "./jobs-text.ts";
import { print, printJson } from "./output.ts";
import { untilStopped } from "./until-stopped.ts";

export interface FollowOptions {
  /** Follow these, until they are closed; empty: all, until it is interrupted. */
  readonly only: ReadonlySet<string>;
  readonly json: boolean;
}

/** What shows jobs. */
export interface JobsView {
  show(job: JobInfo): void;
  closed(job: JobInfo): void;
  end(): void;
}

/** @returns the exit code: done, or interrupted */
export async function followJobs({ peer, scheduler }: InCluster, options: FollowOptions): Promise<number> {
  const { only, json } = options;
  const view = json ? jsonView() : process.stdout.isTTY ? barView(process.stdout) : lineView(print);
  const stopped = untilStopped();
  const over = new Promise<void>((resolve) => {
    const following = new FollowedJobs(view, only, resolve);
    const watch = watchCluster(peer, {
      scheduler,
      onSnapshot: (snapshot) => following.reset(snapshot.jobs),
      onEvents: (events) => events.forEach((event) => following.take(event)),
    });
    void stopped.then(() => watch.close());
  });
  const code = await Promise.race([over.then(() => EXIT.done), stopped.then(() => EXIT.interrupted)]);
  view.end();
  return code;
}

/** The jobs as they stand, from a snapshot and the events after it. */
export class FollowedJobs {
  readonly #view: JobsView;
  readonly #only: ReadonlySet<string>;
  readonly #allClosed: () => void;
  readonly #jobs = new Map<JobId, JobInfo>();

  constructor(view: JobsView, only: ReadonlySet<string>, allClosed: () => void) {
    this.#view = view;
    this.#only = only;
    this.#allClosed = allClosed;
  }

  reset(jobs: readonly JobInfo[]): void {
    const there = new Set(jobs.map(({ id }) => id));
    for (const job of this.#jobs.values()) if (!there.has(job.id)) this.#close(job);
    for (const job of jobs) this.#show(job);
    this.#look();
  }

  take(event: ClusterEvent): void {
    switch (event.type) {
      case "job.opened":
      case "job.waiting":
      case "job.active":
        this.#show(event.job);
        return;
      case "job.progress": {
        const job = this.#jobs.get(event.job);
        if (job !== undefined) this.#show({ ...job, counters: event.counters });
        return;
      }
      case "job.closed":
        this.#close(event.job);
        this.#look();
        return;
      default:
    }
  }

  #show(job: JobInfo): void {
    if (this.#only.size > 0 && !this.#only.has(job.id)) return;
    this.#jobs.set(job.id, job);
    this.#view.show(job);
  }

  #close(job: JobInfo): void {
    if (this.#jobs.delete(job.id)) this.#view.closed({ ...job, state: "closed" });
  }

  #look(): void {
    if (this.#only.size > 0 && this.#jobs.size === 0) this.#allClosed();
  }
}

const jsonView = (): JobsView => ({ show: printJson, closed: printJson, end: () => undefined });

/** A line when something but its counters changes, and for each tenth of its tasks. */
export function lineView(say: (line: string) => void): JobsView {
  const said = new Map<JobId, string>();
  const show = (job: JobInfo): void => {
    const { submitted } = job.counters;
    const tenth = submitted === 0 ? 0 : Math.floor((10 * endedOf(job.counters)) / submitted);
    const now = `${standingOf(job)} ${tenth}`;
    if (said.get(job.id) === now) return;
    said.set(job.id, now);
    say(jobLine(job));
  };
  return {
    show,
    closed(job) {
      show(job);
      said.delete(job.id);
    },
    end: () => undefined,
  };
}

function barView(stream: WriteStream): JobsView {
  const bars = new Map<JobId, SingleBar>();
  const all: MultiBar = new cliProgress.MultiBar(
    {
      format: "  {name}  {bar} {percentage} %  {value}/{total} tasks  {note}",
      stream,
      hideCursor: true,
      autopadding: true,
      forceRedraw: true,
    },
    cliProgress.Presets.shades_classic,
  );
  const show = (job: JobInfo): void => {
    const { counters, held } = job;
    const ended = endedOf(counters);
    const troubles = counters.failed + counters.lost;
    const note = `${standingOf(job)}, ${count(held, "server")}${troubles > 0 ? `, ${troubles} failed or lost` : ""}`;
    const words = { name: nameOf(job).slice(0, 24).padEnd(24), note };
    const bar = bars.get(job.id) ?? all.create(counters.submitted, ended, words);
    bars.set(job.id, bar);
    bar.setTotal(counters.submitted);
    bar.update(ended, words);
  };
  return {
    show,
    closed(job) {
      show(job);
      bars.get(job.id)?.stop();
      bars.delete(job.id);
    },
    end: () => all.stop(),
  };
}
