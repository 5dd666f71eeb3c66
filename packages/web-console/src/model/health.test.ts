import { expect, test } from "vitest";
import { advance, opened, tell } from "../dev/followed-cluster.ts";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import type { ClusterModel } from "./cluster-model.ts";
import { concernsOf, FAILURE_NEWS_MS, LOSS_NEWS_MS } from "./health.ts";
import { reduce } from "./reduce.ts";

const words = (model: ClusterModel, nowMs: number): readonly string[] =>
  concernsOf(model, nowMs).map(({ text }) => text);

test("a cluster at work without failures is well", () => {
  const cluster = new SimulatedCluster({ failShare: 0, jobs: [{ name: "words", tasks: 500, fns: [["count", 50]] }] });
  const model = opened(cluster);
  advance(model, cluster, 2000);
  expect(words(model, cluster.nowMs)).toEqual([]);
});

test("failures and lost processes are named for a while, the grave before what is only held up", () => {
  const cluster = new SimulatedCluster({ failShare: 1, jobs: [{ name: "words", tasks: 3, fns: [["count", 50]] }] });
  const model = opened(cluster);
  tell(model, cluster, { type: "cluster.paused" });
  advance(model, cluster, 2000);
  reduce(model, { type: "events", events: cluster.lose(0), nowMs: cluster.nowMs });
  expect(words(model, cluster.nowMs)).toEqual([
    "3 tasks failed in the last minute",
    "1 server process died in the last 5 minutes",
    "the intake is paused",
  ]);
  expect(words(model, cluster.nowMs + FAILURE_NEWS_MS)).not.toContain("3 tasks failed in the last minute");
  expect(words(model, cluster.nowMs + LOSS_NEWS_MS)).toEqual(["the intake is paused"]);
});

test("a machine that is lost, silent, held or short of memory is named", () => {
  const cluster = new SimulatedCluster({
    nodes: [
      ["one", 1],
      ["two", 1],
      ["three", 1],
      ["four", 1],
    ],
  });
  const model = opened(cluster);
  const [one, two, three, four] = cluster.snapshot().nodes;
  if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error("no nodes");
  const error = { code: "PEER_LOST", message: "it does not answer" };
  const short = { ...four.load, memoryFreeBytes: 1e6 };
  for (const body of [
    { type: "node.lost", node: one, error },
    { type: "node.suspected", node: two },
    { type: "node.paused", node: three },
    { type: "load", node: four.id, load: short, servers: [] },
  ] as const)
    tell(model, cluster, body);
  expect(words(model, cluster.nowMs + 3000)).toEqual([
    "one was lost 3.0 s ago",
    "two is silent",
    "four is short of memory",
    "three is paused",
  ]);
  expect(words(model, cluster.nowMs + LOSS_NEWS_MS)).not.toContain("one was lost 5 min ago");
});
