/** Runs a client's tasks in a server process: CPU tasks one after the other in bursts, I/O tasks all at once. */
import { type Exit } from "../contracts/exit.ts";
import { EVENT_BATCH_MS, SERVER_BURST_MS } from "../defaults.ts";
import { errorFrom } from "../errors.ts";
import { type TaskId } from "../ids.ts";
import { isThenable } from "../task/cell.ts";
import { running } from "../task/running.ts";
import { type Runtime } from "../task/runtime.ts";
import { startTask } from "../task/task-context.ts";
import { unreadableIn } from "../wire/unreadable.ts";
import { Deque } from "../deque.ts";
import { type FunctionTimes, learn } from "./lease.ts";
import { type NewsBox } from "./news-box.ts";
import { RunVoice } from "./run-voice.ts";
import { ServerCounts } from "./server-counts.ts";
import { type Entry } from "./server-entry.ts";
import { type ServerCode } from "./server-code.ts";
import { type ServerRunsOptions } from "./server-runs-options.ts";
import { type UpgradableEntry } from "./server-upgrade.ts";
import { ServerTask } from "./server-task.ts";
import { spanOf, tracedFunction } from "./tracing.ts";
import {
  type Begin,
  type CancelRun,
  type RunExit,
  type RunLog,
  type RunOne,
  type ServerReport,
  type ServerState,
} from "./words.ts";

/** Tasks in one burst, however short they are: the client hears of it and sends more in time. */
const BURST_TASKS_LIMIT = 32;

/**
 * Before a task starts, the client is told, and the note has left the process: so when the process dies, the client
 * knows for certain which tasks had not started. Short tasks are announced several at a time.
 */
export class ServerRuns {
  readonly #runtime: Runtime;
  readonly #code: ServerCode;
  readonly #news: NewsBox;
  readonly #begin: Begin;
  readonly #Task: typeof ServerTask;
  readonly #onReport: (beforeWork: "short" | "long" | undefined) => void;
  readonly #host: Pick<ServerRunsOptions, "explain" | "onBegin" | "tracing">;
  readonly #queue = new Deque<Entry>();
  readonly #burst = new Deque<Entry>();
  #received = 0;
  readonly #entries = new Map<number, Entry>();
  /** Its tasks by their serial numbers, for who gives them other code. */
  readonly entries: ReadonlyMap<number, UpgradableEntry> = this.#entries;
  /** Ends of which it is not known that the client has heard; no more than it has tasks in flight. */
  readonly #unheard = new Map<number, RunExit>();
  readonly #times = new Map<string, FunctionTimes>();
  #busy = false;
  #over = false;
  /** Started since the host's last turn: what has not ended by its next one is told to be running. */
  #fresh: Entry[] = [];
  #newsDue = false;
  readonly #counts: ServerCounts;

  constructor({ runtime, code, news, begin, Task, onReport, ...host }: ServerRunsOptions) {
    this.#runtime = runtime;
    this.#code = code;
    this.#news = news;
    this.#begin = begin;
    this.#Task = Task;
    this.#onReport = onReport;
    this.#host = host;
    this.#counts = new ServerCounts(runtime.platform, this.#entries);
  }

  report(): ServerReport {
    return this.#counts.report(this.#burst.peek()?.run.fn);
  }

