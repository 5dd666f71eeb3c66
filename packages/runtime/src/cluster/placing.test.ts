import { afterEach, expect, test } from "vitest";
import { type PeerHost } from "../peer/peer-host.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster, MemoryCodeStore } from "../testing/memory-cluster.ts";
import { type TaskContext } from "../task/context.ts";
import { type Client } from "./client.ts";
import { type ClusterEvent } from "./events.ts";
import { type Job } from "./job.ts";
import { type RemoteTaskContext } from "./remote-context.ts";
import { testGates } from "../../test/gates.ts";

const platform = installHostPlatform();
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const gate = testGates();

const tasks = {
  where: (task: RemoteTaskContext): string => task.server.id,
  node: (task: RemoteTaskContext): string => task.node.name,
  async waits(task: TaskContext, name: string): Promise<string> {
    gate(`${name} runs`).open();
    const cancelled = new Promise<never>((_, reject) =>
      task.signal.addEventListener("abort", () => reject(task.signal.reason)),
    );
    await Promise.race([gate(name).opened, cancelled]);
    return name;
  },
};
type Tasks = typeof tasks;

interface TestCluster {
  readonly memory: MemoryCluster;
  readonly url: URL;
  readonly client: (name?: string) => Promise<Client<PeerHost>>;
  readonly node: (name: string, servers: number, labels?: Readonly<Record<string, string>>) => Promise<void>;
}

async function cluster(): Promise<TestCluster> {
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  const { scheduler } = await memory.startScheduler();
  closers.push(() => scheduler.close());
  return {
    memory,
    url: memory.module("tasks", tasks),
    client: async (name = "client1") => {
      const made = await memory.startClient(name);
      closers.push(() => made.close({ cancel: true }));
      return made;
    },
    node: async (name, servers, labels = {}) => {
      const { node } = await memory.startNode(name, servers, new MemoryCodeStore(), { labels });
      closers.push(() => node.close());
    },
  };
}

async function until(job: Job, is: (event: ClusterEvent) => boolean): Promise<ClusterEvent> {
  for await (const event of job.events.values()) if (is(event)) return event;
  throw new Error("the job's log has ended");
}

/** Waits until the client knows of so many nodes. */
async function nodesOf(job: Job, count: number): Promise<void> {
  if (job.nodes().length < count) await until(job, () => job.nodes().length >= count);
}

test("a node says of no other peer that it is there", async () => {
  const { memory, node } = await cluster();
  await node("mini", 1);
  const liar = await memory.peer("liar", ["node"]);
  const load = { cpuIdleShare: 1, memoryFreeBytes: 1, swapFreeBytes: 0, diskFreeBytes: 0 };
  const words = { name: "liar", platform: "x", servers: 1, kind: "node", labels: {}, isolation: "trusted", allow: {} };
  const location = { peer: memory.idOf("mini"), addresses: [] };
  const scheduler = { peer: (await memory.schedulerLocation()).peer, server: 0 };
  const join = { node: { ...words, id: liar.id, location, load }, lanes: [] };
  await expect(liar.procedures.call(scheduler, "scheduler.node.join", join)).rejects.toMatchObject({
    code: "ROLE_FORBIDS",
  });
});

test("a task that needs memory waits for it also where its job has servers with nothing to do", async () => {
  const { memory, client, url } = await cluster();
  const load = { cpuIdleShare: 1, memoryFreeBytes: 100, swapFreeBytes: 0, diskFreeBytes: 0 };
  await memory.startNode("maxi", 2, new MemoryCodeStore(), { load: () => load });
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  await Promise.all([m.node.run(), m.node.run()]);
  for (const kind of ["cpu", "io"] as const) {
    await m.node.run([], { kind });
    const big = m.node.run([], { kind, needs: { memoryBytes: 1000 }, timeoutMs: 100 });
    // It holds up no others, and where there is enough the servers in hand will do.
    expect(await m.node.run([], { kind })).toBe("maxi");
    expect(await m.node.run([], { kind, needs: { memoryBytes: 20 } })).toBe("maxi");
    const why = "it has not begun: no node here has the memory for tasks that need 1000 bytes of memory";
    await expect(big).rejects.toMatchObject({ code: "TIMEOUT", message: expect.stringContaining(why) });
  }
});

