/** How tasks change the model. */
import type { ClusterEvent } from "@skein/runtime";
import { type ClusterModel, FOLLOWED_TASK_LIMIT, type FunctionRow, type ServerRow } from "./cluster-model.ts";
import { retryTrouble, taskTrouble } from "./reduce-troubles.ts";
import { SpanExit } from "./span-log.ts";

type Created = Extract<ClusterEvent, { readonly type: "task.created" }>;
type Started = Extract<ClusterEvent, { readonly type: "task.started" }>;
type Retried = Extract<ClusterEvent, { readonly type: "task.retried" }>;
type Exited = Extract<ClusterEvent, { readonly type: "task.exited" }>;

/** Functions told apart; names come from outside, so they are bounded. */
const FUNCTION_LIMIT = 500;
const OTHERS = "other functions";

export function taskCreated(model: ClusterModel, event: Created): void {
  if (model.tasks.size >= FOLLOWED_TASK_LIMIT) return;
  model.tasks.set(event.task, { fn: functionRow(model, event.fn).index, job: event.job, server: undefined });
}

export function taskStarted(model: ClusterModel, event: Started, timeMs: number): void {
  const fn = functionRow(model, event.fn).index;
  const server = model.servers.get(event.server);
  if (server === undefined) return;
  leave(model, event.task);
  if (model.tasks.size < FOLLOWED_TASK_LIMIT) model.tasks.set(event.task, { fn, job: event.job, server: server.id });
  server.running.set(event.task, { task: event.task, fn, startedMs: timeMs });
  server.job = event.job;
}

export function taskRetried(model: ClusterModel, event: Retried): void {
  leave(model, event.task);
  retryTrouble(model, event);
}

export function taskExited(model: ClusterModel, event: Exited): void {
  leave(model, event.task);
  model.tasks.delete(event.task);
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
  const server = event.server === undefined ? undefined : model.servers.get(event.server);
  if (server === undefined) return undefined;
  server.busy.addSpan(event.startedMs, event.endedMs);
  model.spans.add({
    server: server.index,
    fn: fn.index,
    startMs: event.startedMs,
    endMs: event.endedMs,
    exit: SpanExit[event.exit],
  });
  return server;
}

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

/** Takes a task from the server it ran on. */
function leave(model: ClusterModel, task: Exited["task"]): void {
  const followed = model.tasks.get(task);
  if (followed?.server === undefined) return;
  model.servers.get(followed.server)?.running.delete(task);
}
