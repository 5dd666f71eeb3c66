import { afterEach, expect, test, vi } from "vitest";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { type JobOptions } from "./job.ts";
import { type RemoteTaskContext } from "./remote-context.ts";

const platform = installHostPlatform();
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const tasks = { where: (task: RemoteTaskContext): string => task.node.name };
type Tasks = typeof tasks;

/** A tab without workers that grants fetch, one that grants nothing and has one, and, unless it is left out, a node. */
async function cluster(options: JobOptions = {}, nodes: readonly string[] = ["node"]) {
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  await memory.startScheduler();
  await memory.startNode("fetcher", 0, undefined, { kind: "tab", labels: { abilities: "fetch", engine: "chromium" } });
  await memory.startNode("worker", 1, undefined, { kind: "tab", labels: { engine: "firefox" } });
  for (const name of nodes) await memory.startNode(name, 1);
  const client = await memory.startClient("client");
  const job = await client.openJob(options);
  const { where } = await job.module<Tasks>(memory.module("tasks", tasks));
  return { memory, job, where };
}

test("an I/O task runs at a tab only where it says so, by its place, its abilities or its labels", async () => {
  const { memory, where } = await cluster();
  const at = (more: object) => where.run([], { kind: "io", ...more, timeoutMs: 20_000 });
  expect(["fetcher", "worker"]).toContain(await at({ at: "tab" }));
  expect(await at({ needs: { abilities: ["fetch"] } })).toBe("fetcher");
  expect(await at({ needs: { labels: { engine: "firefox" } } })).toBe("worker");
  expect(await at({ at: "tab", needs: { labels: { engine: "firefox" } } })).toBe("worker");
  expect(await at({ at: memory.idOf("worker") })).toBe("worker");
  for (let n = 0; n < 5; n += 1) expect(await at({})).toBe("node");
});

test("a rule that asks for tabs is one for their I/O servers, too", async () => {
  const { where } = await cluster({ where: { kind: "tab", labels: { engine: "chromium" } } });
  expect(await where.run([], { kind: "io", timeoutMs: 20_000 })).toBe("fetcher");
});

test("a job whose rule asks for nodes has no tab", async () => {
  const { where } = await cluster({ where: { kind: "node" } });
  expect(await Promise.all([0, 1, 2, 3].map(() => where.run([], { timeoutMs: 20_000 })))).toEqual(
    Array(4).fill("node"),
  );
});

test("a CPU task at a tab goes to one that has workers", async () => {
  const { where } = await cluster();
  expect(await where.run([], { at: "tab", timeoutMs: 20_000 })).toBe("worker");
});

test("an I/O task that did not ask for a tab waits for a node, and a tab's I/O server in hand is not used", async () => {
  const { memory, job, where } = await cluster({}, []);
  expect(await where.run([], { kind: "io", needs: { abilities: ["fetch"] }, timeoutMs: 20_000 })).toBe("fetcher");
  const waits = where.run([], { kind: "io", timeoutMs: 20_000 });
  await vi.waitFor(() => expect(job.tasks()).toHaveLength(1), { timeout: 30_000 });
  await memory.startNode("late", 1);
  expect(await waits).toBe("late");
});
