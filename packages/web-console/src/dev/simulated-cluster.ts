/** A made-up cluster for tests and for working on the page: the same seed gives the same events. */
import type { ClusterEvent, ClusterEventBody, ClusterSnapshot, NodeInfo, ServerId, TaskId } from "@skein/runtime";
import {
  countersOf,
  finished,
  type Job,
  jobId,
  type Lane,
  type Running,
  simulatedJob,
  simulatedNode,
  type SimulatedOptions,
  type Waiting,
} from "./simulated-parts.ts";

/** Tasks that have begun are kept among those that wait, up to so many. */
const TAKEN_LIMIT = 20_000;
const STEP_MS = 25;
const REPORT_MS = 250;
export class SimulatedCluster {
  readonly #lanes: Lane[] = [];
  readonly #nodes: NodeInfo[] = [];
  readonly #jobs: Job[] = [];
  readonly #failShare: number;
  readonly #retryShare: number;
  readonly #logShare: number;
  readonly epoch: number;
  #random: number;
  #nowMs: number;
  #seq = 0;
  #tasks = 0;
  #out: ClusterEvent[] = [];

  constructor(options: SimulatedOptions = {}) {
    this.#random = options.seed ?? 1;
    this.#nowMs = options.startMs ?? 1_790_000_000_000;
    this.#failShare = options.failShare ?? 0.01;
    this.#retryShare = options.retryShare ?? 0;
    this.#logShare = options.logShare ?? 0;
    this.epoch = options.epoch ?? 1;
    const nodes = options.nodes ?? [
      ["maxi", 4],
      ["workbench", 2],
    ];
    for (const [index, [name, servers, platform]] of nodes.entries()) this.#addNode(index, name, servers, platform);
    for (const job of options.jobs ?? []) this.open(job.name, job.tasks, job.fns);
    this.#out = [];
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** `ahead`: tasks that are created before a server is free for them. */
  open(name: string, tasks: number, fns: Job["fns"], ahead = 0): void {
    const info = simulatedJob(this.#jobs.length, name, tasks, this.#lanes.length, this.#nowMs);
    this.#jobs.push({ info, fns, target: tasks, ahead, waiting: [], first: 0, created: 0 });
    this.#emit({ type: "job.opened", job: info });
  }

  snapshot(): ClusterSnapshot {
    return {
      epoch: this.epoch,
      seq: this.#seq,
      timeMs: this.#nowMs,
      nodes: this.#nodes,
      servers: this.#lanes.map((lane) => {
        const counters = countersOf(lane, this.#jobs);
        const { job } = counters;
        return { ...lane.info, state: "ready", counters, ...(job !== undefined && { job }) };
      }),
      jobs: this.#jobs.map((job) => job.info),
    };
  }

  /** Tells of something that was done to the cluster from outside. */
  tell(body: ClusterEventBody): readonly ClusterEvent[] {
    this.#emit(body);
    return this.#told();
  }

  /** Lets time pass; what happened, in batches as a scheduler sends them. */
  advance(ms: number): readonly ClusterEvent[] {
    for (const end = this.#nowMs + ms; this.#nowMs < end;) {
      this.#nowMs += STEP_MS;
      for (const job of this.#jobs) this.#createAhead(job);
      for (const lane of this.#lanes) this.#step(lane);
      if (this.#nowMs % REPORT_MS === 0) this.#report();
    }
    return this.#told();
  }

  /** Kills what runs in a lane, as `kill -9` would; another process takes its place. */
  lose(index: number): readonly ClusterEvent[] {
    const lane = this.#lanes[index];
    if (lane === undefined) return [];
    const error = { code: "SERVER_LOST", message: "the process ended by signal SIGKILL" };
    this.#emit({ type: "server.lost", server: lane.info, error });
    const { running } = lane;
    if (running !== undefined) {
      const job = this.#jobs[running.job];
      if (job !== undefined) this.#count(job, { running: -1, retried: 1 });
      this.#emit({
        type: "task.retried",
        task: running.task,
        job: jobId(running.job),
        fn: running.fn,
        attempt: running.attempt,
        server: lane.info.id,
        error,
      });
      job?.waiting.splice(job.first, 0, { ...running, attempt: running.attempt + 1 });
      lane.running = undefined;
    }
    this.#emit({ type: "server.replaced", server: lane.info });
    return this.#told();
  }

  #told(): readonly ClusterEvent[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #addNode(index: number, name: string, servers: number, platform = "linux-x64"): void {
    const node = simulatedNode(index, name, servers, platform);
    const { id } = node;
    this.#nodes.push(node);
    for (let lane = 1; lane <= servers; lane += 1) {
      const server: ServerId = `${id}/${lane}` as ServerId;
      this.#lanes.push({
        info: { id: server, node: id, kind: "cpu" },
        running: undefined,
        done: 0,
        failed: 0,
        busyMs: 0,
      });
    }
  }

  #step(lane: Lane): void {
    if (lane.running !== undefined && lane.running.endsMs <= this.#nowMs) this.#finish(lane, lane.running);
    if (lane.running !== undefined) return;
    const open = this.#jobs.filter((job) => job.first < job.waiting.length || job.created < job.target);
    const job = open[Math.floor(this.#next() * open.length)];
    const next = job === undefined ? undefined : (this.#take(job) ?? this.#create(job));
    if (job === undefined || next === undefined) return;
    const { task, fn, attempt, meanMs } = next;
    const endsMs = this.#nowMs + meanMs * (0.4 + 1.2 * this.#next());
    lane.running = { ...next, startedMs: this.#nowMs, endsMs };
    this.#count(job, { running: 1 });
    this.#emit({ type: "task.started", server: lane.info.id, task, job: job.info.id, fn, attempt });
  }

  #take(job: Job): Waiting | undefined {
    const next = job.waiting[job.first];
    if (next !== undefined) job.first += 1;
    if (job.first > TAKEN_LIMIT) job.waiting.splice(0, job.first);
    if (job.first > TAKEN_LIMIT) job.first = 0;
    return next;
  }

  #create(job: Job): Waiting | undefined {
    const fn = job.fns[Math.floor(this.#next() * job.fns.length)];
    if (fn === undefined || job.created >= job.target) return undefined;
    const [name, meanMs] = fn;
    this.#tasks += 1;
    job.created += 1;
    const task = `t_${String(this.#tasks).padStart(26, "0")}` as TaskId;
    const argsText = `["file-${this.#tasks}.txt"]`;
    this.#emit({ type: "task.created", kind: "cpu", argsText, task, job: job.info.id, fn: name, attempt: 1 });
    return { task, job: this.#jobs.indexOf(job), fn: name, meanMs, attempt: 1 };
  }

  #createAhead(job: Job): void {
    while (job.waiting.length - job.first < job.ahead) {
      const next = this.#create(job);
      if (next === undefined) return;
      job.waiting.push(next);
    }
  }

  /** Half way between two of its kinds of ends, it is tried again. */
  #retry(lane: Lane, running: Running, job: Job): void {
    lane.failed += 1;
    lane.busyMs += this.#nowMs - running.startedMs;
    const { task, fn, attempt } = running;
    const error = { code: "SERVER_LOST", message: "the process ended by signal SIGKILL" };
    this.#count(job, { running: -1, retried: 1 });
    const server = lane.info.id;
    this.#emit({ type: "task.retried", task, job: job.info.id, fn, attempt, server, error });
    // Behind some others, so that another server gets it.
    job.waiting.splice(job.first + 5, 0, { ...running, attempt: attempt + 1 });
  }

  #log(lane: Lane, running: Running): void {
    const { task, fn } = running;
    const pick = this.#next();
    const words = { job: jobId(running.job), server: lane.info.id, task } as const;
    const ms = Math.round(this.#nowMs - running.startedMs);
    if (pick < 0.1) this.#emit({ type: "log", level: "warn", text: "cache.cold", fields: { fn, ms }, ...words });
    else if (pick < 0.15) this.#emit({ type: "log", level: "debug", text: "gc.pause", fields: { ms: 12 }, ...words });
    else
      this.#emit({ type: "log", level: "info", text: `${fn} has read its file`, fields: { lines: ms * 7 }, ...words });
  }

  #finish(lane: Lane, running: Running): void {
    lane.running = undefined;
    const job = this.#jobs[running.job];
    if (this.#logShare > 0 && this.#next() < this.#logShare) this.#log(lane, running);
    if (job !== undefined && this.#retryShare > 0 && this.#next() < this.#retryShare)
      return this.#retry(lane, running, job);
    const failed = this.#next() < this.#failShare;
    lane.done += failed ? 0 : 1;
    lane.failed += failed ? 1 : 0;
    lane.busyMs += this.#nowMs - running.startedMs;
    if (job !== undefined) {
      const { units } = job.info.counters;
      this.#count(job, failed ? { running: -1, failed: 1 } : { running: -1, done: 1 });
      const bytes = (units["bytes"] ?? 0) + Math.floor(1e6 * this.#next());
      job.info = {
        ...job.info,
        counters: { ...job.info.counters, units: { files: (units["files"] ?? 0) + 12, bytes } },
      };
    }
    this.#emit({
      type: "task.exited",
      task: running.task,
      job: jobId(running.job),
      fn: running.fn,
      attempt: running.attempt,
      server: lane.info.id,
      exit: failed ? "failed" : "returned",
      startedMs: running.startedMs,
      endedMs: this.#nowMs,
      ...(failed ? { error: { code: "REMOTE_ERROR", message: "RangeError: Invalid array length" } } : {}),
    });
    if (job !== undefined && finished(job.info.counters) >= job.target) {
      job.info = { ...job.info, state: "closed", held: 0, demand: 0 };
      this.#emit({ type: "job.closed", job: job.info });
    }
  }

  #report(): void {
    for (const { info } of this.#jobs) {
      if (info.state !== "closed")
        this.#emit({ type: "job.progress", job: info.id, counters: info.counters, omitted: 0 });
    }
    if (this.#nowMs % 2000 !== 0) return;
    for (const node of this.#nodes) {
      const lanes = this.#lanes.filter((lane) => lane.info.node === node.id);
      const busy = lanes.filter((lane) => lane.running !== undefined).length;
      const load = {
        ...node.load,
        cpuIdleShare: 1 - (0.92 * busy) / lanes.length,
        memoryFreeBytes: 9.2e9 - busy * 4e8,
      };
      this.#emit({ type: "load", node: node.id, load, servers: lanes.map((lane) => countersOf(lane, this.#jobs)) });
    }
  }

  #count(job: Job, change: Partial<Record<"running" | "done" | "failed" | "retried", number>>): void {
    const counters = { ...job.info.counters };
    for (const key of ["running", "done", "failed", "retried"] as const) counters[key] += change[key] ?? 0;
    job.info = { ...job.info, counters };
  }

  #emit(body: ClusterEventBody): void {
    this.#seq += 1;
    this.#out.push({ ...body, seq: this.#seq, epoch: this.epoch, timeMs: this.#nowMs });
  }

  /** A linear congruential generator: repeatable, and good enough for a picture. */
  #next(): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#random / 2 ** 32;
  }
}
