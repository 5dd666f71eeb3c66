import { afterEach, expect, test, vi } from "vitest";
import { type TaskContext } from "../task/context.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";

const platform = installHostPlatform();
const tasks = {
  square: (x: number): number => x * x,
  waits: async (task: TaskContext<string>): Promise<string> => await task.receive(),
};
type Tasks = typeof tasks;
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});
const SOON = { timeout: 20_000 };

async function tabWith(servers: number) {
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  const { scheduler } = await memory.startScheduler();
  const { node } = await memory.startNode("tab", servers, undefined, { kind: "tab" });
  const client = await memory.startClient("client");
  const job = await client.openJob();
  const m = await job.module<Tasks>(memory.module("tasks", tasks));
  return { scheduler, node, m };
}

test("the servers of a tab become more and fewer while an I/O task goes on", async () => {
  const { scheduler, node, m } = await tabWith(0);
  const waiting = m.waits.run([], { kind: "io", at: "tab" });
  await vi.waitFor(() => expect(node.standing().servers.map(({ running }) => running)).toEqual([1]), SOON);
  const square = m.square.call([3]);
  await node.resize(2);
  expect(await square).toBe(9);
  await node.resize(1);
  expect(scheduler.snapshot().nodes.map(({ kind, servers }) => [kind, servers])).toEqual([["tab", 1]]);
  await waiting.deliver("enough", { timeoutMs: 20_000 });
  expect(await waiting).toBe("enough");
  expect(await m.square.call([4])).toBe(16);
});

test("what runs on a server that goes is lost after the grace, and begins again elsewhere", async () => {
  const { node, m } = await tabWith(2);
  const running = [1, 2].map(() => m.waits.run([], { retries: 1 }));
  await vi.waitFor(() => expect(node.standing().servers.map((one) => one.running)).toEqual([1, 1]), SOON);
  await node.resize(1, 0);
  // One goes on where it was; the other waits for that server.
  const ends = Promise.all(running);
  const tell = (): void => {
    for (const task of running) task.send("enough");
  };
  const timer = setInterval(tell, 50);
  expect(await ends).toEqual(["enough", "enough"]);
  clearInterval(timer);
});
