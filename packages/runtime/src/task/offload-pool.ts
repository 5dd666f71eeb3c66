/** Threads for blocking work: a bounded pool, started as needed, ended when idle. The host says what a thread is. */
import { OFFLOAD_IDLE_MS, OFFLOAD_QUEUE_LIMIT } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import type { Platform, TimerHandle } from "../platform.ts";

/** One call as its host sends it to a thread. */
export interface ThreadCall {
  /** Threads run only calls of the key they were started with; one key where any thread can run any call. */
  readonly key: string;
}

/** A worker thread or Web Worker. It runs one call at a time. */
export interface Thread<C> {
  /** Starts `call`; throwing says that it can't be sent. */
  run(call: C): void;
  /** Ends it at once, whatever it does. */
  end(): void;
}

/** What a thread tells its pool. */
export interface ThreadEvents {
  /** The call ended: its value, or what it threw. */
  done(outcome: { readonly value: unknown } | { readonly error: unknown }): void;
  /** The thread ended by itself; nothing will come from it any more. */
  lost(error: Error): void;
}

export interface ThreadHost<C> {
  /** How many run at once unless a call says otherwise. */
  readonly threads: number;
  /** Starts a thread for calls like `call`, which it is not given yet. */
  start(call: C, events: ThreadEvents): Thread<C>;
}

/** A call and who waits for it. */
export interface ThreadJob<C> {
  readonly call: C;
  /** Starts while fewer threads than this are busy. */
  readonly threads: number;
  settle(value: unknown): void;
  fail(error: unknown): void;
}

/** A place for a thread; it outlives none. */
interface Slot<C extends ThreadCall> {
  readonly key: string;
  thread: Thread<C>;
  job: ThreadJob<C> | undefined;
  /** Undefined while it runs something. */
  idleTimer: TimerHandle;
}

/** Jobs run in the order of their arrival, each as soon as fewer threads are busy than it allows. */
export class OffloadPool<C extends ThreadCall> {
  readonly #platform: Platform;
  readonly #host: ThreadHost<C>;
  readonly #busy = new Map<ThreadJob<C>, Slot<C>>();
  readonly #idle = new Set<Slot<C>>();
  /** Waiting jobs by how many threads they allow; each with its number of arrival. */
  readonly #waiting = new Map<number, JobQueue<C>>();
  #queued = 0;
  #arrivals = 0;

  constructor(platform: Platform, host: ThreadHost<C>) {
    this.#platform = platform;
    this.#host = host;
  }

  /** How many run at once unless a call says otherwise. */
  get threads(): number {
    return this.#host.threads;
  }

  /** Threads that run a call, threads that wait for one, and calls that wait for a thread. */
  get counts(): { readonly busy: number; readonly idle: number; readonly queued: number } {
    return { busy: this.#busy.size, idle: this.#idle.size, queued: this.#queued };
  }

  submit(job: ThreadJob<C>): void {
    // Those that wait allow no more threads than there are: this one passes only whom it allows more than.
    if (this.#busy.size < job.threads) {
      this.#place(job);
      return;
    }
    if (this.#queued >= OFFLOAD_QUEUE_LIMIT) throw fullError();
    let queue = this.#waiting.get(job.threads);
    if (queue === undefined) this.#waiting.set(job.threads, (queue = new JobQueue()));
    this.#arrivals += 1;
    queue.push(job, this.#arrivals);
    this.#queued += 1;
  }

  /** Nobody waits for it any more: a thread that runs it is ended, and replaced when one is needed. */
  withdraw(job: ThreadJob<C>): void {
    const slot = this.#busy.get(job);
    if (slot === undefined) {
      if (this.#waiting.get(job.threads)?.remove(job) === true) this.#queued -= 1;
      return;
    }
    this.#drop(slot);
    this.#fill();
  }

  #place(job: ThreadJob<C>): void {
    const { call } = job;
    let slot = this.#idleFor(call.key);
    try {
      slot ??= this.#start(call);
    } catch (error) {
      job.fail(error);
      return;
    }
    this.#wake(slot);
    slot.job = job;
    this.#busy.set(job, slot);
    try {
      slot.thread.run(call);
    } catch (error) {
      this.#rest(slot);
      job.fail(error);
    }
  }

  #idleFor(key: string): Slot<C> | undefined {
    for (const slot of this.#idle) if (slot.key === key) return slot;
    // One with another key makes room, so that idle threads don't add to the busy ones.
    if (this.#busy.size + this.#idle.size < this.#host.threads) return undefined;
    for (const slot of this.#idle) {
      this.#drop(slot);
      break;
    }
    return undefined;
  }

  #start(call: C): Slot<C> {
    const slot: Slot<C> = { key: call.key, thread: NO_THREAD, job: undefined, idleTimer: undefined };
    slot.thread = this.#host.start(call, {
      done: (outcome) => this.#done(slot, outcome),
      lost: (error) => this.#lost(slot, error),
    });
    return slot;
  }

  #done(slot: Slot<C>, outcome: { readonly value: unknown } | { readonly error: unknown }): void {
    const { job } = slot;
    if (job === undefined) return;
    this.#rest(slot);
    this.#fill();
    if ("error" in outcome) job.fail(outcome.error);
    else job.settle(outcome.value);
  }

