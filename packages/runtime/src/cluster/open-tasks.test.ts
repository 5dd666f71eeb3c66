import { expect, test } from "vitest";
import { type JobId, type ServerId, type TaskId } from "../ids.ts";
import { type ClusterEvent, type ClusterEventBody } from "./events.ts";
import { openTasks } from "./open-tasks.ts";

// Ids in their usual forms.
const task = (number: number): TaskId => `t_${String(number).padStart(26, "0")}` as TaskId;
const job = `j_${"1".padStart(26, "0")}` as JobId;
const server = "node/1" as ServerId;

function told(bodies: readonly ClusterEventBody[]): readonly ClusterEvent[] {
  return bodies.map((body, index) => ({ ...body, seq: index + 1, epoch: 1, timeMs: 100 + index }));
}

const created = (number: number): ClusterEventBody => ({
  type: "task.created",
  kind: "cpu",
  task: task(number),
  job,
  fn: "f",
  attempt: 1,
});
const started = (number: number, attempt = 1): ClusterEventBody => ({
  type: "task.started",
  server,
  task: task(number),
  job,
  fn: "f",
  attempt,
});
const retried = (number: number): ClusterEventBody => ({
  type: "task.retried",
  server,
  task: task(number),
  job,
  fn: "f",
  attempt: 1,
  error: { code: "SERVER_LOST", message: "" },
});
const exited = (number: number): ClusterEventBody => ({
  type: "task.exited",
  exit: "returned",
  startedMs: 1,
  endedMs: 2,
  task: task(number),
  job,
  fn: "f",
  attempt: 1,
});

test("tasks that have not ended are told again with the times they had, those that run first", () => {
  const events = told([created(1), created(2), created(3), started(2), exited(3), created(4), started(4), exited(4)]);
  expect(openTasks(events, 100)).toEqual([
    { ...created(2), atMs: 101 },
    { ...started(2), atMs: 103 },
    { ...created(1), atMs: 100 },
  ]);
  expect(openTasks(events, 2)).toHaveLength(2);
});

test("a task that waits for its next attempt is not told as running, and one whose beginning is forgotten is", () => {
  const events = told([created(1), started(1), retried(1), started(2)]);
  expect(openTasks(events, 100)).toEqual([
    { ...started(2), atMs: 103 },
    { ...created(1), atMs: 100 },
  ]);
});
