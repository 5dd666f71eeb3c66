import { expect, test } from "vitest";
import type { ClusterSnapshot, JobId, PeerId } from "@skein/runtime";
import { NO_COUNTERS, serverId } from "@skein/runtime/host";
import { fitted } from "./follow-status.ts";
import { statusText } from "./status-text.ts";

const node = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp" as PeerId;
const job = "j_00000000000000000000000000" as JobId;
const empty: ClusterSnapshot = { epoch: 1, seq: 0, timeMs: 7_500_000, nodes: [], servers: [], jobs: [] };

const snapshot: ClusterSnapshot = {
  ...empty,
  nodes: [
    {
      id: node,
      name: "maxi",
      location: { peer: node, addresses: [] },
      platform: "linux-x64",
      servers: 2,
      kind: "node",
      isolation: "guarded",
      allow: {},
      labels: { gpu: "yes" },
      load: { cpuIdleShare: 0.254, memoryFreeBytes: 3 * 2 ** 30, swapFreeBytes: 0, diskFreeBytes: 40 * 2 ** 30 },
      about: { skein: "0.1.0", engine: "Node 24.11.1", startedMs: 0, memoryBytes: 16 * 2 ** 30 },
    },
  ],
  servers: [1, 2].map((number) => ({
    id: serverId(node, number),
    node,
    kind: "cpu",
    state: number === 1 ? "assigned" : "ready",
    ...(number === 1 ? { job } : {}),
    counters: {
      server: serverId(node, number),
      running: number === 1 ? 1 : 0,
      done: 7,
      failed: 0,
      busyMs: 0,
      ...(number === 1 ? { fn: "countFile" } : {}),
    },
  })),
  jobs: [
    {
      id: job,
      name: "words\u001b[31m",
      client: node,
      weight: 1,
      state: "active",
      openedMs: 0,
      demand: 2,
      held: 1,
      counters: { ...NO_COUNTERS, submitted: 100, running: 1, done: 14 },
    },
  ],
};

test("nodes, servers and jobs are tables under one line that counts them", () => {
  const text = statusText(snapshot);
  expect(text).toMatch(/^1 node, 2 servers \(1 busy\), 1 job\n/);
  expect(text).toMatch(
    /^maxi +…vnc6iDEp +at work +linux-x64 +2 h 5 min +2 +75 % +3\.0 GiB of 16 GiB +40 GiB +gpu=yes$/m,
  );
  expect(text).toMatch(/^maxi\/1 +cpu +assigned +words\?\[31m +countFile +7 +0$/m);
  expect(text).toMatch(/^words\?\[31m +active +…vnc6iDEp +1 of 2 +100 +1 +14 +0 +0 +0$/m);
});

test("nodes of the same name are told apart by the end of their ids", () => {
  const twin = `${node.slice(0, -4)}abcd` as PeerId;
  const [first] = snapshot.nodes;
  const [server] = snapshot.servers;
  const text = statusText({
    ...snapshot,
    nodes: [first!, { ...first!, id: twin }],
    servers: [server!, { ...server!, id: serverId(twin, 1), node: twin }],
  });
  expect(text).toMatch(/^maxi#iDEp +…vnc6iDEp /m);
  expect(text).toMatch(/^maxi#abcd +…vnc6abcd /m);
  expect(text).toMatch(/^maxi#iDEp\/1 +cpu/m);
  expect(text).toMatch(/^maxi#abcd\/1 +cpu/m);
});

test("a server of a job that is not listed says the end of its id, and a job that gives servers back what it holds", () => {
  const [listed] = snapshot.jobs;
  const gone = statusText({ ...snapshot, jobs: [] });
  expect(gone).toMatch(/^maxi\/1 +cpu +assigned +…0{8} +countFile +7 +0$/m);
  const giving = statusText({ ...snapshot, jobs: [{ ...listed!, name: "", held: 2, demand: 1 }] });
  expect(giving).toMatch(/^…0{8} +active +…vnc6iDEp +2, wants 1 +100 /m);
});

test("names of others can't write control characters to the terminal", () => {
  expect(statusText(snapshot)).not.toContain("\u001b[31m");
});

test("a status that is watched is cut where the terminal ends", () => {
  expect(fitted("a\nb\nc", 4)).toBe("a\nb\nc");
  expect(fitted("a\nb\nc", 3)).toBe("a\n… 2 more lines");
});

test("an empty cluster says how a node joins", () => {
  expect(statusText(empty)).toContain("skein node INVITE");
});
