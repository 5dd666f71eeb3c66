/** How tasks change the model. */
import type { ClusterEvent, ServerId, TaskId } from "@skein/runtime";
import { type ClusterModel, type FunctionRow, RUNNING_LIMIT, type ServerRow } from "./cluster-model.ts";
import { holds } from "./holds.ts";
import { retryTrouble, taskTrouble } from "./reduce-troubles.ts";
import { SpanExit } from "./span-log.ts";
import { TaskPhase } from "./task-row.ts";

type Of<Type extends ClusterEvent["type"]> = Extract<ClusterEvent, { readonly type: Type }>;
type Created = Of<"task.created">;
type Started = Of<"task.started">;
type Retried = Of<"task.retried">;
type Exited = Of<"task.exited">;
type Corrected = Of<"task.corrected">;

/** Functions told apart; names come from outside, so they are bounded. */
const FUNCTION_LIMIT = 500;
const OTHERS = "other functions";

/** News of a task for its row, whether they are of now or of before the snapshot. */
export function keepTask(model: ClusterModel, event: Created | Started | Retried | Exited | Corrected): void {
  const { tasks } = model;
  const { task, job, attempt, timeMs } = event;
  const fn = functionRow(model, event.fn).index;
  switch (event.type) {
    case "task.created":
      return tasks.put(task, fn, job, {
        kind: event.kind,
        // Told again, it may be on a later one by now.
        ...(tasks.slotOf(task) === undefined ? { attempt } : {}),
        createdMs: event.atMs ?? timeMs,
        ...(event.argsText === undefined ? {} : { args: event.argsText }),
      });
    case "task.started":
      linkRetry(model, event);
      return tasks.put(task, fn, job, {
        phase: TaskPhase.running,
        attempt,
        server: event.server,
        startedMs: event.atMs ?? timeMs,
        endedMs: 0,
      });
    case "task.retried":
      return keepAttempt(model, event, fn);
    case "task.exited":
      return tasks.put(task, fn, job, {
        phase: PHASES[event.exit],
        attempt,
        // One that ended between two attempts was last where its last attempt was.
        ...(event.server === undefined ? {} : { server: event.server }),
        startedMs: event.server === undefined ? 0 : event.startedMs,
        endedMs: event.endedMs,
        ...(event.error === undefined ? {} : { error: event.error }),
        ...(event.argsText === undefined ? {} : { args: event.argsText }),
      });
    case "task.corrected":
      return tasks.setCorrected(task);
    default:
      event satisfies never;
  }
}

const PHASES = {
  returned: TaskPhase.returned,
  failed: TaskPhase.failed,
  cancelled: TaskPhase.cancelled,
  lost: TaskPhase.lost,
} as const satisfies Readonly<Record<Exited["exit"], TaskPhase>>;

function keepAttempt(model: ClusterModel, event: Retried, fn: number): void {
  const { task, job, attempt, server, error, timeMs } = event;
  const before = model.tasks.row(task);
  const startedMs = before?.attempt === attempt ? before.startedMs : 0;
  model.tasks.put(task, fn, job, { phase: TaskPhase.waiting, attempt: attempt + 1, server: undefined, startedMs: 0 });
  model.tasks.addAttempt(task, { attempt, server, startedMs, endedMs: timeMs, error });
  const row = laneOf(model, server);
  if (row === undefined || startedMs === 0) return;
  row.busy.addSpan(startedMs, timeMs);
  model.spans.add({ server: row.index, fn, startMs: startedMs, endMs: timeMs, exit: SpanExit.retried, task });
}

/** From the end of the attempt before to the start of this one. */
function linkRetry(model: ClusterModel, event: Started): void {
  if (event.attempt < 2) return;
  const last = model.tasks.row(event.task)?.attempts.at(-1);
  const from = last === undefined ? undefined : laneOf(model, last.server);
  const to = model.servers.get(event.server);
  if (last !== undefined && from !== undefined && to !== undefined)
    model.retries.add(from.index, last.endedMs, to.index, event.atMs ?? event.timeMs);
}

export function taskStarted(model: ClusterModel, event: Started): void {
  leave(model, event.task);
  keepTask(model, event);
  const server = model.servers.get(event.server);
  if (server === undefined) return;
  const fn = functionRow(model, event.fn).index;
  server.running.set(event.task, { task: event.task, job: event.job, fn, startedMs: event.atMs ?? event.timeMs });
  if (server.running.size > RUNNING_LIMIT) server.running.delete(server.running.keys().next().value ?? event.task);
  holds(server, event.job, event.timeMs);
}

export function taskRetried(model: ClusterModel, event: Retried): void {
  leave(model, event.task, event.server);
  keepTask(model, event);
  retryTrouble(model, event);
}

export function taskExited(model: ClusterModel, event: Exited): void {
  leave(model, event.task, event.server);
  keepTask(model, event);
  const server = taskEnded(model, event);
  if (server === undefined) return;
  if (isFailure(event)) server.sinceReport.failed += 1;
  else server.sinceReport.done += 1;
  server.accountedMs += event.endedMs - event.startedMs;
  server.last = { fn: functionRow(model, event.fn).index, endMs: event.timeMs };
  // What it said it runs is this task, or one before it.
  if (server.reported !== undefined && server.reported.startedMs < event.endedMs) server.reported = undefined;
}

/** What is over: its rectangle, its function's count, its error. Gives the server it ran on. */
export function taskEnded(model: ClusterModel, event: Exited): ServerRow | undefined {
  const fn = functionRow(model, event.fn);
  if (isFailure(event)) fn.failed += 1;
  else if (event.exit === "returned") fn.done += 1;
  taskTrouble(model, event);
  const server = event.server === undefined ? undefined : laneOf(model, event.server);
  if (server === undefined) return undefined;
  server.busy.addSpan(event.startedMs, event.endedMs);
  server.finished.add(event.endedMs, 1);
  model.spans.add({
    server: server.index,
    fn: fn.index,
    startMs: event.startedMs,
    endMs: event.endedMs,
    exit: SpanExit[event.exit],
    task: event.task,
  });
  return server;
}

/** A server, also one that is gone: what it did is told late. */
const laneOf = (model: ClusterModel, server: ServerId): ServerRow | undefined =>
  model.servers.get(server) ?? model.gone.get(server)?.server;

const isFailure = ({ exit }: Exited): boolean => exit === "failed" || exit === "lost";

/** The row of a function; past {@link FUNCTION_LIMIT} names, that of all others together. */
export function functionRow(model: ClusterModel, name: string): FunctionRow {
  const known = model.functions.get(name);
  if (known !== undefined) return known;
  if (model.functions.size >= FUNCTION_LIMIT && name !== OTHERS) return functionRow(model, OTHERS);
  const row = { name, index: model.functions.size, done: 0, failed: 0 };
  model.functions.set(name, row);
  model.functionList.push(row);
  return row;
}

/** Takes a task from the server it ran on: the one its event names, as there may be no row for it, and the one of its row. */
function leave(model: ClusterModel, task: TaskId, told?: ServerId): void {
  if (told !== undefined) model.servers.get(told)?.running.delete(task);
  const slot = model.tasks.slotOf(task);
  const server = slot === undefined ? undefined : model.tasks.serverAt(slot);
  if (server !== undefined) model.servers.get(server)?.running.delete(task);
}
