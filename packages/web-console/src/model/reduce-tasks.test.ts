import type { ClusterEvent, ClusterEventBody, JobId, TaskId } from "@skein/runtime";
import { expect, test } from "vitest";
import { advance, busyCluster, FNS, opened, tell } from "../dev/followed-cluster.ts";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import { RUNNING_LIMIT } from "./cluster-model.ts";
import { reduce } from "./reduce.ts";
import { jobsInOrder, serversInOrder } from "./select.ts";
import { TaskPhase } from "./task-row.ts";
import { TASK_LIMIT } from "./task-table.ts";

test("a failure is listed with its function, code, server and message", () => {
  const cluster = busyCluster(50, 1);
  const model = opened(cluster);
  advance(model, cluster, 500);
  expect(model.troubles.values[0]).toMatchObject({
    kind: "task",
    what: "tokenise",
    error: { code: "REMOTE_ERROR", message: "RangeError: Invalid array length" },
  });
});

test("a retried attempt is a rectangle of its own, linked to the next one, and kept with its task", () => {
  const cluster = new SimulatedCluster({ jobs: [{ name: "words", tasks: 40, fns: FNS }], failShare: 0 });
  const model = opened(cluster);
  advance(model, cluster, 500);
  reduce(model, { type: "events", events: cluster.lose(0), nowMs: cluster.nowMs });
  advance(model, cluster, 5000);
  const links: number[] = [];
  model.retries.each(0, Infinity, (from, fromMs, _, toMs) => void links.push(from, toMs - fromMs));
  expect(links.length).toBe(2);
  const trouble = model.troubles.values.find(({ kind }) => kind === "retry");
  expect(trouble?.task).toBeDefined();
  const row = trouble?.task === undefined ? undefined : model.tasks.row(trouble.task);
  expect(row).toMatchObject({ phase: TaskPhase.returned, attempt: 2 });
  expect(row?.attempts).toMatchObject([{ attempt: 1, error: { code: "SERVER_LOST" } }]);
  expect(model.spans.count).toBe(41);
});

test("after a gap, tasks whose end may be in it count as unheard of; so do those of a job that is over", () => {
  const cluster = new SimulatedCluster({ failShare: 0 });
  const model = opened(cluster);
  cluster.open("words", 400, FNS, 20);
  advance(model, cluster, 500);
  expect(model.tasks.open).toBe(26);
  const at = { epoch: cluster.epoch, timeMs: cluster.nowMs };
  const gap: ClusterEvent = { type: "gap", from: model.seq + 1, to: model.seq + 5, seq: model.seq + 5, ...at };
  reduce(model, { type: "events", events: [gap], nowMs: cluster.nowMs });
  expect([model.tasks.open, model.missedEvents]).toEqual([0, 5]);
});

test("after a gap a server runs what is told from then on, and nothing that was begun before it", () => {
  const cluster = busyCluster();
  const model = opened(cluster);
  for (let time = 0; time < 5; time += 1) {
    advance(model, cluster, 1000);
    const missing = cluster.advance(250);
    const gap = { type: "gap", from: missing[0]?.seq ?? 0, to: missing.at(-1)?.seq ?? 0 } as const;
    const event = { ...gap, seq: gap.to, epoch: cluster.epoch, timeMs: cluster.nowMs };
    reduce(model, { type: "events", events: [event], nowMs: cluster.nowMs });
  }
  advance(model, cluster, 1000);
  for (const server of model.servers.values()) expect(server.running.size).toBeLessThanOrEqual(1);
});

test("tasks for which the table has no room leave their server when they end, and no server lists them without end", () => {
  const cluster = new SimulatedCluster();
  const model = opened(cluster);
  const [server] = serversInOrder(model);
  if (server === undefined) throw new Error("no server");
  const words = (name: string) => ({ task: name as TaskId, job: "j_1" as JobId, fn: "f", attempt: 1 });
  const created = Array.from({ length: TASK_LIMIT }, (_, n): ClusterEventBody => ({
    type: "task.created",
    kind: "cpu",
    ...words(`w${n}`),
  }));
  while (created.length > 0) tell(model, cluster, ...created.splice(-4096));
  for (let n = 0; n < 3000; n += 1)
    tell(model, cluster, { type: "task.started", server: server.id, ...words(`x${n}`) });
  expect(server.running.size).toBe(RUNNING_LIMIT);
  const at = { startedMs: cluster.nowMs, endedMs: cluster.nowMs };
  for (let n = 0; n < 3000; n += 1)
    tell(model, cluster, { type: "task.exited", exit: "returned", server: server.id, ...at, ...words(`x${n}`) });
  expect(server.running.size).toBe(0);
});

test("when a job's counts say that all has ended, no task of it seems to run; others still do", () => {
  const cluster = new SimulatedCluster({ failShare: 0 });
  const model = opened(cluster);
  cluster.open("words", 400, FNS, 20);
  advance(model, cluster, 500);
  const [job] = jobsInOrder(model);
  const [server] = serversInOrder(model);
  if (job === undefined || server === undefined) throw new Error("nothing there");
  const other = { task: "t_other" as TaskId, job: "j_other" as JobId, fn: "g", attempt: 1 };
  tell(model, cluster, { type: "task.started", server: server.id, ...other });
  const { submitted } = job.counters;
  const counters = { ...job.counters, running: 0, done: submitted, failed: 0, cancelled: 0, lost: 0 };
  tell(model, cluster, { type: "job.progress", job: job.id, counters, omitted: 9 });
  expect(model.tasks.open).toBe(1);
  expect(serversInOrder(model).flatMap(({ running }) => [...running.keys()])).toEqual(["t_other"]);
});
