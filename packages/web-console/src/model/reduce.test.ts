import type { ClusterEvent, ClusterEventBody, PeerId } from "@skein/runtime";
import { expect, test } from "vitest";
import { advance, busyCluster, FNS, opened } from "../dev/followed-cluster.ts";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import { createModel } from "./cluster-model.ts";
import { reduce } from "./reduce.ts";
import {
  clusterNow,
  doneOf,
  isBusy,
  jobProgress,
  jobsInOrder,
  pageTime,
  runsNow,
  serverName,
  serversInOrder,
  serverTotals,
  taskTotals,
} from "./select.ts";

const NOW_MS = 1_790_000_000_000;

test("a snapshot shows the nodes and servers before anything happens", () => {
  const model = opened(new SimulatedCluster());
  expect([...model.nodes.values()].map((node) => node.info.name)).toEqual(["maxi", "workbench"]);
  expect(serverTotals(model)).toEqual({ all: 6, busy: 0, lost: 0 });
  expect(serversInOrder(model).map((server) => serverName(model, server.id))).toEqual([
    "maxi/1",
    "maxi/2",
    "maxi/3",
    "maxi/4",
    "workbench/1",
    "workbench/2",
  ]);
});

test("while a job runs, its servers are busy and what they run is named", () => {
  const cluster = busyCluster();
  const model = opened(cluster);
  advance(model, cluster, 1000);
  expect(serverTotals(model).busy).toBe(6);
  expect(serversInOrder(model).map((server) => runsNow(model, server))).toEqual(Array(6).fill("tokenise"));
});

test("when all tasks have ended, every one is counted once and no server is busy", () => {
  const cluster = busyCluster(200);
  const model = opened(cluster);
  for (let second = 0; second < 10; second += 1) advance(model, cluster, 1000);
  expect(taskTotals(model)).toEqual({
    waiting: 0,
    running: 0,
    done: 200,
    failed: 0,
    cancelled: 0,
    lost: 0,
    retried: 0,
  });
  expect(serversInOrder(model).reduce((sum, server) => sum + doneOf(server), 0)).toBe(200);
  expect(serversInOrder(model).filter((server) => isBusy(model, server))).toEqual([]);
  expect([model.tasks.size, model.tasks.open]).toEqual([200, 0]);
  expect(model.spans.count).toBe(200);
  expect(jobsInOrder(model)[0]?.state).toBe("closed");
});

test("waiting, running and finished tasks add up to those submitted, at any time", () => {
  const cluster = busyCluster(500, 0.1);
  const model = opened(cluster);
  for (let quarter = 0; quarter < 60; quarter += 1) {
    advance(model, cluster, 250);
    const { waiting, running, done, failed } = taskTotals(model);
    expect(waiting + running + done + failed).toBe(500);
  }
});

test("a job has a rate and an estimate while it runs", () => {
  const cluster = busyCluster(10_000);
  const model = opened(cluster);
  for (let second = 0; second < 10; second += 1) advance(model, cluster, 1000);
  const [job] = jobsInOrder(model);
  if (job === undefined) throw new Error("no job");
  const progress = jobProgress(job, clusterNow(model, cluster.nowMs));
  // Six servers, about 100 ms a task and up to 25 ms between two.
  expect(progress.ratePerSecond).toBeGreaterThan(40);
  expect(progress.ratePerSecond).toBeLessThan(65);
  expect(progress.leftMs).toBeCloseTo(((10_000 - progress.finished) / progress.ratePerSecond) * 1000, 0);
  expect(job.units.get("files")?.ratePerSecond(clusterNow(model, cluster.nowMs), 5)).toBeCloseTo(
    progress.ratePerSecond * 12,
    5,
  );
});

test("what was done before the page opened is no rate of now", () => {
  const cluster = busyCluster(10_000);
  cluster.advance(20_000);
  const model = opened(cluster);
  const [job] = jobsInOrder(model);
  if (job === undefined) throw new Error("no job");
  expect(jobProgress(job, cluster.nowMs).ratePerSecond).toBe(0);
  expect(jobProgress(job, cluster.nowMs).finished).toBeGreaterThan(500);
});

test("events that come twice count once", () => {
  const cluster = busyCluster();
  const model = opened(cluster);
  const events = cluster.advance(2000);
  reduce(model, { type: "events", events, nowMs: cluster.nowMs });
  const once = { spans: model.spans.count, totals: taskTotals(model) };
  reduce(model, { type: "events", events, nowMs: cluster.nowMs });
  expect({ spans: model.spans.count, totals: taskTotals(model) }).toEqual(once);
});

