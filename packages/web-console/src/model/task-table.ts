/** The tasks a page knows, in columns: those that wait and run, and after them the ones that ended last. */
import type { EventError, JobId, ServerId, TaskId } from "@skein/runtime";
import { EndedQueue } from "./ended-queue.ts";
import { isOpen, type PastAttempt, type TaskChange, TaskPhase, type TaskRow } from "./task-row.ts";

/** Tasks kept. When it is full, the one that ended first makes room; while none has ended, new ones are counted only. */
export const TASK_LIMIT = 131_072;
/** Earlier attempts kept of one task. */
const ATTEMPT_LIMIT = 32;
/** Characters of its arguments that are kept of a task: about the width of a screen. */
const ARGS_TEXT_LIMIT = 200;
const FIRST_CAPACITY = 4096;

const NO_ATTEMPTS: readonly PastAttempt[] = [];

export class TaskTable {
  readonly #limit: number;
  readonly #slots = new Map<TaskId, number>();
  #capacity = 0;
  #used = 0;
  #count = 0;
  #open = 0;
  // Strings are shared with the events and rows they came from: a column of them is one of references.
  readonly #ids: (TaskId | undefined)[] = [];
  readonly #jobs: JobId[] = [];
  readonly #servers: (ServerId | undefined)[] = [];
  readonly #args: string[] = [];
  #numbers = new Float64Array(0);
  #fns = new Int32Array(0);
  #phases = new Uint8Array(0);
  #io = new Uint8Array(0);
  #attempts = new Uint16Array(0);
  #created = new Float64Array(0);
  #started = new Float64Array(0);
  #ended = new Float64Array(0);
  readonly #over = new EndedQueue();
  readonly #free: number[] = [];
  // What few tasks have.
  readonly #errors = new Map<TaskId, EventError>();
  readonly #past = new Map<TaskId, PastAttempt[]>();
  readonly #corrected = new Set<TaskId>();

  constructor(limit: number = TASK_LIMIT) {
    this.#limit = limit;
  }

  /** Tasks kept. */
  get size(): number {
    return this.#slots.size;
  }

  /** Of them, those that wait or run. */
  get open(): number {
    return this.#open;
  }

  /** How many were ever added. */
  get count(): number {
    return this.#count;
  }

  /** Slots run from 0 to here; some may be empty. */
  get slots(): number {
    return this.#used;
  }

  slotOf(task: TaskId): number | undefined {
    return this.#slots.get(task);
  }

  /** The number of the task in a slot; -1 when it is empty. */
  numberAt(slot: number): number {
    return this.#ids[slot] === undefined ? -1 : (this.#numbers[slot] ?? -1);
  }

  idAt(slot: number): TaskId | undefined {
    return this.#ids[slot];
  }

  fnAt(slot: number): number {
    return this.#fns[slot] ?? -1;
  }

  phaseAt(slot: number): number {
    return this.#phases[slot] ?? TaskPhase.unheard;
  }

  jobAt(slot: number): JobId | undefined {
    return this.#jobs[slot];
  }

  serverAt(slot: number): ServerId | undefined {
    return this.#servers[slot];
  }

  argsAt(slot: number): string {
    return this.#args[slot] ?? "";
  }

  attemptAt(slot: number): number {
    return this.#attempts[slot] ?? 1;
  }

  /** When it was created; of one first heard of later, when it started. */
  createdAt(slot: number): number {
    return this.#created[slot] || this.#started[slot] || this.#ended[slot] || 0;
  }

  startedAt(slot: number): number {
    return this.#started[slot] ?? 0;
  }

  endedAt(slot: number): number {
    return this.#ended[slot] ?? 0;
  }

  rowAt(slot: number): TaskRow | undefined {
    const id = this.#ids[slot];
    const job = this.#jobs[slot];
    if (id === undefined || job === undefined) return undefined;
    return {
      id,
      job,
      number: this.#numbers[slot] ?? 0,
      fn: this.fnAt(slot),
      kind: this.#io[slot] === 1 ? "io" : "cpu",
      // Only phases are written there.
      phase: this.phaseAt(slot) as TaskPhase,
      attempt: this.attemptAt(slot),
      server: this.#servers[slot],
      createdMs: this.#created[slot] ?? 0,
      startedMs: this.startedAt(slot),
      endedMs: this.endedAt(slot),
      args: this.argsAt(slot),
      error: this.#errors.get(id),
      corrected: this.#corrected.has(id),
      attempts: this.#past.get(id) ?? NO_ATTEMPTS,
    };
  }

  row(task: TaskId): TaskRow | undefined {
    const slot = this.#slots.get(task);
    return slot === undefined ? undefined : this.rowAt(slot);
  }

  /** Adds a task, or changes it. */
  put(id: TaskId, fn: number, job: JobId, change: TaskChange): void {
    const known = this.#slots.get(id);
    const slot = known ?? this.#take();
    if (slot === undefined) return;
    if (known === undefined) this.#begin(slot, id, job);
    this.#fns[slot] = fn;
    this.#change(slot, id, change);
  }

