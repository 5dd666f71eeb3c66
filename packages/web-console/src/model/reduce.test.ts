import type { ClusterEvent, ClusterEventBody, JobId, PeerId, ServerCounters, ServerId, TaskId } from "@skein/runtime";
import { expect, test } from "vitest";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import { type ClusterModel, createModel, RUNNING_LIMIT } from "./cluster-model.ts";
import { reduce } from "./reduce.ts";
import {
  busyShare,
  clusterNow,
  doneOf,
  heldServers,
  isBusy,
  jobProgress,
  jobsInOrder,
  lanesInOrder,
  pageTime,
  presentOf,
  runningOf,
  runsNow,
  serverName,
  serversInOrder,
  serverTotals,
  taskTotals,
} from "./select.ts";
import { TaskPhase } from "./task-row.ts";
import { TASK_LIMIT } from "./task-table.ts";

const FNS = [["tokenise", 100] as const];
const NOW_MS = 1_790_000_000_000;

function opened(cluster: SimulatedCluster): ClusterModel {
  const model = createModel();
  reduce(model, { type: "connection", connection: { phase: "live" } });
  reduce(model, { type: "snapshot", snapshot: cluster.snapshot(), nowMs: cluster.nowMs });
  return model;
}

function advance(model: ClusterModel, cluster: SimulatedCluster, ms: number): void {
  reduce(model, { type: "events", events: cluster.advance(ms), nowMs: cluster.nowMs });
}

/** What a scheduler tells next. */
function tell(model: ClusterModel, cluster: SimulatedCluster, ...bodies: readonly ClusterEventBody[]): void {
  const { seq } = model;
  const at = { epoch: cluster.epoch, timeMs: cluster.nowMs };
  const events = bodies.map((body, index) => ({ ...body, seq: seq + index + 1, ...at }));
  reduce(model, { type: "events", events, nowMs: cluster.nowMs });
}

const busyCluster = (tasks = 10_000, failShare = 0): SimulatedCluster =>
  new SimulatedCluster({ failShare, jobs: [{ name: "words", tasks, fns: FNS }] });

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

