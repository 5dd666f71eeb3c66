import { expect, test } from "vitest";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import { feed } from "./source.ts";
import { ClusterStore } from "./store.ts";

test("many batches between two frames are drawn once", () => {
  const frames: (() => void)[] = [];
  const store = new ClusterStore((callback) => frames.push(callback));
  let drawn = 0;
  const stop = store.subscribe(() => (drawn += 1));
  const cluster = new SimulatedCluster();
  store.dispatch({ type: "snapshot", snapshot: cluster.snapshot(), nowMs: 0 });
  for (let batch = 0; batch < 5; batch += 1) store.dispatch({ type: "events", events: cluster.advance(250), nowMs: 0 });
  expect([frames.length, drawn, store.version]).toEqual([1, 0, 0]);
  frames.shift()?.();
  expect([drawn, store.version]).toEqual([1, 1]);
  stop();
  store.dispatch({ type: "connection", connection: { phase: "ended", sinceMs: 0 } });
  frames.shift()?.();
  expect([drawn, store.version]).toEqual([1, 2]);
});

test("a page without frames (a hidden tab) keeps up with what happens", () => {
  const store = new ClusterStore(() => {});
  const cluster = new SimulatedCluster();
  const feeding = feed(
    store,
    {
      watch(observer) {
        observer.connection({ phase: "live" });
        observer.snapshot(cluster.snapshot());
        return { [Symbol.dispose]: () => {} };
      },
    },
    () => 0,
  );
  expect([store.model.nodes.size, store.model.connection.phase]).toEqual([2, "live"]);
  feeding[Symbol.dispose]();
});
