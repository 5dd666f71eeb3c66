/** A model that follows a made-up cluster, for tests. */
import type { ClusterEventBody } from "@skein/runtime";
import { type ClusterModel, createModel } from "../model/cluster-model.ts";
import { reduce } from "../model/reduce.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";

export const FNS: readonly [readonly [fn: string, ms: number]] = [["tokenise", 100]];

/** One with a job of so many tasks. */
export const busyCluster = (tasks = 10_000, failShare = 0): SimulatedCluster =>
  new SimulatedCluster({ failShare, jobs: [{ name: "words", tasks, fns: FNS }] });

/** As a page is that opens now. */
export function opened(cluster: SimulatedCluster): ClusterModel {
  const model = createModel();
  reduce(model, { type: "connection", connection: { phase: "live" } });
  reduce(model, { type: "snapshot", snapshot: cluster.snapshot(), nowMs: cluster.nowMs });
  return model;
}

export function advance(model: ClusterModel, cluster: SimulatedCluster, ms: number): void {
  reduce(model, { type: "events", events: cluster.advance(ms), nowMs: cluster.nowMs });
}

/** What the scheduler tells next. */
export function tell(model: ClusterModel, cluster: SimulatedCluster, ...bodies: readonly ClusterEventBody[]): void {
  reduce(model, { type: "events", events: bodies.flatMap((body) => cluster.tell(body)), nowMs: cluster.nowMs });
}
