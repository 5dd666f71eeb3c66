import { expect, test } from "vitest";
import { type JobId, type PeerId, type ServerId, type TaskId } from "../ids.ts";
import { EVENT_STACK_LIMIT } from "../defaults.ts";
import { silentLogger } from "../logger.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { ClusterLog } from "./cluster-log.ts";
import { type ClusterEvent, type ClusterEventBody, forViewer, NO_COUNTERS } from "./events.ts";
import { reportedEvent } from "./reported-events.ts";
import { stackOf } from "./run-words.ts";
import { Watchers } from "./watchers.ts";

const platform = installHostPlatform();
// Ids in their usual forms.
const JOB = `j_${"1".padStart(26, "0")}` as JobId;
const TASK = `t_${"1".padStart(26, "0")}` as TaskId;
const SERVER = "node/1" as ServerId;

test("an event that is not what it says it is holds up nobody who watches: it is a gap", () => {
  const log = new ClusterLog(1, 100, () => 100);
  const got: ClusterEvent[] = [];
  const notify = (_to: unknown, _push: string, events: readonly ClusterEvent[]): void => void got.push(...events);
  const watchers = new Watchers({ platform, log, logger: silentLogger, notify, onWatched: () => {} });
  watchers.add({ peer: "viewer" as PeerId, server: 0 }, "push", { type: "bare" }, 0);
  // As it could come over the wire, were it not checked.
  log.push({ type: "task.retried", job: JOB } as ClusterEventBody, "other/0", 1);
  log.push({ type: "job.progress", job: JOB, counters: NO_COUNTERS, omitted: 0 }, "other/0", 2);
  watchers.flush();
  expect(got).toMatchObject([
    { type: "gap", from: 1, to: 1, seq: 1 },
    { type: "job.progress", seq: 2 },
  ]);
  watchers.close();
});

test("the text and the stack of an error are for those alone whose job it is", () => {
  const body = {
    type: "task.exited",
    exit: "failed",
    startedMs: 1,
    endedMs: 2,
    job: JOB,
    task: TASK,
    fn: "f",
  } as const;
  const event = {
    ...body,
    attempt: 1,
    error: { code: "Error", message: "no", stack: "at x" },
    seq: 1,
    epoch: 1,
    timeMs: 1,
  };
  expect(forViewer({ ...event, argsText: "1" })).toEqual({ ...event, error: { code: "Error", message: "" } });
});

test("an error is told with the stacks of its causes, each with its part of the room", () => {
  const cause = new Error("row 17 is empty");
  const outer = new Error("customer 3 has no address", { cause });
  outer.stack = `Error: customer 3 has no address\n${"    at somewhere\n".repeat(1000)}`;
  const { stack = "" } = stackOf(outer);
  expect(stack).toContain("customer 3 has no address");
  expect(stack).toMatch(/\ncaused by [^]*/);
  expect(stack.length).toBeLessThanOrEqual(EVENT_STACK_LIMIT);
  cause.stack = "Error: row 17 is empty\n    at row";
  expect(stackOf(outer).stack).toMatch(/caused by Error: row 17 is empty\n {4}at row$/);
  cause.stack = "row@tasks.ts";
  expect(stackOf(outer).stack).toMatch(/caused by Error: row 17 is empty\nrow@tasks\.ts$/);
  cause.cause = outer;
  expect(stackOf(outer).stack?.split("caused by").length).toBe(4);
});

const words = { task: TASK, job: JOB, fn: "f", attempt: 1 } as const;
const error = { code: "Error", message: "no" };

test.each<ClusterEventBody>([
  { type: "task.created", kind: "cpu", argsText: "[1]", ...words },
  { type: "task.started", server: SERVER, ...words },
  { type: "task.retried", server: SERVER, error, ...words },
  {
    type: "task.exited",
    exit: "failed",
    server: SERVER,
    startedMs: 1,
    endedMs: 2,
    error: { ...error, stack: "at x" },
    argsText: "[1]",
    ...words,
  },
  { type: "task.exited", exit: "cancelled", startedMs: 1, endedMs: 2, ...words },
  { type: "log", job: JOB, server: SERVER, task: TASK, level: "info", text: "hello", fields: { n: 1 } },
])("a client may tell $type of a task of its job, and nothing else in it", (event) => {
  expect(reportedEvent(event, JOB)).toEqual(event);
  expect(reportedEvent({ ...event, more: 1 }, JOB)).toEqual(event);
  expect(reportedEvent({ ...event, server: 1 }, JOB)).toEqual(event.type === "task.created" ? event : "malformed");
  expect(reportedEvent({ ...event, job: `j_${"2".padStart(26, "0")}` }, JOB)).toBe("malformed");
});

test.each([
  undefined,
  7,
  {},
  { type: 7 },
  { type: "task.retried", job: JOB },
  { type: "task.unheard", ...words },
  { type: "log", job: JOB, server: SERVER, level: "loud", text: "" },
])("what a client reports and nobody could be shown is left out: %o", (event) => {
  expect(reportedEvent(event, JOB)).toBe("malformed");
});

test("a job's own events are no matter of the cluster", () => {
  expect(reportedEvent({ type: "node.skipped", node: 1 }, JOB)).toBe("none");
});