  /** The task that runs alone; where several do, the one whose step it is. */
  speaker(): TaskId | undefined {
    if (this.#counts.running === 1) {
      for (const { state, run } of this.#entries.values()) if (state === "running") return run.task;
    }
    let cell = running.cell;
    while (cell?.parent !== undefined) cell = cell.parent;
    // Only the tasks of a lease belong to somebody elsewhere.
    return cell?.more?.owner === undefined ? undefined : cell.more.id;
  }

  /** What has come and not ended. */
  readonly runs = (): readonly RunOne[] => Array.from(this.#entries.values(), ({ run }) => run);

  /** How tasks stand of which the client has not heard the end: those that have ended are told again, before this. */
  state(serials: readonly number[]): ServerState {
    const open: number[] = [];
    for (const serial of serials) {
      const entry = this.#entries.get(serial);
      const exit = this.#unheard.get(serial);
      if (entry === undefined) {
        if (exit !== undefined) this.#news.exited(exit);
        continue;
      }
      open.push(serial);
      if (entry.state === "queued") continue;
      this.#news.started(serial);
      if (entry.state === "running") this.#news.running(serial);
    }
    this.#tell();
    return { received: this.#received, open };
  }

  /** The lease is over: nothing more begins. */
  end(): void {
    this.#over = true;
  }

  /** The client has heard of these ends. */
  heard(serials: readonly number[]): void {
    for (const serial of serials) this.#unheard.delete(serial);
  }

  run(runs: readonly RunOne[], partly = false): void {
    if (this.#over) return;
    const together: Entry[] = [];
    for (const run of runs) {
      this.#received = run.serial;
      const entry: Entry = { run, state: "queued", startedMs: 0, task: undefined, span: undefined };
      this.#entries.set(run.serial, entry);
      const error = partly ? unreadableIn(run.args) : undefined;
      if (error !== undefined) {
        this.#exited(entry, { type: "failed", error });
        this.#tellSoon();
        continue;
      }
      if (this.#begin.kind === "io" || run.beside === true) together.push(entry);
      else this.#queue.push(entry);
    }
    if (together.length > 0) this.#startTogether(together);
    if (this.#begin.kind === "cpu" && !this.#busy) this.#nextBurst();
  }

  /** A task that waits in the queue is gone at once; one that runs is cancelled. */
  cancel({ serial, reason, graceMs }: CancelRun): void {
    const entry = this.#entries.get(serial);
    if (entry === undefined) return;
    if (entry.task === undefined) this.#exited(entry, { type: "cancelled", reason });
    else void entry.task.cancel(reason, graceMs === undefined ? {} : { graceMs }).then(undefined, () => {});
    this.#tellSoon();
  }

  /** Gives back those of `serials` that do not run. */
  withdraw(serials: readonly number[]): void {
    for (const serial of serials) {
      const entry = this.#entries.get(serial);
      if (entry?.state !== "queued" && entry?.state !== "burst") continue;
      entry.state = "ended";
      this.#entries.delete(serial);
      this.#news.withdrawn(serial);
    }
    this.#tellSoon();
  }

  /** A log entry goes to the client, and through it to the cluster's events. */
  readonly log = (log: RunLog): void => {
    this.#news.log(log);
    this.#tellSoon();
  };

  /** Announces the tasks that run next and, once that has left the process, runs them. */
  #nextBurst(): void {
    if (this.#over) return;
    let expectedMs = 0;
    let long = false;
    for (let entry = this.#queue.peek(); entry !== undefined; entry = this.#queue.peek()) {
      if (entry.state !== "ended") {
        const { averageMs } = this.#timesOf(entry.run);
        const estimateMs = averageMs ?? SERVER_BURST_MS;
        const full = this.#burst.size >= BURST_TASKS_LIMIT || expectedMs + estimateMs > SERVER_BURST_MS;
        if (this.#burst.size > 0 && full) break;
        expectedMs += estimateMs;
        long ||= averageMs === undefined || averageMs >= EVENT_BATCH_MS;
        entry.state = "burst";
        this.#news.started(entry.run.serial);
        this.#burst.push(entry);
      }
      this.#queue.shift();
    }
    this.#busy = this.#burst.size > 0;
    this.#tell();
    if (!this.#busy) return;
    this.#onReport(long ? "long" : "short");
    // The host's next turn comes after the end of this one, when notes have been handed to the link.
    this.#runtime.platform.nextTurn(this.#nextTask);
  }

  readonly #nextTask = (): void => {
    if (this.#over) return;
    let entry = this.#burst.shift();
    while (entry?.state === "ended") entry = this.#burst.shift();
    if (entry === undefined) {
      this.#nextBurst();
      return;
    }
    this.#start(entry, this.#nextTask);
  };

  /** As with CPU tasks: what is announced has left the process before it starts. */
  #startTogether(entries: readonly Entry[]): void {
    for (const entry of entries) {
      entry.state = "burst";
      this.#news.started(entry.run.serial);
    }
    this.#tell();
    this.#runtime.platform.nextTurn(() => {
      if (this.#over) return;
      for (const entry of entries) if (entry.state !== "ended") this.#start(entry, () => this.#tellSoon());
    });
  }

  #start(entry: Entry, onEnd: () => void): void {
    const { code, trace } = entry.run;
    const loading = this.#code.load(code);
    const tracing = trace === undefined ? undefined : this.#host.tracing?.load();
    if (loading === undefined && tracing === undefined) this.#call(entry, onEnd);
    else void Promise.all([loading, tracing]).then(() => this.#call(entry, onEnd));
  }

  #call(entry: Entry, onEnd: () => void): void {
    if (entry.state === "ended") {
      onEnd();
      return;
    }
    entry.state = "running";
    entry.startedMs = this.#runtime.platform.now();
    if (this.#counts.running === 0) this.#host.onBegin?.();
    this.#counts.began(entry);
    if (this.#begin.kind === "io") this.#onReport(undefined);
    const end = (exit: Exit<unknown>): void => {
      this.#counts.ended(entry);
      this.#exited(entry, exit);
      onEnd();
    };
    const exit = this.#begun(entry, end);
    if (exit !== undefined) end(exit);
  }

  /** Starts the function; gives its exit when it has ended already. */
  #begun(entry: Entry, end: (exit: Exit<unknown>) => void): Exit<unknown> | undefined {
    const { run } = entry;
    const { engine } = this.#runtime;
    const owner = this.#begin.client;
    try {
      const code = this.#code.function(run.code, run.fn);
      entry.span = spanOf(this.#host.tracing, run, this.#begin.job);
      const fn = entry.span === undefined ? code : tracedFunction(code, entry.span);
      if (run.plain) {
        // Without a context it is called as it is; what it promises is waited for by a task, which can be cancelled.
        const value = fn(...run.args);
        if (!isThenable(value)) return { type: "returned", value };
        // The task waits for it in a later turn; that it may reject before is nobody's oversight.
        if (value instanceof Promise) value.catch(() => {});
        entry.task = startTask(engine, undefined, () => value, [], { id: run.task, name: run.fn, owner });
      } else {
        const options = { id: run.task, name: run.fn, owner, Cell: this.#Task };
        entry.task = startTask(engine, undefined, fn, run.args, options);
        if (entry.task instanceof ServerTask) entry.task.own = new RunVoice(run, { engine, client: owner }, this.log);
      }
      entry.task.skeinWatch(end);
      if (this.#fresh.push(entry) === 1) this.#runtime.platform.nextTurn(this.#tellRunning);
      return undefined;
    } catch (error) {
      return { type: "failed", error: errorFrom(error) };
    }
  }

  #explained(error: Error): void {
    try {
      this.#host.explain?.(error);
    } catch {
      // It can't even be read or written: it goes as it is.
    }
  }

  #exited(entry: Entry, exit: Exit<unknown>): void {
    if (exit.type === "failed") this.#explained(exit.error);
    const { run } = entry;
    const { platform } = this.#runtime;
    const tookMs = entry.state === "running" ? platform.now() - entry.startedMs : 0;
    if (entry.state === "running") {
      learn(this.#timesOf(run), tookMs);
      this.#counts.ran(tookMs, exit.type === "returned");
      this.#onReport(undefined);
    }
    entry.span?.ended(exit);
    entry.state = "ended";
    this.#entries.delete(run.serial);
    const ended = { serial: run.serial, exit, tookMs, endedMs: platform.wallMs() };
    this.#unheard.set(run.serial, ended);
    this.#news.exited(ended);
  }

  readonly #tellRunning = (): void => {
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const { state, run } of fresh) if (state === "running") this.#news.running(run.serial);
    this.#tell();
  };

  #timesOf(run: RunOne): FunctionTimes {
    const key = `${run.code} ${run.fn}`;
    let times = this.#times.get(key);
    if (times === undefined) this.#times.set(key, (times = { averageMs: undefined }));
    return times;
  }

  #tell(): void {
    this.#newsDue = false;
    this.#news.send();
  }

  #tellSoon(): void {
    if (this.#newsDue) return;
    this.#newsDue = true;
    this.#runtime.platform.microtask(() => {
      if (this.#newsDue) this.#tell();
    });
  }
}
