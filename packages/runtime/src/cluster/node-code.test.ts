import { afterEach, expect, test } from "vitest";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster, MemoryCodeStore } from "../testing/memory-cluster.ts";

const platform = installHostPlatform();
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

test("code that had to make room at a node comes again when a server needs it", async () => {
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  await memory.startScheduler();
  const store = new MemoryCodeStore();
  await memory.startNode("node", 1, store);
  const job = await (await memory.startClient("client")).openJob();
  const tasks = { twice: (x: number): number => 2 * x };
  const { twice } = await job.module<typeof tasks>(memory.module("tasks", tasks));
  expect(await twice.call([2])).toBe(4);
  store.clear();
  // In another process of the same node: the client has no reason to send it there.
  expect(await twice.call([3], { kind: "io" })).toBe(6);
  expect(store.size).toBe(1);
});