test("a task that times out before it has begun says what it waited for", async () => {
  const { client, node, url } = await cluster();
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const why = (words: string): object => ({ code: "TIMEOUT", message: expect.stringContaining(`not begun: ${words}`) });
  const late = (needs = {}): PromiseLike<string> => m.node.run([], { needs, timeoutMs: 20 });
  await expect(late()).rejects.toMatchObject(why("no node has joined"));
  await node("maxi", 1);
  await nodesOf(job, 1);
  const labels = { gpu: "yes" };
  await expect(late({ labels })).rejects.toMatchObject(why("no node here takes tasks that need gpu=yes"));
  job.pause();
  await expect(late()).rejects.toMatchObject(why("its job is paused"));
});

test("a job that is closed while it is paused ends", async () => {
  const { client, url } = await cluster();
  const job = await (await client()).openJob();
  job.pause();
  const run = (await job.module<Tasks>(url)).node.run();
  await job.close({ cancel: true });
  expect(await run.exit()).toMatchObject({ type: "cancelled" });
});

test("a job uses the nodes that its rules take, also of those that come later, and says which it does without", async () => {
  const { client, node, url } = await cluster();
  await node("mini", 2);
  await node("maxi", 2);
  const job = await (await client()).openJob({ where: [{ node: "max*", take: 1 }, { labels: { gpu: "yes" } }] });
  await nodesOf(job, 2);
  const m = await job.module<Tasks>(url);
  expect(await Promise.all(Array.from({ length: 6 }, () => m.node.run()))).toEqual(Array(6).fill("maxi"));
  expect(new Set(job.servers().map(({ id }) => id)).size).toBe(1);
  const skipped = await until(job, ({ type }) => type === "node.skipped");
  expect(skipped).toMatchObject({ node: { name: "mini" }, error: { code: "NO_PLACE" } });
  const held = m.waits.run(["held"]);
  await node("gpu1", 1, { gpu: "yes" });
  expect(await m.node.run()).toBe("gpu1");
  gate("held").open();
  expect(await held).toBe("held");
});