  #lost(slot: Slot<C>, error: Error): void {
    const { job } = slot;
    this.#drop(slot);
    this.#fill();
    job?.fail(error);
  }

  /** The slot's call is over. */
  #rest(slot: Slot<C>): void {
    if (slot.job !== undefined) this.#busy.delete(slot.job);
    slot.job = undefined;
    this.#idle.add(slot);
    slot.idleTimer = this.#platform.startTimer(OFFLOAD_IDLE_MS, () => {
      slot.idleTimer = undefined;
      this.#drop(slot);
    });
  }

  #wake(slot: Slot<C>): void {
    this.#idle.delete(slot);
    if (slot.idleTimer !== undefined) this.#platform.stopTimer(slot.idleTimer);
    slot.idleTimer = undefined;
  }

  #drop(slot: Slot<C>): void {
    this.#wake(slot);
    if (slot.job !== undefined) this.#busy.delete(slot.job);
    slot.job = undefined;
    slot.thread.end();
  }

  /** Starts waiting jobs while there is room for the oldest that allows it. */
  #fill(): void {
    for (;;) {
      let oldest: JobQueue<C> | undefined;
      for (const [threads, queue] of this.#waiting) {
        if (queue.size === 0) this.#waiting.delete(threads);
        else if (this.#busy.size < threads && (oldest === undefined || queue.firstArrival < oldest.firstArrival)) {
          oldest = queue;
        }
      }
      const job = oldest?.shift();
      if (job === undefined) return;
      this.#queued -= 1;
      this.#place(job);
    }
  }
}

/** Jobs in a row, each of which can leave: linked, so that every step costs the same. */
class JobQueue<C> {
  readonly #links = new Map<ThreadJob<C>, JobLink<C>>();
  #first: JobLink<C> | undefined;
  #last: JobLink<C> | undefined;

  get size(): number {
    return this.#links.size;
  }

  get firstArrival(): number {
    return this.#first?.arrival ?? Number.POSITIVE_INFINITY;
  }

  push(job: ThreadJob<C>, arrival: number): void {
    const link: JobLink<C> = { job, arrival, next: undefined, previous: this.#last };
    if (this.#last === undefined) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    this.#links.set(job, link);
  }

  shift(): ThreadJob<C> | undefined {
    const job = this.#first?.job;
    if (job !== undefined) this.remove(job);
    return job;
  }

  remove(job: ThreadJob<C>): boolean {
    const link = this.#links.get(job);
    if (link === undefined) return false;
    this.#links.delete(job);
    if (link.previous === undefined) this.#first = link.next;
    else link.previous.next = link.next;
    if (link.next === undefined) this.#last = link.previous;
    else link.next.previous = link.previous;
    return true;
  }
}

interface JobLink<C> {
  readonly job: ThreadJob<C>;
  readonly arrival: number;
  next: JobLink<C> | undefined;
  previous: JobLink<C> | undefined;
}

/** Stands in a slot while its thread is being started. */
const NO_THREAD: Thread<never> = { run: () => undefined, end: () => undefined };

function fullError(): SkeinError {
  return new SkeinError("LINK_OVERLOADED", `${OFFLOAD_QUEUE_LIMIT} calls wait for a thread already`, {
    hint: "offload larger pieces of work, or wait for some before more are begun",
  });
}
