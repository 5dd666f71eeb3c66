import { afterEach, expect, test, vi } from "vitest";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { startScheduler } from "./scheduler.ts";

const platform = installHostPlatform();
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

test("a node that follows another scheduler leaves the one it had, and offers its servers to the other", async () => {
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  const { scheduler: first } = await memory.startScheduler();
  const { node } = await memory.startNode("node1", 2);
  const ready = (scheduler: typeof first): number =>
    scheduler.snapshot().servers.filter(({ state }) => state === "ready").length;
  await vi.waitFor(() => expect(ready(first)).toBe(2), { timeout: 20_000 });
  const other = await memory.peer("other", ["scheduler"]);
  const second = startScheduler(other);
  closers.push(() => second.close());
  node.follow(other.location);
  await vi.waitFor(() => expect([ready(first), ready(second)]).toEqual([0, 2]), { timeout: 20_000 });
  expect(node.standing()).toMatchObject({ scheduler: { peer: other.id }, known: true });
});
