import type { Topic } from "@skein/runtime";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import { ClusterStore } from "../model/store.ts";
import { keepTitle } from "./page-title.ts";
import { restWhileHidden } from "./rest-while-hidden.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class HiddenPage extends EventTarget {
  visibilityState: DocumentVisibilityState = "visible";

  show(state: DocumentVisibilityState): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

test("a page that is hidden for some seconds looks at nothing, after minutes at no logs either, and at all again when it is seen", () => {
  const store = new ClusterStore(() => {});
  const page = new HiddenPage();
  const told: (readonly Topic[])[] = [];
  store.onTopics((topics) => told.push(topics));
  store.look(["links", "logs:debug"]);
  const end = restWhileHidden(store, page);
  page.show("hidden");
  vi.advanceTimersByTime(1000);
  page.show("visible");
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([[], ["links", "logs:debug"]]);
  page.show("hidden");
  vi.advanceTimersByTime(60_000);
  store.look(["channels"]);
  vi.advanceTimersByTime(600_000);
  page.show("visible");
  expect(told.slice(2)).toEqual([["logs:debug"], [], ["links", "logs:debug", "channels"]]);
  end();
  page.show("hidden");
  vi.advanceTimersByTime(600_000);
  expect(told).toHaveLength(5);
});

test("the tab's name follows the cluster while no frame is drawn", () => {
  const store = new ClusterStore(() => {});
  const page = { title: "" };
  const end = keepTitle(store.model, "Nodes", page);
  expect(page.title).toBe("Nodes · skein");
  const cluster = new SimulatedCluster();
  store.dispatch({ type: "snapshot", snapshot: cluster.snapshot(), nowMs: cluster.nowMs });
  vi.advanceTimersByTime(5000);
  expect(page.title).toBe("0/6 busy · Nodes · skein");
  store.dispatch({ type: "connection", connection: { phase: "ended", sinceMs: 0 } });
  vi.advanceTimersByTime(5000);
  expect(page.title).toBe("ended · Nodes · skein");
  end();
});
