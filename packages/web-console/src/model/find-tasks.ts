/** Which tasks match a query, in order. One pass over the columns, fast enough for all of them twice a second. */
import type { JobId, ServerId } from "@skein/runtime";
import type { ClusterModel } from "./cluster-model.ts";
import { isJobMeant, parseQuery, type Term } from "./query.ts";
import { serverName } from "./select.ts";
import { isOpen } from "./task-row.ts";

export const TASK_COLUMNS = ["created", "time", "fn", "state", "server", "job", "attempts"] as const;
export type TaskColumn = (typeof TASK_COLUMNS)[number];

/** The phases as people write and read them. */
export const PHASE_NAMES: readonly string[] = ["waiting", "running", "done", "failed", "cancelled", "lost", "unheard"];

/** Slots take this many bits below the key they are sorted by: both fit in a number. */
const SLOT_SPAN = 2 ** 18;
const KEY_LIMIT = 2 ** 35;

export interface TaskOrder {
  readonly column: TaskColumn;
  readonly down: boolean;
}

/** The slots of tasks that match `query`, in the order asked for. */
export function findTasks(model: ClusterModel, query: string, order: TaskOrder, nowMs: number): Int32Array {
  const { tasks } = model;
  const tests = parseQuery(query).map((term) => testOf(model, term));
  const key = keyOf(model, order.column, nowMs);
  const found = new Float64Array(tasks.slots);
  let count = 0;
  for (let slot = 0; slot < tasks.slots; slot += 1) {
    if (tasks.numberAt(slot) < 0 || !tests.every((test) => test(slot))) continue;
    found[count] = Math.min(KEY_LIMIT, Math.max(0, Math.floor(key(slot)))) * SLOT_SPAN + slot;
    count += 1;
  }
  const sorted = found.subarray(0, count).toSorted();
  const slots = new Int32Array(count);
  for (let at = 0; at < count; at += 1) slots[order.down ? count - 1 - at : at] = (sorted[at] ?? 0) % SLOT_SPAN;
  return slots;
}

/** How many of all tasks are in which phase. */
export function countPhases(model: ClusterModel): readonly number[] {
  const counts = PHASE_NAMES.map(() => 0);
  for (let slot = 0; slot < model.tasks.slots; slot += 1) {
    const phase = model.tasks.phaseAt(slot);
    if (model.tasks.numberAt(slot) >= 0) counts[phase] = (counts[phase] ?? 0) + 1;
  }
  return counts;
}

/** How long it ran, or runs; of one that waits, how long it has. */
export function taskTimeMs(model: ClusterModel, slot: number, nowMs: number): number {
  const { tasks } = model;
  const phase = tasks.phaseAt(slot);
  const startedMs = tasks.startedAt(slot) || tasks.createdAt(slot);
  return Math.max(0, (isOpen(phase) ? nowMs : tasks.endedAt(slot) || startedMs) - startedMs);
}

type Test = (slot: number) => boolean;

function testOf(model: ClusterModel, term: Term): Test {
  const test = plainTest(model, term);
  return term.not ? (slot) => !test(slot) : test;
}

function plainTest(model: ClusterModel, { key, value }: Term): Test {
  const { tasks } = model;
  switch (key) {
    case "fn":
      return functionTest(model, value);
    case "state":
      return (slot) => PHASE_NAMES[tasks.phaseAt(slot)]?.startsWith(value) === true;
    case "server":
    case "node":
      return serverTest(model, value);
    case "job":
      return jobTest(model, value);
    case "id":
      return (slot) => tasks.idAt(slot)?.includes(value) === true;
    case "attempt":
      return (slot) => tasks.attemptAt(slot) >= Number(value);
    default: {
      const text = key === "" ? value : `${key}:${value}`;
      const byFunction = functionTest(model, text);
      return (slot) =>
        byFunction(slot) ||
        tasks.argsAt(slot).toLowerCase().includes(text) ||
        tasks.idAt(slot)?.includes(text) === true;
    }
  }
}

function functionTest(model: ClusterModel, value: string): Test {
  const matching = model.functionList.map(({ name }) => name.toLowerCase().includes(value));
  return (slot) => matching[model.tasks.fnAt(slot)] === true;
}

/** By its name, or its node's, or its id. */
function serverTest(model: ClusterModel, value: string): Test {
  const known = new Map<ServerId, boolean>();
  return (slot) => {
    const server = model.tasks.serverAt(slot);
    if (server === undefined) return false;
    let matches = known.get(server);
    if (matches === undefined) {
      matches = serverName(model, server).toLowerCase().startsWith(value) || server.toLowerCase().startsWith(value);
      known.set(server, matches);
    }
    return matches;
  };
}

function jobTest(model: ClusterModel, value: string): Test {
  const known = new Map<JobId, boolean>();
  return (slot) => {
    const job = model.tasks.jobAt(slot);
    if (job === undefined) return false;
    let matches = known.get(job);
    if (matches === undefined) {
      matches = isJobMeant(model, job, value);
      known.set(job, matches);
    }
    return matches;
  };
}

function keyOf(model: ClusterModel, column: TaskColumn, nowMs: number): (slot: number) => number {
  const { tasks } = model;
  switch (column) {
    case "created":
      return (slot) => tasks.numberAt(slot);
    case "time":
      return (slot) => taskTimeMs(model, slot, nowMs);
    case "state":
      return (slot) => tasks.phaseAt(slot);
    case "attempts":
      return (slot) => tasks.attemptAt(slot);
    case "fn": {
      const rank = ranks(model.functionList.map(({ name }, index) => [index, name] as const));
      return (slot) => rank.get(tasks.fnAt(slot)) ?? 0;
    }
    case "job": {
      const rank = ranks([...model.jobs.values()].map(({ id, name }) => [id, name] as const));
      return (slot) => rank.get(tasks.jobAt(slot) ?? "") ?? 0;
    }
    case "server": {
      const rank = ranks([...model.servers.keys()].map((id) => [id, serverName(model, id)] as const));
      return (slot) => rank.get(tasks.serverAt(slot) ?? "") ?? 0;
    }
    default:
      return column satisfies never;
  }
}

/** The place of each in the order of their names, from 1. */
function ranks<K>(named: readonly (readonly [key: K, name: string])[]): ReadonlyMap<K | string, number> {
  const order = named.toSorted((a, b) => a[1].localeCompare(b[1], "en", { numeric: true }));
  return new Map(order.map(([key], index) => [key, index + 1]));
}