test("a gap is counted, and what comes after it shown", () => {
  const cluster = busyCluster();
  const model = opened(cluster);
  const missed = cluster.advance(1000);
  const [first, last] = [missed[0]?.seq ?? 0, missed.at(-1)?.seq ?? 0];
  const gap: ClusterEvent = {
    type: "gap",
    from: first,
    to: last,
    seq: last,
    epoch: cluster.epoch,
    timeMs: cluster.nowMs,
  };
  reduce(model, { type: "events", events: [gap, ...cluster.advance(1000)], nowMs: cluster.nowMs });
  expect(model.missedEvents).toBe(missed.length);
  expect(serverTotals(model).busy).toBe(6);
});

test("after a restart nothing is left of the cluster before, and the page knows when it was", () => {
  const cluster = busyCluster();
  const model = opened(cluster);
  advance(model, cluster, 3000);
  reduce(model, { type: "connection", connection: { phase: "ended", sinceMs: cluster.nowMs } });
  expect(serverTotals(model).all).toBe(6);
  advance(model, cluster, 0);
  reduce(model, { type: "events", events: cluster.lose(0), nowMs: cluster.nowMs });
  expect(model.troubles.values.length).toBeGreaterThan(0);
  const next = new SimulatedCluster({ epoch: 2, startMs: cluster.nowMs + 5000, nodes: [["maxi", 2]] });
  reduce(model, { type: "connection", connection: { phase: "live" } });
  reduce(model, { type: "snapshot", snapshot: next.snapshot(), nowMs: next.nowMs });
  expect(model.restartedMs).toBe(2);
  expect(model.connection).toEqual({ phase: "live" });
  expect(serverTotals(model)).toEqual({ all: 2, busy: 0, lost: 0 });
  expect(jobsInOrder(model)).toEqual([]);
  expect([model.spans.count, model.troubles.values.length, model.functionList.length, model.tasks.size]).toEqual([
    0, 0, 0, 0,
  ]);
  next.open("again", 10, FNS);
  advance(model, next, 2000);
  expect(taskTotals(model).done + taskTotals(model).failed).toBe(10);
});

test("a page that comes late shows what happened before, and counts it once", () => {
  const cluster = busyCluster(10_000);
  const first = cluster.snapshot();
  const past = cluster.advance(20_000);
  const late = createModel();
  reduce(late, { type: "connection", connection: { phase: "live" } });
  reduce(late, { type: "snapshot", snapshot: cluster.snapshot(), since: first.seq, nowMs: cluster.nowMs });
  reduce(late, { type: "events", events: past, nowMs: cluster.nowMs });
  const early = opened(busyCluster(10_000));
  reduce(early, { type: "events", events: past, nowMs: cluster.nowMs });
  for (const model of [late, early]) advance(model, cluster, 0);
  expect(late.spans.count).toBe(early.spans.count);
  expect(taskTotals(late)).toEqual(taskTotals(early));
  expect(serverTotals(late)).toEqual(serverTotals(early));
  expect(late.finished.ratePerSecond(cluster.nowMs, 10)).toBeCloseTo(
    early.finished.ratePerSecond(cluster.nowMs, 10),
    5,
  );
});

test("a page that comes late shows jobs that ended before, while their events are kept", () => {
  const cluster = new SimulatedCluster({ failShare: 0 });
  const first = cluster.snapshot();
  cluster.open("words", 60, FNS);
  const past = cluster.advance(20_000);
  const late = createModel();
  const { jobs: _, ...rest } = cluster.snapshot();
  reduce(late, { type: "snapshot", snapshot: { ...rest, jobs: [] }, since: first.seq, nowMs: cluster.nowMs });
  reduce(late, { type: "events", events: past, nowMs: cluster.nowMs });
  expect(jobsInOrder(late).map((job) => [job.name, job.state, job.counters.done])).toEqual([["words", "closed", 60]]);
  const [job] = jobsInOrder(late);
  expect((job?.closedMs ?? 0) - (job?.openedMs ?? 0)).toBeLessThan(3000);
  expect(late.finished.ratePerSecond((job?.closedMs ?? 0) + 1000, 2)).toBeGreaterThan(10);
});