test("a rule of your own is asked here, and one more rule makes room", async () => {
  const { client, node, url } = await cluster();
  await node("mini", 1);
  const seen: string[] = [];
  const where = ({ name }: { readonly name: string }): number => (seen.push(name), 0);
  const job = await (await client()).openJob({ where });
  await nodesOf(job, 1);
  const m = await job.module<Tasks>(url);
  const waiting = m.node.run();
  const event = await until(job, (one) => one.type === "job.waiting" && one.why !== undefined);
  expect(event).toMatchObject({ why: "no node here takes tasks of this job: its rules" });
  expect(seen).toEqual(["mini"]);
  expect(() => job.allocate({ take: 0.5 })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  job.allocate({ node: "other" });
  await expect(waiting.exit({ timeoutMs: 50 })).rejects.toMatchObject({ code: "TIMEOUT" });
  void waiting.cancel();
});

test("a task runs at the server or the node it names, and one for a server that a node has not is refused", async () => {
  const { client, node, url, memory } = await cluster();
  await node("mini", 2);
  await node("maxi", 3);
  const job = await (await client()).openJob();
  await nodesOf(job, 2);
  const m = await job.module<Tasks>(url);
  const maxi = memory.idOf("maxi");
  for (const server of [3, 1, 2, 3]) {
    const at = `${maxi}/${server}` as Awaited<ReturnType<Job["servers"]>>[number]["id"];
    expect(await m.where.run([], { at })).toBe(at);
    // An I/O task there runs in the same process, beside what computes.
    expect(await m.where.run([], { at, kind: "io" })).toBe(at);
  }
  expect(await m.node.run([], { at: maxi })).toBe("maxi");
  expect(await m.node.run([], { at: maxi, kind: "io" })).toBe("maxi");
  const none = `${maxi}/9` as Awaited<ReturnType<Job["servers"]>>[number]["id"];
  expect(() => m.where.run([], { at: none })).toThrow(expect.objectContaining({ code: "NO_PLACE" }));
  const wrong = "a/b/c" as typeof none;
  expect(() => m.where.run([], { at: wrong })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
});

test("while a CPU task holds its server, an I/O task at that server runs beside it", async () => {
  const { client, node, url, memory } = await cluster();
  await node("mini", 1);
  const job = await (await client()).openJob();
  await nodesOf(job, 1);
  const m = await job.module<Tasks>(url);
  const at = `${memory.idOf("mini")}/1` as Awaited<ReturnType<Job["servers"]>>[number]["id"];
  const computing = m.waits.run(["long"]);
  await gate("long runs").opened;
  expect(await m.where.run([], { at, kind: "io" })).toBe(at);
  gate("long").open();
  expect(await computing).toBe("long");
});

test("a task waits for a node that has what it needs, and the job says so", async () => {
  const { client, node, url } = await cluster();
  await node("mini", 1);
  const job = await (await client()).openJob();
  await nodesOf(job, 1);
  const m = await job.module<Tasks>(url);
  const picky = m.node.run([], { needs: { labels: { gpu: "yes" } } });
  expect(await m.node.run()).toBe("mini");
  const event = await until(job, (one) => one.type === "job.waiting" && one.why !== undefined);
  expect(event).toMatchObject({ why: "no node here takes tasks that need gpu=yes" });
  await node("gpu1", 1, { gpu: "yes" });
  expect(await picky).toBe("gpu1");
  expect(() => m.node.run([], { needs: { net: true } })).toThrow(
    expect.objectContaining({ code: "ISOLATION_FORBIDS" }),
  );
});

test("an exclusive job waits its turn, has the cluster alone, and gives it back when it is closed", async () => {
  const { client, node, url } = await cluster();
  await node("mini", 2);
  const first = await (await client()).openJob({ name: "first" });
  const m = await first.module<Tasks>(url);
  const held = m.waits.run(["held"]);
  await gate("held runs").opened;
  const alone = await (await client("client2")).openJob({ name: "alone", exclusive: true });
  const a = await alone.module<Tasks>(url);
  const running = a.waits.run(["alone"]);
  const event = await until(alone, (one) => one.type === "job.waiting" && one.why !== undefined);
  expect(event).toMatchObject({ why: "it runs alone once others have given back 1 server" });
  gate("held").open();
  expect(await held).toBe("held");
  await until(alone, ({ type }) => type === "job.active");
  const later = m.node.run();
  const waits = await until(first, (one) => one.type === "job.waiting" && one.why !== undefined);
  expect(waits).toMatchObject({ why: "job alone runs alone" });
  gate("alone").open();
  expect(await running).toBe("alone");
  await alone.close();
  expect(await later).toBe("mini");
});

test("an exclusive job that is idle lets others have the cluster", async () => {
  const { client, node, url } = await cluster();
  await node("mini", 1);
  const alone = await (await client()).openJob({ exclusive: true, idleMs: 300 });
  expect(await (await alone.module<Tasks>(url)).node.run()).toBe("mini");
  const other = await (await client("client2")).openJob();
  expect(await (await other.module<Tasks>(url)).node.run()).toBe("mini");
  expect(await (await alone.module<Tasks>(url)).node.run()).toBe("mini");
});

test("tasks of a more important job go first", async () => {
  const { client, node, url } = await cluster();
  await node("mini", 1);
  const low = await (await client()).openJob();
  const l = await low.module<Tasks>(url);
  const order: string[] = [];
  const running = l.waits.run(["held"]);
  await gate("held runs").opened;
  const rest = [1, 2, 3].map(async () => order.push(await l.node.run().then(() => "low")));
  const high = await (await client("client2")).openJob({ priority: 5 });
  const h = await high.module<Tasks>(url);
  const first = [1, 2, 3].map(async () => order.push(await h.node.run().then(() => "high")));
  await until(high, ({ type }) => type === "job.waiting");
  gate("held").open();
  expect(await running).toBe("held");
  await Promise.all([...rest, ...first]);
  expect(order).toEqual(["high", "high", "high", "low", "low", "low"]);
});

test("a node's name as a place is refused at once, with its id", async () => {
  const { client, node, url, memory } = await cluster();
  await node("maxi", 1);
  const job = await (await client()).openJob();
  await nodesOf(job, 1);
  const m = await job.module<Tasks>(url);
  // As a program in JavaScript may give it.
  const run = (at: string) => m.where.run([], { at: at as Awaited<ReturnType<Job["nodes"]>>[number]["id"] });
  expect(() => run("maxi/1")).toThrow(
    expect.objectContaining({
      code: "OPTION_INVALID",
      message: '"maxi/1" is a name, and a place is told by its id',
      hint: expect.stringContaining(`that is "${memory.idOf("maxi")}/1"`),
    }),
  );
  expect(() => run("mini")).toThrow(
    expect.objectContaining({ message: "\"mini\" is neither a node's nor a server's id" }),
  );
});

test("options for placing that mean nothing are refused", async () => {
  const { client } = await cluster();
  const made = await client();
  for (const options of [{ priority: 0.5 }, { priority: 5000 }, { idleMs: -1 }, { where: { take: 0.5 } }]) {
    await expect(made.openJob(options)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  }
});
