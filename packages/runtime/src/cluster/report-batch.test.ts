import { expect, test } from "vitest";
import { EVENT_LIMIT_BYTES, REPORT_EVENTS_LIMIT } from "../defaults.ts";
import { type JobId, type PeerId, type ServerId, type TaskId } from "../ids.ts";
import { type ClusterEventBody } from "./events.ts";
import { ReportBatch } from "./report-batch.ts";

// Words that only have to be told apart here.
const JOB = "job" as JobId;
const SERVER = `${"node" as PeerId}/1` as ServerId;
const words = (number: number) => ({ task: `t${number}` as TaskId, job: JOB, fn: "f", attempt: 1 });
const created = (n: number): ClusterEventBody => ({ type: "task.created", kind: "cpu", ...words(n) });
const started = (n: number): ClusterEventBody => ({ type: "task.started", server: SERVER, ...words(n) });
const retried = (n: number): ClusterEventBody => ({
  type: "task.retried",
  server: SERVER,
  error: { code: "SERVER_LOST", message: "" },
  ...words(n),
});
const exited = (n: number): ClusterEventBody => ({
  type: "task.exited",
  exit: "returned",
  server: SERVER,
  startedMs: 0,
  endedMs: 1,
  ...words(n),
});
const tasksOf = (events: readonly ClusterEventBody[], ...types: readonly string[]): ReadonlySet<string> =>
  new Set(events.flatMap((event) => ("task" in event && types.includes(event.type) ? [event.task ?? ""] : [])));

test("each task whose start is told has its end told, however many come at once", () => {
  const batch = new ReportBatch();
  const told: ClusterEventBody[] = [];
  let omitted = 0;
  const add = (event: ClusterEventBody): void => {
    if (!batch.add(event, 200)) omitted += 1;
  };
  // Two thousand begin within each report and end within the next one.
  for (let report = 0; report < 4; report += 1) {
    for (let n = 0; n < 2000; n += 1) add(created(report * 2000 + n));
    for (let n = 0; n < 2000; n += 1) {
      add(started(report * 2000 + n));
      if (report > 0) add(exited((report - 1) * 2000 + n));
    }
    told.push(...batch.take());
  }
  for (let n = 0; n < 2000; n += 1) add(exited(6000 + n));
  while (batch.owes) told.push(...batch.take());
  told.push(...batch.take());
  const begun = tasksOf(told, "task.created", "task.started");
  expect(begun.size).toBeGreaterThanOrEqual(REPORT_EVENTS_LIMIT);
  const ended = tasksOf(told, "task.exited");
  expect([...begun].filter((task) => !ended.has(task))).toEqual([]);
  expect(omitted).toBe(4 * 6000 - told.length);
  // Of one task nothing is told after its end.
  const lastOf = new Map(told.map((event) => ["task" in event ? event.task : undefined, event.type]));
  expect([...begun].filter((task) => lastOf.get(task as TaskId) !== "task.exited")).toEqual([]);
});

test("ends that are owed are told before anything begins, and those of a report are as many as fit", () => {
  const batch = new ReportBatch();
  for (let report = 0; report < 5; report += 1) {
    for (let n = 0; n < REPORT_EVENTS_LIMIT; n += 1) batch.add(created(report * REPORT_EVENTS_LIMIT + n), 10);
    expect(batch.take()).toHaveLength(REPORT_EVENTS_LIMIT);
  }
  for (let n = 0; n < 5 * REPORT_EVENTS_LIMIT; n += 1) expect(batch.add(exited(n), 10)).toBe(true);
  expect(batch.owes).toBe(true);
  expect(batch.add(created(9999), 10)).toBe(false);
  const sizes: number[] = [];
  while (batch.owes) sizes.push(batch.take().length);
  sizes.push(batch.take().length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(5 * REPORT_EVENTS_LIMIT);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2 * REPORT_EVENTS_LIMIT);
  expect(batch.add(created(9999), 10)).toBe(true);
});

test("a task of which nothing was told before is told by its end alone; what is too large is not told", () => {
  const batch = new ReportBatch();
  expect(batch.add(exited(1), 10)).toBe(true);
  expect(batch.add(exited(2), EVENT_LIMIT_BYTES + 1)).toBe(false);
  expect(batch.add(started(3), Infinity)).toBe(false);
  expect(batch.take().map(({ type }) => type)).toEqual(["task.exited"]);
  expect(batch.take()).toEqual([]);
});

test("an attempt that is made again is told in its place, also in a full report", () => {
  const batch = new ReportBatch();
  for (let n = 0; n < REPORT_EVENTS_LIMIT; n += 1) batch.add(started(n), 10);
  expect(batch.add(retried(0), 10)).toBe(true);
  expect(batch.add(exited(0), 10)).toBe(true);
  expect(
    batch
      .take()
      .slice(-2)
      .map(({ type }) => type),
  ).toEqual(["task.retried", "task.exited"]);
});

test("when nobody watches any more, nothing is owed", () => {
  const batch = new ReportBatch();
  for (let n = 0; n < 2 * REPORT_EVENTS_LIMIT; n += 1) {
    batch.add(created(n), 10);
    batch.add(exited(n), 10);
  }
  batch.forget();
  expect([batch.owes, batch.take()]).toEqual([false, []]);
});
