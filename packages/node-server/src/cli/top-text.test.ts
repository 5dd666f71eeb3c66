import type { ClusterEventBody, JobId, JobInfo, NodeInfo, PeerId, ServerId, TaskId } from "@skein/runtime";
import { NO_COUNTERS } from "@skein/runtime/host";
import { type ClusterModel, createModel, reduce } from "@skein/web-console/model";
import { expect, test } from "vitest";
import { topBody, topHead, topJson, topSummary } from "./top-text.ts";

const NOW_MS = 1_700_000_000_000;
// Ids in forms that do here.
const NODE = "12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X" as PeerId;
const SERVER = `${NODE}/1` as ServerId;
const JOB = "j_primes" as JobId;
const node: NodeInfo = {
  id: NODE,
  name: "maxi",
  location: { peer: NODE, addresses: [] },
  platform: "linux",
  servers: 1,
  kind: "node",
  labels: {},
  isolation: "guarded",
  allow: {},
  load: { cpuIdleShare: 0.25, memoryFreeBytes: 3 * 2 ** 30, swapFreeBytes: 0, diskFreeBytes: 0 },
};
const job: JobInfo = {
  id: JOB,
  name: "primes \u001B[2J",
  client: NODE,
  weight: 1,
  state: "active",
  openedMs: NOW_MS - 60_000,
  demand: 1,
  held: 1,
  counters: { ...NO_COUNTERS, submitted: 200, running: 1, done: 99, failed: 1 },
};

function modelOf(...events: readonly ClusterEventBody[]): ClusterModel {
  const model = createModel();
  const counters = { server: SERVER, running: 1, done: 99, failed: 1, busyMs: 5000, fn: "isPrime" };
  const server = { id: SERVER, node: NODE, kind: "cpu", state: "assigned", job: JOB, counters } as const;
  const at = { epoch: 1, timeMs: NOW_MS };
  const snapshot = { ...at, seq: 0, nodes: [node], servers: [server], jobs: [job] };
  reduce(model, { type: "snapshot", snapshot, nowMs: NOW_MS });
  reduce(model, { type: "connection", connection: { phase: "live" } });
  const numbered = events.map((event, index) => ({ ...event, ...at, seq: index + 1 }));
  reduce(model, { type: "events", events: numbered, nowMs: NOW_MS });
  return model;
}

const failed: ClusterEventBody = {
  type: "task.exited",
  task: "t_1" as TaskId,
  job: JOB,
  fn: "isPrime",
  attempt: 1,
  exit: "failed",
  server: SERVER,
  startedMs: NOW_MS - 20,
  endedMs: NOW_MS,
  error: { code: "RangeError", message: "too large" },
};

test("skein top shows machines, servers, jobs with their progress, and the last errors", () => {
  const model = modelOf(failed);
  const head = topHead(model, NOW_MS).map(({ text }) => text);
  expect(head[0]).toMatch(/^1 node {3}1 of 1 server busy {3}1 job {3}\S+ tasks\/s {3}live$/);
  expect(head[1]).toBe("running 1   waiting 99   done 99   failed 1   lost 0   retried 0");
  const body = topBody(model, NOW_MS).map(({ text }) => text);
  expect(body.find((line) => line.startsWith("maxi "))).toMatch(/^maxi +1\/1 +\S+ +75 % +3\.0 GiB {2}at work$/);
  expect(body.find((line) => line.startsWith("primes"))).toMatch(
    /^primes \?\[2J {2}active +1 {2}█{10}░{10} {2}100\/200 /,
  );
  expect(body.find((line) => line.startsWith("maxi/1"))).toMatch(/^maxi\/1 +cpu +busy +primes \?\[2J +isPrime +99 +1$/);
  expect(body.at(-1)).toMatch(/^\d\d:\d\d:\d\d +isPrime {2}RangeError: too large$/);
});

test("where there is no terminal it is one line, for programs an object", () => {
  const model = modelOf();
  expect(topSummary(model, NOW_MS)).toContain("1 of 1 server busy");
  expect(JSON.parse(JSON.stringify(topJson(model, NOW_MS)))).toMatchObject({
    connection: "live",
    nodes: [{ name: "maxi", servers: 1, busy: 1, cpuBusyShare: 0.75 }],
    tasks: { running: 1, waiting: 99 },
    jobs: [{ id: JOB, finished: 100, waiting: 99 }],
    errors: [],
  });
});

test("when the cluster is away its last state stays, and says so", () => {
  const model = modelOf();
  reduce(model, { type: "connection", connection: { phase: "ended", sinceMs: NOW_MS } });
  expect(topHead(model, NOW_MS)[0]?.text).toContain("the cluster is away: this is its last state");
  expect(topBody(model, NOW_MS).length).toBeGreaterThan(3);
});
