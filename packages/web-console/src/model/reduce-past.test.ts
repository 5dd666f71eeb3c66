import type { ClusterEvent } from "@skein/runtime";
import { expect, test } from "vitest";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import { type ClusterModel, createModel } from "./cluster-model.ts";
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
