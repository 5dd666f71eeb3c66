import { readFileSync } from "node:fs";
import { request } from "node:http";
import {
  type ClusterId,
  type ClusterSnapshot,
  type JobId,
  type JobInfo,
  type LinkInfo,
  type NodeInfo,
  type PeerId,
  type ServerId,
  type ServerStanding,
  silentLogger,
} from "@skein/runtime";
import { NO_COUNTERS } from "@skein/runtime/host";
import { expect, test } from "vitest";
import { clusterMetrics, type MetricsSource } from "./cluster-metrics.ts";
import { Grown } from "./grown.ts";
import { startMetrics } from "./metrics-server.ts";

// Ids in forms that do here.
const NODE = "12D3KooWnode" as PeerId;
const node: NodeInfo = {
  id: NODE,
  name: "maxi",
  location: { peer: NODE, addresses: [] },
  platform: "linux",
  servers: 2,
  kind: "node",
  labels: {},
  isolation: "guarded",
  allow: {},
  load: { cpuIdleShare: 0.25, memoryFreeBytes: 1024, swapFreeBytes: 0, diskFreeBytes: 4096 },
};
const server = (number: number, running: number): ServerStanding => {
  const id = `${NODE}/${number}` as ServerId;
  return {
    id,
    node: NODE,
    kind: "cpu",
    state: "assigned",
    counters: { server: id, running, done: 3, failed: 1, busyMs: 1500 },
  };
};
const job: JobInfo = {
  id: "j_1" as JobId,
  name: "primes",
  client: NODE,
  weight: 1,
  state: "active",
  openedMs: 0,
  demand: 4,
  held: 2,
  counters: { ...NO_COUNTERS, submitted: 10, running: 2, done: 3, failed: 1 },
};
const snapshot: ClusterSnapshot = {
  epoch: 1,
  seq: 7,
  timeMs: 0,
  nodes: [node],
  servers: [server(1, 1), server(2, 0)],
  jobs: [job],
};
const link: LinkInfo = {
  peer: NODE,
  name: "maxi",
  roles: ["node"],
  transport: "tcp",
  suspected: false,
  bytesIn: 100,
  bytesOut: 50,
  framesIn: 1,
  framesOut: 1,
  openedMs: 5,
};
const source: MetricsSource = {
  scheduler: {
    snapshot: () => snapshot,
    totals: { tasks: { ...NO_COUNTERS, submitted: 30, done: 20, failed: 4 }, events: new Map([["server.lost", 2]]) },
    watching: () => ({ watchers: 1, missed: 9 }),
  },
  peer: { cluster: "cluster" as ClusterId, links: () => [link] },
};

test("metrics tell how a cluster stands and what it has counted, in the units that their names say", async () => {
  const registry = clusterMetrics(source);
  await registry.metrics();
  const lines = (await registry.metrics()).split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      'skein_nodes{kind="node",standing="working"} 1',
      'skein_servers{kind="cpu",state="assigned"} 2',
      "skein_servers_busy 1",
      'skein_jobs{state="active"} 1',
      "skein_servers_wanted 4",
      "skein_tasks_running 2",
      "skein_tasks_waiting 4",
      "skein_tasks_submitted_total 30",
      'skein_tasks_ended_total{exit="returned"} 20',
      'skein_tasks_ended_total{exit="failed"} 4',
      "skein_server_busy_seconds_total 3",
      'skein_node_cpu_idle_ratio{node="maxi",peer="12D3KooWnode"} 0.25',
      'skein_links{transport="tcp"} 1',
      'skein_link_bytes_total{transport="tcp",direction="in"} 100',
      'skein_events_total{type="server.lost"} 2',
      "skein_watcher_missed_events_total 9",
      "skein_intake_paused 0",
    ]),
  );
});

test("what things count that come and go is added up, and never gets less", () => {
  const grown = new Grown();
  expect(grown.take(new Map([["a", 5]]))).toBe(5);
  expect(
    grown.take(
      new Map([
        ["a", 7],
        ["b", 1],
      ]),
    ),
  ).toBe(8);
  expect(grown.take(new Map([["b", 1]]))).toBe(8);
  expect(grown.take(new Map([["b", 0]]))).toBe(8);
  expect(grown.take(new Map([["b", 2]]))).toBe(10);
  // The first is back: it has counted two more, or anew.
  expect(grown.take(new Map([["a", 9]]))).toBe(12);
  expect(grown.take(new Map())).toBe(12);
  expect(grown.take(new Map([["a", 3]]))).toBe(15);
});

test("docs/grafana-dashboard.json and docs/console.md name metrics that exist, and the page names all of them", async () => {
  const own = (await clusterMetrics(source).getMetricsAsJSON()).map(({ name }) => name);
  for (const path of ["grafana-dashboard.json", "console.md"]) {
    const text = readFileSync(new URL(`../../../../docs/${path}`, import.meta.url), "utf8");
    const named = new Set(Array.from(text.matchAll(/\bskein_[a-z_]+/g), ([name]) => name));
    expect([path, [...named].filter((name) => !own.includes(name))]).toEqual([path, []]);
    if (path === "console.md") expect(own.filter((name) => !named.has(name))).toEqual([]);
  }
});

/** Like a scraper, but free in its headers. */
function ask(url: string, headers = {}, method = "GET"): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, method, agent: false }, (response) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject).end();
  });
}

test("metrics are there for whoever asks on this machine, and for no page of another site", async () => {
  await using server = await startMetrics({ ...source, host: "127.0.0.1", port: 0, logger: silentLogger });
  const answer = await ask(server.url);
  expect(answer.status).toBe(200);
  expect(answer.text).toMatch(/^skein_servers_busy 1$/m);
  expect(answer.text).toMatch(/^process_cpu_seconds_total /m);
  expect((await ask(server.url, { host: "evil.example" })).status).toBe(403);
  expect((await ask(server.url, { origin: "http://evil.example" })).status).toBe(403);
  expect((await ask(server.url, {}, "POST")).status).toBe(405);
  expect((await ask(server.url.replace("/metrics", "/"))).status).toBe(404);
});