test("a lost server is named with its task, and stands again when replaced", () => {
  const cluster = busyCluster();
  const model = opened(cluster);
  advance(model, cluster, 1000);
  reduce(model, { type: "events", events: cluster.lose(1), nowMs: cluster.nowMs });
  expect(model.troubles.values.map((trouble) => [trouble.kind, trouble.what, trouble.error.code])).toEqual([
    ["retry", "tokenise", "SERVER_LOST"],
    ["server", serversInOrder(model)[1]?.id, "SERVER_LOST"],
  ]);
  expect(serverTotals(model)).toEqual({ all: 6, busy: 5, lost: 0 });
  expect(serversInOrder(model)[1]?.replaced).toBe(1);
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

test("what runs since before the page was opened is shown by the servers' own words, with its time", () => {
  const cluster = new SimulatedCluster({ failShare: 0, jobs: [{ name: "long", tasks: 20, fns: [["fit", 60_000]] }] });
  cluster.advance(20_000);
  const late = opened(cluster);
  expect(serverTotals(late)).toEqual({ all: 6, busy: 6, lost: 0 });
  expect(serversInOrder(late).map((server) => runsNow(late, server))).toEqual(Array(6).fill("fit"));
  const [server] = serversInOrder(late);
  if (server === undefined) throw new Error("no server");
  expect([...presentOf(server)]).toEqual([{ fn: 0, startedMs: cluster.nowMs - 20_000 + 25 }]);
  expect(busyShare(server, cluster.nowMs, 20)).toBeGreaterThan(0.9);
  for (let second = 0; second < 100; second += 1) advance(late, cluster, 1000);
  // Told once: the rectangle takes the place of what the server had said.
  expect(busyShare(server, cluster.nowMs, 20)).toBeLessThanOrEqual(1);
  expect(late.spans.count).toBeGreaterThanOrEqual(6);
});

test("a server is a job's while its node says so, busy or not", () => {
  const cluster = new SimulatedCluster({ failShare: 0, jobs: [{ name: "few", tasks: 4, fns: [["fit", 90_000]] }] });
  const model = opened(cluster);
  advance(model, cluster, 4000);
  const [job] = jobsInOrder(model);
  expect(heldServers(model, job?.id)).toEqual({ held: 6, busy: 4 });
  expect(heldServers(model)).toEqual({ held: 6, busy: 4 });
});

test("an I/O server is shown from its node's first report until its job has left it", () => {
  const cluster = new SimulatedCluster({ nodes: [["maxi", 2]] });
  const model = opened(cluster);
  const [server] = serversInOrder(model);
  const [node] = model.nodes.values();
  if (server === undefined || node === undefined) throw new Error("nothing there");
  const id = `${node.id}/7` as ServerId;
  const counters = { server: id, running: 3, done: 0, failed: 0, busyMs: 0, fn: "fetches", sinceMs: cluster.nowMs };
  const load = { type: "load", node: node.id, load: node.info.load } as const;
  const tell = (servers: readonly ServerCounters[]): void => {
    const event: ClusterEvent = { ...load, servers, seq: model.seq + 1, epoch: cluster.epoch, timeMs: cluster.nowMs };
    reduce(model, { type: "events", events: [event], nowMs: cluster.nowMs });
  };
  tell([{ ...counters, job: "j_1" as JobId }]);
  expect(serversInOrder(model).map((row) => [row.kind, row.lane, runsNow(model, row), runningOf(row)])).toEqual([
    ["cpu", 1, undefined, 0],
    ["cpu", 2, undefined, 0],
    ["io", 7, "fetches", 3],
  ]);
  tell([{ server: id, running: 0, done: 3, failed: 0, busyMs: 0 }]);
  expect(model.servers.size).toBe(2);
});

test("nodes that share a name are told apart by the ends of their ids, others keep their name", () => {
  const nodes = [["vm", 1] as const, ["vm", 1] as const, ["maxi", 1] as const];
  const model = opened(new SimulatedCluster({ nodes }));
  expect(serversInOrder(model).map((server) => serverName(model, server.id))).toEqual([
    "vm·AAAA/1",
    "vm·BBBB/1",
    "maxi/1",
  ]);
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

test("a server's busy share follows its rectangles, and tasks that are only counted", () => {
  const cluster = busyCluster();
  const model = opened(cluster);
  for (let second = 0; second < 60; second += 1) advance(model, cluster, 1000);
  const [server] = serversInOrder(model);
  if (server === undefined) throw new Error("no server");
  expect(busyShare(server, cluster.nowMs, 30)).toBeGreaterThan(0.8);
  const counted = opened(cluster);
  for (let second = 0; second < 60; second += 1) {
    const reports = cluster
      .advance(1000)
      .filter((event) => !event.type.startsWith("task."))
      .map((event) => (event.type === "job.progress" ? { ...event, omitted: 10 } : event));
    reduce(counted, { type: "events", events: reports, nowMs: cluster.nowMs });
  }
  const [same] = serversInOrder(counted);
  if (same === undefined) throw new Error("no server");
  expect(busyShare(same, cluster.nowMs, 30)).toBeGreaterThan(0.7);
  expect(counted.spans.count).toBe(0);
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

test("what a lost node did keeps its lanes, and a server that comes back goes on in its own", () => {
  const cluster = busyCluster();
  const model = opened(cluster);
  advance(model, cluster, 5000);
  const [node] = cluster.snapshot().nodes;
  const standing = cluster.snapshot().servers.filter((server) => server.node === node?.id);
  if (node === undefined) throw new Error("no node");
  const lanes = lanesInOrder(model, cluster.nowMs - 60_000).map(({ id, index }) => [id, index]);
  tell(model, cluster, { type: "node.lost", node, error: { code: "PEER_LOST", message: "" } });
  expect(serversInOrder(model).length).toBe(lanes.length - standing.length);
  const after = lanesInOrder(model, cluster.nowMs - 60_000);
  expect(after.map(({ id, index }) => [id, index])).toEqual(lanes);
  expect(after.map(({ id }) => serverName(model, id))[0]).toMatch(/^maxi\/1$/);
  expect(lanesInOrder(model, cluster.nowMs + 1).length).toBe(lanes.length - standing.length);
  tell(model, cluster, { type: "node.ready", node });
  for (const server of standing) tell(model, cluster, { type: "server.ready", server });
  expect(serversInOrder(model).map(({ id, index }) => [id, index])).toEqual(lanes);
  expect(model.gone.size).toBe(0);
});

test("log lines of tasks are kept in their order", () => {
  const cluster = new SimulatedCluster({ jobs: [{ name: "words", tasks: 400, fns: FNS }], logShare: 1 });
  const model = opened(cluster);
  advance(model, cluster, 2000);
  expect(model.logs.count).toBeGreaterThan(10);
  expect(model.logs.at(0)).toMatchObject({ number: 0, job: jobsInOrder(model)[0]?.id });
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

test("lines that a place logs itself are kept once, however often it tells them", () => {
  const model = opened(new SimulatedCluster());
  // An id in its usual form.
  const at = { peer: "peer" as PeerId, server: 0 };
  const line = (number: number) => ({ line: number, timeMs: number * 10, level: "info" as const, text: "node.joined" });
  const told = (...lines: ReturnType<typeof line>[]): void =>
    reduce(model, { type: "observed", observed: [{ topic: "logs:info", at, timeMs: 1000, lines }] });
  told(line(1), line(2));
  told(line(1), line(2), line(3));
  expect(model.logs.count).toBe(3);
  // Its clock goes back: told three times, it is there once.
  for (let time = 0; time < 3; time += 1) told(line(3), { ...line(4), timeMs: 15 });
  expect(model.logs.count).toBe(4);
  // Begun anew, it counts from one again.
  told({ ...line(1), timeMs: 99 });
  expect(model.logs.at(4)).toMatchObject({ at, own: true, timeMs: 99 });
  for (let n = 0; n < 3000; n += 1)
    reduce(model, {
      type: "observed",
      observed: [{ topic: "logs:info", at: { peer: `p${n}` as PeerId, server: 0 }, timeMs: 1, lines: [line(1)] }],
    });
  expect(model.placeLines.size).toBeLessThan(3000);
});

test("a node and a server that are taken out of service are shown so, and back", () => {
  const cluster = new SimulatedCluster();
  const model = opened(cluster);
  const [node] = cluster.snapshot().nodes;
  const [server] = cluster.snapshot().servers;
  if (node === undefined || server === undefined) throw new Error("the cluster has none");
  const tell = (bodies: readonly ClusterEventBody[]): void => {
    const events = bodies.map((body, index) => ({
      ...body,
      seq: model.seq + index + 1,
      epoch: cluster.epoch,
      timeMs: cluster.nowMs,
    }));
    reduce(model, { type: "events", events, nowMs: cluster.nowMs });
  };
  const holds = (): unknown[] => [model.nodes.get(node.id)?.hold, model.servers.get(server.id)?.hold];
  tell([
    { type: "node.paused", node },
    { type: "server.paused", server },
  ]);
  expect(holds()).toEqual(["paused", "paused"]);
  tell([
    { type: "node.resumed", node },
    { type: "server.resumed", server },
  ]);
  expect(holds()).toEqual([undefined, undefined]);
  tell([{ type: "server.closed", server }]);
  expect(model.servers.get(server.id)?.state).toBe("closed");
});
