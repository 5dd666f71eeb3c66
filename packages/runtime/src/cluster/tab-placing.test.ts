import { afterEach, expect, test, vi } from "vitest";
import { type Steps } from "../contracts/operation.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { type Job, type JobOptions } from "./job.ts";
import { type RemoteTaskContext } from "./remote-context.ts";

const platform = installHostPlatform();
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const tasks = {
  where: (task: RemoteTaskContext): string => task.node.name,
  *waits(task: RemoteTaskContext<"end">): Steps<string> {
    yield* task.receive();
    return task.node.name;
  },
};
type Tasks = typeof tasks;

/** A tab without workers that grants fetch, one that grants nothing and has one, and, unless it is left out, a node. */
async function cluster(options: JobOptions = {}, nodes: readonly string[] = ["node"], tabs = TABS) {
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  await memory.startScheduler();
  for (const { name, workers, labels } of tabs) {
    await memory.startNode(name, workers, undefined, { kind: "tab", labels });
  }
  for (const name of nodes) await memory.startNode(name, 1);
  const client = await memory.startClient("client");
  const job = await client.openJob(options);
  const { where, waits } = await job.module<Tasks>(memory.module("tasks", tasks));
  return { memory, job, where, waits };
}

const TABS: readonly { readonly name: string; readonly workers: number; readonly labels: Record<string, string> }[] = [
  { name: "fetcher", workers: 0, labels: { abilities: "fetch", engine: "chromium" } },
  { name: "worker", workers: 1, labels: { engine: "firefox" } },
];
const three = ["a", "b", "c"].map((name) => ({ name, workers: 0, labels: {} }));

/** Why the job waits, as its events say, once they say so. */
async function whyOf(job: Job, expected: RegExp): Promise<string> {
  for await (const event of job.events.values()) {
    if (event.type === "job.waiting" && event.why !== undefined && expected.test(event.why)) return event.why;
  }
  throw new TypeError("the job's events ended");
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

test("I/O tasks are spread over all tabs that will do, each at the one that has fewest", async () => {
  const { job, waits } = await cluster({}, [], three);
  const first = three.map(() => waits.run([], { kind: "io", at: "tab" }));
  await vi.waitFor(() => expect(job.servers().filter(({ state }) => state === "ready")).toHaveLength(3), {
    timeout: 60_000,
  });
  for (const task of first) task.send("end");
  await Promise.all(first);
  const held = Array.from({ length: 9 }, () => waits.run([], { kind: "io", at: "tab" }));
  for (const task of held) task.send("end");
  const counts = Object.groupBy(await Promise.all(held), (name) => name);
  expect(Object.values(counts).map((names) => names?.length)).toEqual([3, 3, 3]);
});

test("two jobs with one I/O task each use two tabs", async () => {
  const { memory, job, where } = await cluster({}, [], three);
  const client = await memory.startClient("other");
  const other = await client.openJob();
  const there = await other.module<Tasks>(memory.module("others", tasks));
  const names = [await where.run([], { kind: "io", at: "tab" }), await there.where.run([], { kind: "io", at: "tab" })];
  expect(new Set(names).size).toBe(2);
  await job.close();
});

test("a job that waits for a tab says so while none has joined, and so does the task that runs out of time", async () => {
  const { memory, job, where } = await cluster({}, ["node"], []);
  const waits = where.run([], { at: "tab" });
  expect(await whyOf(job, /tab/)).toBe("no tab has joined (skein invite --role tab prints a link)");
  const late = where.run([], { kind: "io", needs: { abilities: ["fetch"] }, timeoutMs: 50 });
  await expect(late).rejects.toMatchObject({ code: "TIMEOUT", message: expect.stringContaining("no tab has joined") });
  await memory.startNode("tab", 1, undefined, { kind: "tab" });
  expect(await waits).toBe("tab");
});

test("a task that any server would do for says that the only one is paused, or that it has to ask for a tab", async () => {
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  await memory.startScheduler();
  const { node } = await memory.startNode("tab", 1, undefined, { kind: "tab" });
  const job = await (await memory.startClient("client")).openJob();
  const { where } = await job.module<Tasks>(memory.module("tasks", tasks));
  expect(await where.run([])).toBe("tab");
  node.hold(true);
  const [cpu, io] = [where.run([]), where.run([], { kind: "io" })];
  const [ended, other] = [cpu.exit(), io.exit()];
  expect(await whyOf(job, /paused/)).toBe("what takes tasks is paused or closed");
  await cpu.cancel();
  expect(await whyOf(job, /at: "tab"/)).toMatch(/^only tabs have joined/);
  await io.cancel();
  await Promise.all([ended, other]);
});

test("a job that does without the only tab says which, and why", async () => {
  const right = (): string => "right";
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  await memory.startScheduler();
  await memory.startNode("node", 1);
  await memory.startNode("liar", 1, undefined, { kind: "tab", alter: (table) => ({ ...table, right: () => "wrong" }) });
  const job = await (await memory.startClient("client")).openJob({ trust: "probation" });
  const { right: ask, where } = await job.module<Tasks & { right(): string }>(
    memory.module("all", { ...tasks, right }),
  );
  expect(await ask.call([], { at: "tab" })).toBe("right");
  await vi.waitFor(() => expect(job.nodes().find(({ name }) => name === "liar")?.state).toBe("skipped"), {
    timeout: 30_000,
  });
  const waits = where.run([], { kind: "io", at: "tab" });
  const why = "no node here takes tasks at tabs; the job does without tab liar: its result of right was wrong";
  expect(await whyOf(job, /liar/)).toBe(why);
  await waits.cancel();
  await expect(where.run([], { kind: "io", at: "tab", timeoutMs: 50 })).rejects.toThrow(why);
});
