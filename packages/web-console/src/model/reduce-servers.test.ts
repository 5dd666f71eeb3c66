import type { JobId, ServerId } from "@skein/runtime";
import { expect, test } from "vitest";
import { advance, busyCluster, opened, tell } from "../dev/followed-cluster.ts";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import { reduce } from "./reduce.ts";
import {
  busyShare,
  heldServers,
  jobsInOrder,
  lanesInOrder,
  presentOf,
  runningOf,
  runsNow,
  serverName,
  serversInOrder,
  serverTotals,
} from "./select.ts";

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
  tell(model, cluster, { ...load, servers: [{ ...counters, job: "j_1" as JobId }] });
  expect(serversInOrder(model).map((row) => [row.kind, row.lane, runsNow(model, row), runningOf(row)])).toEqual([
    ["cpu", 1, undefined, 0],
    ["cpu", 2, undefined, 0],
    ["io", 7, "fetches", 3],
  ]);
  tell(model, cluster, { ...load, servers: [{ server: id, running: 0, done: 3, failed: 0, busyMs: 0 }] });
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

test("a node and a server that are taken out of service are shown so, and back", () => {
  const cluster = new SimulatedCluster();
  const model = opened(cluster);
  const [node] = cluster.snapshot().nodes;
  const [server] = cluster.snapshot().servers;
  if (node === undefined || server === undefined) throw new Error("the cluster has none");
  const holds = (): unknown[] => [model.nodes.get(node.id)?.hold, model.servers.get(server.id)?.hold];
  tell(model, cluster, { type: "node.paused", node }, { type: "server.paused", server });
  expect(holds()).toEqual(["paused", "paused"]);
  tell(model, cluster, { type: "node.resumed", node }, { type: "server.resumed", server });
  expect(holds()).toEqual([undefined, undefined]);
  tell(model, cluster, { type: "server.closed", server });
  expect(model.servers.get(server.id)?.state).toBe("closed");
});
