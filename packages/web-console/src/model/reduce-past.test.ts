import type { ClusterEvent } from "@skein/runtime";
import { expect, test } from "vitest";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import { type ClusterModel, createModel } from "./cluster-model.ts";
import { findTasks } from "./find-tasks.ts";
import { reduce } from "./reduce.ts";
import { busyShare, serversInOrder } from "./select.ts";

/** A page that is opened after a minute in which `told` was told of what happened. */
function openedLate(told: (event: ClusterEvent) => boolean): { readonly model: ClusterModel; readonly nowMs: number } {
  const cluster = new SimulatedCluster({ failShare: 0, jobs: [{ name: "words", tasks: 9000, fns: [["count", 400]] }] });
  const { seq } = cluster.snapshot();
  const events = cluster.advance(60_000).filter(told);
  const model = createModel();
  const nowMs = cluster.nowMs;
  reduce(model, { type: "snapshot", snapshot: cluster.snapshot(), since: seq, nowMs });
  reduce(model, { type: "events", events, nowMs });
  return { model, nowMs };
}

const shares = ({ model, nowMs }: ReturnType<typeof openedLate>): readonly number[] =>
  serversInOrder(model).map((server) => busyShare(server, nowMs, 50));

test("of the time when nobody looked, load reports say how busy each server was", () => {
  const late = openedLate(({ type }) => !type.startsWith("task."));
  for (const share of shares(late)) expect(share).toBeGreaterThan(0.9);
  for (const server of late.model.servers.values())
    expect(server.unlisted.ratePerSecond(late.nowMs, 50)).toBeGreaterThan(900);
  for (const node of late.model.nodes.values()) expect(node.lines.columns().timesMs.length).toBeGreaterThan(20);
});

test("what was told task by task is not counted a second time by load reports", () => {
  const late = openedLate(() => true);
  for (const share of shares(late)) expect(share).toBeGreaterThan(0.9);
  for (const server of late.model.servers.values()) {
    expect(server.unlisted.ratePerSecond(late.nowMs, 50)).toBe(0);
    expect(server.busy.ratePerSecond(late.nowMs, 50)).toBeLessThanOrEqual(1000);
  }
});

test("a page that opens after tasks have failed shows each of them once, with its error and arguments", () => {
  const cluster = new SimulatedCluster({ failShare: 0.3, jobs: [{ name: "words", tasks: 60, fns: [["count", 400]] }] });
  const { seq } = cluster.snapshot();
  const events = cluster.advance(6000);
  const failures = events.flatMap((event) =>
    event.type === "task.exited" && event.exit === "failed" ? [{ ...event, argsText: "{id: 3}" }] : [],
  );
  expect(failures.length).toBeGreaterThan(3);
  const snapshot = { ...cluster.snapshot(), failures };
  const model = createModel();
  const nowMs = cluster.nowMs;
  const shown = (): unknown => [
    model.troubles.values.filter(({ kind }) => kind === "task").map(({ task, error }) => [task, error.message]),
    findTasks(model, "state:failed", { column: "created", down: true }, nowMs).length,
  ];
  reduce(model, { type: "snapshot", snapshot, since: seq, nowMs });
  const first = shown();
  expect(first).toEqual([failures.map((event) => [event.task, event.error?.message]).toReversed(), failures.length]);
  const rows = failures.map(({ task }) => model.tasks.row(task));
  expect(rows.map((row) => [row?.args, row?.error])).toEqual(failures.map(({ error }) => ["{id: 3}", error]));
  // Those that are among the kept events too, and a second snapshot, add nothing.
  reduce(model, { type: "events", events, nowMs });
  reduce(model, { type: "snapshot", snapshot, nowMs });
  expect(shown()).toEqual(first);
});

test("processes that were replaced before a page was opened count, and a server that was asked back is free again", () => {
  const cluster = new SimulatedCluster({ jobs: [{ name: "words", tasks: 9000, fns: [["count", 400]] }] });
  const { seq } = cluster.snapshot();
  const events = [...cluster.advance(1000), ...cluster.lose(0)];
  const model = createModel();
  const nowMs = cluster.nowMs;
  const now = cluster.snapshot();
  const servers = now.servers.map((server) => ({ ...server, state: "draining" as const }));
  reduce(model, { type: "snapshot", snapshot: { ...now, servers }, since: seq, nowMs });
  reduce(model, { type: "events", events, nowMs });
  const [first, second] = serversInOrder(model);
  expect([first?.replaced, second?.replaced, second?.hold]).toEqual([1, 0, "draining"]);
  if (second === undefined) throw new Error("the cluster has two servers");
  const counters = { server: second.id, running: 0, done: 3, failed: 0, busyMs: 9 };
  const node = now.nodes.find(({ id }) => id === second.node);
  if (node === undefined) throw new Error("the server has a node");
  // Its node says that no job holds it any more.
  const free = cluster.tell({ type: "load", node: node.id, load: node.load, servers: [counters] });
  reduce(model, { type: "events", events: free, nowMs });
  expect([second.job, second.hold]).toEqual([undefined, undefined]);
});
