import { expect, test } from "vitest";
import type { ClusterEvent, ClusterEventBody, JobId, JobInfo, PeerId, TaskId } from "@skein/runtime";
import { NO_COUNTERS, serverId } from "@skein/runtime/host";
import { EventNames, lineOf, printedLine } from "./event-text.ts";

const node = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp" as PeerId;
const job = `j_${"0".repeat(26)}` as JobId;
const task = `t_${"0".repeat(26)}` as TaskId;
const server = serverId(node, 2);
const info: JobInfo = {
  id: job,
  name: "primes",
  client: node,
  weight: 1,
  state: "active",
  openedMs: 0,
  demand: 0,
  held: 0,
  counters: NO_COUNTERS,
};

function line(body: ClusterEventBody) {
  const names = new EventNames();
  const event: ClusterEvent = { ...body, seq: 1, epoch: 1, timeMs: 0 };
  names.learn({ nodes: [], jobs: [info] });
  names.take(event);
  return lineOf(event, names);
}

test("a task's log line has its job, server and task, and what it gave along", () => {
  expect(
    line({ type: "log", job, server, task, level: "warn", text: "half\u001b way", fields: { percent: 50 } }),
  ).toEqual({
    level: "warn",
    text: "half? way",
    fields: { job: "primes", server: "…vnc6iDEp/2", task, percent: 50 },
  });
});

test("events are told with names for ids, failures as errors", () => {
  const words = { task, job, fn: "count", attempt: 1 } as const;
  expect(line({ type: "task.created", kind: "cpu", argsText: "[1, 2]", ...words })).toEqual({
    level: "debug",
    text: "task.created",
    fields: { job: "primes", fn: "count", task, attempt: 1, argsText: "[1, 2]" },
  });
  const error = { code: "RangeError", message: "too far" };
  expect(line({ type: "task.exited", exit: "failed", server, startedMs: 10, endedMs: 25.4, error, ...words })).toEqual({
    level: "error",
    text: "task.exited",
    fields: {
      job: "primes",
      server: "…vnc6iDEp/2",
      fn: "count",
      task,
      attempt: 1,
      exit: "failed",
      tookMs: 15,
      error: "RangeError",
      message: "too far",
    },
  });
  const why = "no node has joined";
  expect(line({ type: "job.waiting", job: info, why })).toMatchObject({
    level: "warn",
    fields: { job: "primes", why },
  });
});

test("that a job waits for its first server is no warning", () => {
  expect(line({ type: "job.waiting", job: info })).toMatchObject({ level: "debug", fields: { job: "primes" } });
});

test("events that only count are no line, and what is missing is one", () => {
  expect(line({ type: "job.progress", job, counters: NO_COUNTERS, omitted: 0 })).toBe(undefined);
  expect(line({ type: "gap", from: 3, to: 9 })).toMatchObject({ level: "warn", fields: { from: 3, to: 9 } });
});

test("an event is printed with the time at which it happened, not at which it is read", () => {
  const at = new Date(2026, 4, 6, 7, 8, 9);
  const event: ClusterEvent = { type: "job.closed", job: info, seq: 1, epoch: 1, timeMs: at.getTime() };
  const names = new EventNames();
  names.take(event);
  expect(printedLine(event, names, "info")).toBe("2026-05-06 07:08:09 info  job.closed job=primes\n");
  expect(printedLine(event, names, "warn")).toBe(undefined);
});