test("a page that slept catches up by cursor, without a jump in its rates", () => {
  const cluster = busyCluster(10_000);
  const model = opened(cluster);
  advance(model, cluster, 5000);
  const since = model.seq;
  const missed = cluster.advance(30_000);
  reduce(model, { type: "snapshot", snapshot: cluster.snapshot(), since, nowMs: cluster.nowMs });
  reduce(model, { type: "events", events: missed, nowMs: cluster.nowMs });
  advance(model, cluster, 5000);
  const rates = Array.from({ length: 34 }, (_, back) => model.finished.at(Math.floor(cluster.nowMs / 1000) - 2 - back));
  expect(Math.max(...rates)).toBeLessThan(70);
  expect(Math.min(...rates)).toBeGreaterThan(30);
  expect(model.missedEvents).toBe(0);
});

test("a page that slept longer than events are kept counts those that nobody tells it any more", () => {
  const cluster = busyCluster(10_000);
  const model = opened(cluster);
  advance(model, cluster, 5000);
  const before = model.seq;
  cluster.advance(30_000);
  const since = cluster.snapshot().seq;
  const last = cluster.advance(2000);
  reduce(model, { type: "snapshot", snapshot: cluster.snapshot(), since, nowMs: cluster.nowMs });
  reduce(model, { type: "events", events: last, nowMs: cluster.nowMs });
  expect(model.missedEvents).toBe(since - before);
  expect(model.seq).toBe(last.at(-1)?.seq);
});

test("news that are late on their way do not move the times of what happened", () => {
  const cluster = busyCluster();
  const model = opened(cluster);
  for (const delayMs of [20, 900, 250, 1700, 60]) {
    reduce(model, { type: "events", events: cluster.advance(250), nowMs: cluster.nowMs + delayMs });
    expect(pageTime(model, NOW_MS)).toBe(NOW_MS);
  }
  const ahead = opened(busyCluster());
  const other = busyCluster();
  reduce(ahead, { type: "snapshot", snapshot: other.snapshot(), nowMs: other.nowMs - 60_000 });
  expect(pageTime(ahead, NOW_MS)).toBe(NOW_MS - 60_000);
  reduce(ahead, { type: "events", events: other.advance(250), nowMs: other.nowMs - 59_000 });
  expect(pageTime(ahead, NOW_MS)).toBe(NOW_MS - 60_000);
});

test("events of another epoch are not mixed in", () => {
  const cluster = busyCluster();
  const model = opened(cluster);
  const stranger = new SimulatedCluster({ epoch: 7, jobs: [{ name: "x", tasks: 10, fns: FNS }] });
  reduce(model, { type: "events", events: stranger.advance(1000), nowMs: cluster.nowMs });
  expect(model.spans.count).toBe(0);
});

test("names from outside can't grow the model without end", () => {
  const cluster = new SimulatedCluster();
  const model = opened(cluster);
  const [server] = serversInOrder(model);
  if (server === undefined) throw new Error("no server");
  const events = Array.from({ length: 2000 }, (_, index): ClusterEvent => {
    const body = {
      type: "task.created",
      task: `t_${index}`,
      job: "j",
      fn: `fn${index}`,
      attempt: 1,
      kind: "cpu",
    } as unknown as ClusterEventBody;
    return { ...body, seq: index + 1, epoch: cluster.epoch, timeMs: NOW_MS };
  });
  reduce(model, { type: "events", events, nowMs: NOW_MS });
  expect(model.functions.size).toBeLessThanOrEqual(501);
});

test("a place shows its last word of a topic, until it has none or nobody looks", () => {
  const model = opened(new SimulatedCluster());
  // An id in its usual form.
  const at = { peer: "peer" as PeerId, server: 0 };
  const links = { topic: "links", at, timeMs: 1, name: "maxi", role: "node", links: [] } as const;
  reduce(model, { type: "observed", observed: [links, { ...links, timeMs: 2 }] });
  expect([...(model.observed.get("links")?.values() ?? [])]).toEqual([{ ...links, timeMs: 2 }]);
  reduce(model, { type: "observed", observed: [{ topic: "links", at, timeMs: 3, gone: true }] });
  expect(model.observed.get("links")?.size).toBe(0);
  reduce(model, { type: "observed", observed: [links] });
  reduce(model, { type: "topics", topics: ["channels"] });
  expect(model.observed.size).toBe(0);
});
