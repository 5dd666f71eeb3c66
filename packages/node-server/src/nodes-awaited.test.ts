import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NODES_AWAITED_MS, NodesAwaited } from "./nodes-awaited.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function awaited(named: readonly string[], counts: { peers: number; nodes: number }): readonly string[] {
  const said: string[] = [];
  const watch = new NodesAwaited({ named, count: () => counts, say: (text) => void said.push(text) });
  vi.advanceTimersByTime(3 * NODES_AWAITED_MS);
  watch.close();
  vi.advanceTimersByTime(3 * NODES_AWAITED_MS);
  return said;
}

test("without a node it is said once why there is none", () => {
  const none = { peers: 0, nodes: 0 };
  expect(awaited(["10.0.0.7:4100"], none)).toEqual([expect.stringContaining("answers at 10.0.0.7:4100")]);
  expect(awaited([], none)).toEqual([expect.stringContaining("local network")]);
  expect(awaited(["10.0.0.7:4100"], { peers: 1, nodes: 0 })).toEqual([expect.stringContaining("another scheduler")]);
  expect(awaited([], { peers: 1, nodes: 1 })).toEqual([]);
});

test("nodes that have left are missed again", () => {
  const said: string[] = [];
  const counts = { peers: 0, nodes: 0 };
  const watch = new NodesAwaited({ named: [], count: () => counts, say: (text) => void said.push(text) });
  vi.advanceTimersByTime(NODES_AWAITED_MS);
  counts.nodes = 1;
  vi.advanceTimersByTime(NODES_AWAITED_MS);
  counts.nodes = 0;
  vi.advanceTimersByTime(2 * NODES_AWAITED_MS);
  watch.close();
  expect(said).toHaveLength(2);
});