  /** Changes a task that is known. */
  change(id: TaskId, change: TaskChange): void {
    const slot = this.#slots.get(id);
    if (slot !== undefined) this.#change(slot, id, change);
  }

  addAttempt(id: TaskId, past: PastAttempt): void {
    if (!this.#slots.has(id)) return;
    const list = this.#past.get(id) ?? [];
    list.push(past);
    if (list.length > ATTEMPT_LIMIT) list.shift();
    this.#past.set(id, list);
  }

  setCorrected(id: TaskId): void {
    if (this.#slots.has(id)) this.#corrected.add(id);
  }

  /** Those that wait or run and are `meant` are over as far as can be told. */
  unheard(meant: (slot: number) => boolean, timeMs: number): void {
    if (this.#open === 0) return;
    for (let slot = 0; slot < this.#used; slot += 1) {
      const id = this.#ids[slot];
      if (id === undefined || !isOpen(this.phaseAt(slot)) || !meant(slot)) continue;
      this.#change(slot, id, { phase: TaskPhase.unheard, endedMs: timeMs });
    }
  }

  #begin(slot: number, id: TaskId, job: JobId): void {
    this.#slots.set(id, slot);
    this.#ids[slot] = id;
    this.#jobs[slot] = job;
    this.#servers[slot] = undefined;
    this.#args[slot] = "";
    this.#numbers[slot] = this.#count;
    this.#phases[slot] = TaskPhase.waiting;
    this.#io[slot] = 0;
    this.#attempts[slot] = 1;
    this.#created[slot] = 0;
    this.#started[slot] = 0;
    this.#ended[slot] = 0;
    this.#count += 1;
    this.#open += 1;
  }

  #change(slot: number, id: TaskId, change: TaskChange): void {
    if (change.kind !== undefined) this.#io[slot] = change.kind === "io" ? 1 : 0;
    if (change.attempt !== undefined) this.#attempts[slot] = change.attempt;
    if ("server" in change) this.#servers[slot] = change.server;
    if (change.createdMs !== undefined) this.#created[slot] = change.createdMs;
    if (change.startedMs !== undefined) this.#started[slot] = change.startedMs;
    if (change.endedMs !== undefined) this.#ended[slot] = change.endedMs;
    if (change.args !== undefined) this.#args[slot] = change.args.slice(0, ARGS_TEXT_LIMIT);
    if (change.error !== undefined) this.#errors.set(id, change.error);
    if (change.phase !== undefined) this.#setPhase(slot, id, change.phase);
  }

  #setPhase(slot: number, id: TaskId, phase: TaskPhase): void {
    const before = isOpen(this.phaseAt(slot));
    const after = isOpen(phase);
    this.#phases[slot] = phase;
    if (after) this.#errors.delete(id);
    if (before === after) return;
    this.#open += after ? 1 : -1;
    if (after) return;
    // One that ends twice (it was unheard of for a while) stands there twice.
    while (this.#over.size >= this.#capacity * 2) this.#over.shift();
    this.#over.push(slot, this.#numbers[slot] ?? 0);
  }

  /** Frees the slot of a task that has ended; not when another one has it by now, or it runs again. */
  #forget(slot: number, number: number): void {
    const id = this.#ids[slot];
    if (id === undefined || this.#numbers[slot] !== number || isOpen(this.phaseAt(slot))) return;
    this.#slots.delete(id);
    this.#errors.delete(id);
    this.#past.delete(id);
    this.#corrected.delete(id);
    this.#ids[slot] = undefined;
    this.#args[slot] = "";
    this.#free.push(slot);
  }

  #take(): number | undefined {
    if (this.#free.length === 0 && this.#used < this.#limit) {
      if (this.#used === this.#capacity) this.#grow();
      this.#used += 1;
      return this.#used - 1;
    }
    while (this.#free.length === 0) {
      const first = this.#over.shift();
      if (first === undefined) return undefined;
      this.#forget(first.slot, first.number);
    }
    return this.#free.pop();
  }

  #grow(): void {
    const capacity = Math.min(this.#limit, Math.max(FIRST_CAPACITY, this.#capacity * 2));
    this.#numbers = larger(this.#numbers, new Float64Array(capacity));
    this.#fns = larger(this.#fns, new Int32Array(capacity));
    this.#phases = larger(this.#phases, new Uint8Array(capacity));
    this.#io = larger(this.#io, new Uint8Array(capacity));
    this.#attempts = larger(this.#attempts, new Uint16Array(capacity));
    this.#created = larger(this.#created, new Float64Array(capacity));
    this.#started = larger(this.#started, new Float64Array(capacity));
    this.#ended = larger(this.#ended, new Float64Array(capacity));
    this.#capacity = capacity;
  }
}

function larger<T extends { set(from: ArrayLike<number>): void }>(before: ArrayLike<number>, after: T): T {
  after.set(before);
  return after;
}
