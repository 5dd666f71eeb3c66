import { afterEach, expect, test } from "vitest";
import { type Client } from "./client.ts";
import { type ClusterEvent } from "./events.ts";
import { type Role } from "../contracts/endpoint.ts";
import { type Steps } from "../contracts/operation.ts";
import { SkeinError, isSkeinError } from "../errors.ts";
import { all } from "../task/combine.ts";
import { type PeerHost } from "../peer/peer-host.ts";
import { type Scheduler } from "./scheduler.ts";
import { spawn } from "../task/spawn.ts";
import { type TaskContext } from "../task/context.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster, MemoryCodeStore } from "../testing/memory-cluster.ts";
import { type MemoryServerHost } from "../testing/memory-server-host.ts";
import { type RemoteTaskContext } from "./remote-context.ts";
import { type EventBatch } from "./watch-words.ts";
import { testGates } from "../../test/gates.ts";

const platform = installHostPlatform();
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Ends the task `gate` waits in. */
const gate = testGates();

let failures = 0;
const tasks = {
  square: (x: number): number => x * x,
  fails: (text: string): never => {
    throw new RangeError(text);
  },
  refuses: (): never => {
    throw new SkeinError("NO_PLACE", "there is no room", { hint: "come back later" });
  },
  bad: () => () => 1,
  size: (...blobs: Uint8Array[]): number => blobs.reduce((sum, blob) => sum + blob.byteLength, 0),
  blobs: (count: number, bytes: number): Uint8Array[] => Array.from({ length: count }, () => new Uint8Array(bytes)),
  talks: (task: RemoteTaskContext, entries: number, length: number): void => {
    for (let n = 0; n < entries; n += 1) task.log.info("said", { n, text: "é".repeat(length) });
  },
  *sum(task: TaskContext<number>, count: number): Steps<number> {
    let sum = 0;
    for (let n = 0; n < count; n += 1) sum += yield* task.receive();
    return sum;
  },
  async waits(task: TaskContext, name: string): Promise<string> {
    const cancelled = new Promise<never>((_, reject) =>
      task.signal.addEventListener("abort", () => reject(task.signal.reason)),
    );
    await Promise.race([gate(name).opened, cancelled]);
    return `${name} opened`;
  },
  async stubborn(_task: TaskContext): Promise<void> {
    await new Promise(() => {});
  },
  where: (task: RemoteTaskContext): string => `${task.server.id} ${task.node.name}`,
  async reports(task: RemoteTaskContext): Promise<void> {
    task.log.info("half.way", { percent: 50 });
    task.client.send({ hello: "client" });
  },
  async diesOnce(_task: RemoteTaskContext): Promise<string> {
    failures += 1;
    gate("running").open();
    if (failures === 1) await new Promise(() => {});
    return `attempt ${failures}`;
  },
};
type Tasks = typeof tasks;

interface TestCluster {
  /** The scheduler's, which owns the cluster. */
  readonly peer: PeerHost;
  readonly memory: MemoryCluster;
  readonly url: URL;
  readonly scheduler: Scheduler;
  readonly host: MemoryServerHost;
  readonly code: MemoryCodeStore;
  readonly client: (name?: string) => Promise<Client<PeerHost>>;
}

/** A scheduler, a node with so many servers, and clients as they are asked for. */
async function cluster(servers: number, options: { readonly lingerMs?: number } = {}): Promise<TestCluster> {
  const memory = new MemoryCluster(platform, options);
  closers.push(() => memory.close());
  const { scheduler, peer } = await memory.startScheduler();
  closers.push(() => scheduler.close());
  const code = new MemoryCodeStore();
  const { node, host } = await memory.startNode("node1", servers, code);
  closers.push(() => node.close());
  const url = memory.module("tasks", tasks);
  const client = async (name = "client1"): Promise<Client<PeerHost>> => {
    const made = await memory.startClient(name);
    closers.push(() => made.close({ cancel: true }));
    return made;
  };
  return { memory, peer, scheduler, host, code, url, client };
}

async function events(
  log: { values(): AsyncIterable<ClusterEvent> },
  until: (event: ClusterEvent) => boolean,
): Promise<ClusterEvent[]> {
  const seen: ClusterEvent[] = [];
  for await (const event of log.values()) {
    seen.push(event);
    if (until(event)) break;
  }
  return seen;
}

test("a job runs the functions of a module on the cluster, through typed stubs", async () => {
  const { client, url } = await cluster(2);
  const job = await (await client()).openJob({ name: "first" });
  const m = await job.module<Tasks>(url);
  expect(await m.square.call([7])).toBe(49);
  expect(await m.where.run()).toMatch(/\/[12] node1$/);
  expect(job.counters).toMatchObject({ submitted: 2, done: 2, running: 0 });
});

test("`run` takes a function of the job's modules, and refuses any other before anything is sent", async () => {
  const { memory, client, url } = await cluster(1);
  const job = await (await client()).openJob({ modules: [url] });
  expect(await job.run(tasks.where)).toBe(`${memory.idOf("node1")}/1 node1`);
  expect(() => job.run(function* other() {})).toThrow(expect.objectContaining({ code: "CODE_UNKNOWN" }));
});

test("a remote error comes back with its class, where it happened and which attempt it was", async () => {
  const { memory, client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const error: unknown = await m.fails.call(["too far"]).then(undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RangeError);
  expect(error).toMatchObject({ message: "too far", server: `${memory.idOf("node1")}/1`, attempt: 1 });
});

test("arguments and results that can't travel fail their own task only", async () => {
  const { client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const refused = m.square.call([(() => 1) as never]);
  const fine = m.square.call([3]);
  const result = m.bad.call();
  expect(await refused.exit()).toMatchObject({ type: "failed", error: { code: "NOT_SERIALIZABLE" } });
  expect(await result.exit()).toMatchObject({ type: "failed", error: { code: "NOT_SERIALIZABLE" } });
  expect(await fine).toBe(9);
});

test("tasks whose arguments take tens of megabytes together all run, and so do such results", async () => {
  const { client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  for (let n = 0; n < 5; n += 1) await m.size.call([new Uint8Array(1)]);
  const large = new Uint8Array(1024 * 1024);
  const sizes = await Promise.all(Array.from({ length: 60 }, () => m.size.call([large])));
  expect(sizes).toEqual(Array.from({ length: 60 }, () => large.byteLength));
  const results = await Promise.all(Array.from({ length: 30 }, () => m.blobs.call([1, 1024 * 1024])));
  expect(results.map(([blob]) => blob?.byteLength)).toEqual(Array.from({ length: 30 }, () => large.byteLength));
});

test("arguments and results above a message's size fail their own task, however they add up", async () => {
  const { client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const nine = new Uint8Array(9 * 1024 * 1024);
  const tooLarge = { type: "failed", error: { code: "MESSAGE_TOO_LARGE" } };
  const args = m.size.call([nine, nine.slice()]);
  const result = m.blobs.call([2, nine.byteLength]);
  const fine = m.blobs.call([1, nine.byteLength]);
  expect(await args.exit()).toMatchObject(tooLarge);
  expect(await result.exit()).toMatchObject(tooLarge);
  expect((await fine)[0]?.byteLength).toBe(nine.byteLength);
});

test("a watcher misses no event without being told, however large they are together", async () => {
  const { memory, client, url } = await cluster(1);
  const watch = await watchEvents(memory, "watcher", ["operator"]);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  for (let n = 0; n < 3; n += 1) await m.talks.run([200, 10_000]);
  await m.talks.run([1, 100_000]);
  await job.close();
  await watch.until((event) => event.type === "job.closed");
  let seq = 0;
  for (const event of watch.seen) {
    if (event.type === "gap") expect(event.from).toBe(seq + 1);
    else expect(event.seq).toBe(seq + 1);
    ({ seq } = event);
  }
  const logs = watch.seen.filter((event) => event.type === "log");
  const omitted = watch.seen.reduce((sum, event) => sum + (event.type === "job.progress" ? event.omitted : 0), 0);
  expect(logs.length).toBeGreaterThan(0);
  expect(omitted).toBeGreaterThan(0);
});

test("thousands of tasks queued at once all give their results, in batches", async () => {
  const { client, url } = await cluster(2);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const results = Array.from({ length: 5000 }, (_, n) => m.square.call([n]));
  expect(await Promise.all(results)).toEqual(Array.from({ length: 5000 }, (_, n) => n * n));
  expect(job.counters).toMatchObject({ submitted: 5000, done: 5000, running: 0, rejected: 0 });
});

test("messages sent before the task runs reach it in order, and so do later ones", async () => {
  const { client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const sum = m.sum.run([4]);
  sum.send(1);
  sum.send(2);
  await events(job.events, (event) => event.type === "task.started");
  sum.send(3);
  await sum.deliver(4);
  expect(await sum).toBe(10);
  await expect(sum.deliver(5)).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
});

test("a task logs and sends home", async () => {
  const { client, url } = await cluster(1);
  const made = await client();
  const home = firstMessage(made);
  const job = await made.openJob({ client: home.ref });
  const m = await job.module<Tasks>(url);
  await m.reports.run();
  expect(await home.first).toEqual({ hello: "client" });
  const seen = await events(job.events, (event) => event.type === "task.exited");
  expect(seen.find((event) => event.type === "log")).toMatchObject({
    level: "info",
    text: "half.way",
    fields: { percent: 50 },
  });
});

test("a job's events tell each task's life in order", async () => {
  const { memory, client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  await m.square.call([2]);
  const seen = await events(job.events, (event) => event.type === "task.exited");
  const ofTasks = seen.filter((event) => event.type.startsWith("task."));
  expect(ofTasks.map((event) => event.type)).toEqual(["task.created", "task.started", "task.exited"]);
  expect(ofTasks[0]).toMatchObject({ fn: "square", argsText: "2", attempt: 1 });
  expect(ofTasks[2]).toMatchObject({ exit: "returned", server: `${memory.idOf("node1")}/1` });
});

test("CPU tasks take a server each; I/O tasks share one of their own and run at once", async () => {
  const { client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const busy = m.waits.run(["busy"]);
  const waits = ["a", "b", "c"].map((name) => m.waits.run([name], { kind: "io" }));
  for (const name of ["c", "b", "a"]) gate(name).open();
  expect(await Promise.all(waits)).toEqual(["a opened", "b opened", "c opened"]);
  gate("busy").open();
  expect(await busy).toBe("busy opened");
});

test("a task that waits does not hold up others while another server is free", async () => {
  const { client, url } = await cluster(2);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  // Known as short, so several are sent ahead; then one of them takes long.
  gate("x").open();
  for (let n = 0; n < 20; n += 1) await m.waits.run(["x"]);
  const long = m.waits.run(["long"]);
  const others = Array.from({ length: 20 }, () => m.waits.run(["x"]));
  await Promise.all(others);
  gate("long").open();
  expect(await long).toBe("long opened");
});

test("cancel ends a queued task at once and a running one where it runs", async () => {
  const { client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const running = m.waits.run(["never"]);
  const queued = m.waits.run(["never"]);
  await events(job.events, (event) => event.type === "task.started");
  await queued.cancel("not needed");
  expect(await queued.exit()).toEqual({ type: "cancelled", reason: "not needed" });
  await running.cancel("enough");
  expect(await running.exit()).toMatchObject({ type: "cancelled" });
  await expect(running).rejects.toMatchObject({ code: "TASK_CANCELLED" });
});

test("a task that does not stop within its grace has its process ended", async () => {
  const { client, url, host } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const stubborn = m.stubborn.run();
  await events(job.events, (event) => event.type === "task.started");
  // The in-process server would let go of it at once; one that computes can't.
  host.processes.get(1)?.kill();
  await stubborn.cancel("now", { graceMs: 10 });
  expect(await stubborn.exit()).toMatchObject({ type: "cancelled" });
  expect(await m.square.call([2])).toBe(4);
});

test("a run's time limit fails it with TIMEOUT, and its signal cancels it", async () => {
  const { client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  await expect(m.waits.run(["never"], { timeoutMs: 20 })).rejects.toMatchObject({ code: "TIMEOUT" });
  const stop = new AbortController();
  const aborted = m.waits.run(["never"], { signal: stop.signal });
  stop.abort("changed my mind");
  expect(await aborted.exit()).toMatchObject({ type: "cancelled", reason: "changed my mind" });
  expect(await m.square.call([2])).toBe(4);
});

test("the same key gives the same task", async () => {
  const { client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const first = m.square.call([3], { key: "nine" });
  expect(m.square.call([3], { key: "nine" })).toBe(first);
  expect(job.counters.submitted).toBe(1);
});

test("a lost server's task is tried again elsewhere when it may be, and its reference survives", async () => {
  failures = 0;
  const { client, url, host } = await cluster(2);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const dies = m.diesOnce.run([], { retries: 1 });
  const { ref } = dies;
  const [started] = (await events(job.events, (event) => event.type === "task.started")).slice(-1);
  await gate("running").opened;
  const server = started?.type === "task.started" ? Number(started.server.slice(-1)) : 0;
  host.processes.get(server)?.kill();
  expect(await dies).toBe("attempt 2");
  expect(dies.ref).toBe(ref);
  expect(dies.attempt).toBe(2);
  expect(job.counters).toMatchObject({ retried: 1, done: 1, lost: 0 });
});

test("without retries a lost server's task is lost, and those that had not started there are not", async () => {
  const { memory, client, url, host } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  gate("x").open();
  for (let n = 0; n < 5; n += 1) await m.waits.run(["x"]);
  const from = job.events.cursor.seq;
  const first = m.waits.run(["never"]);
  const behind = Array.from({ length: 5 }, () => m.square.call([3]));
  await events(job.events, (event) => event.type === "task.started" && event.seq > from);
  host.processes.get(1)?.kill();
  const exit = await first.exit();
  expect(exit).toMatchObject({
    type: "lost",
    error: { code: "SERVER_LOST", server: `${memory.idOf("node1")}/1`, attempt: 1 },
  });
  await expect(first).rejects.toMatchObject({ code: "SERVER_LOST" });
  expect(await Promise.all(behind)).toEqual([9, 9, 9, 9, 9]);
  expect(job.counters).toMatchObject({ lost: 1, retried: 0 });
});

test("a module that can't be shipped takes no running task along, and the job can be closed", async () => {
  const { client, url, memory, code } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const running = m.waits.run(["w"]);
  await events(job.events, (event) => event.type === "task.started");
  code.full = true;
  await job.module(memory.module("more", { more: () => 1 }));
  await code.refused;
  gate("w").open();
  expect(await running).toBe("w opened");
  await job.close();
});

test("a server whose link is closed is ended and replaced, though its process lives on", async () => {
  const { client, url, host } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const running = m.waits.run(["never"]);
  await events(job.events, (event) => event.type === "task.started");
  const process = host.processes.get(1);
  process?.ownLink.abort(new Error("a frame in another's name"));
  const exit = await running.exit();
  expect(exit).toMatchObject({ type: "lost", error: { code: "SERVER_LOST" } });
  expect(await m.square.call([2])).toBe(4);
  expect(process?.killed()).toBe(true);
});

test("an I/O server that ends by itself is forgotten by its node", async () => {
  const { client, url, host, memory } = await cluster(1);
  const watch = await watchEvents(memory, "watcher", ["operator"]);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const lost = m.waits.run(["never"], { kind: "io" });
  await events(job.events, (event) => event.type === "task.started");
  const [io = 0] = [...host.processes.keys()].filter((server) => server > 1);
  host.processes.get(io)?.kill();
  expect(await lost.exit()).toMatchObject({ type: "lost" });
  const id = `${memory.idOf("node1")}/${io}`;
  await watch.until((event) => event.type === "server.lost" && event.server.id === id);
  const loads = watch.seen.length;
  await watch.until((event) => event.type === "load" && watch.seen.indexOf(event) > loads);
  const last = watch.seen.findLast((event) => event.type === "load");
  expect(last?.type === "load" ? last.servers.map(({ server }) => server) : [id]).not.toContain(id);
});

test("a server process that ends is replaced, and watchers hear of both", async () => {
  const { client, url, host, memory } = await cluster(1);
  const watch = await watchEvents(memory);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  await m.square.call([1]);
  host.processes.get(1)?.kill();
  await watch.until((event) => event.type === "server.replaced");
  expect(await m.square.call([2])).toBe(4);
  expect(watch.seen.map((event) => event.type)).toContain("server.lost");
});

test("a job's own events tell which server it lost, and that it was replaced", async () => {
  const { memory, client, url, host } = await cluster(2);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const lost = m.waits.run(["never"]);
  const [started] = (await events(job.events, (event) => event.type === "task.started")).slice(-1);
  const id = started?.type === "task.started" ? started.server : "";
  host.processes.get(Number(id.slice(-1)))?.kill();
  expect(await lost.exit()).toMatchObject({ type: "lost" });
  const seen = await events(job.events, (event) => event.type === "server.replaced");
  expect(seen.find((event) => event.type === "server.lost")).toMatchObject({
    server: { id, node: memory.idOf("node1"), kind: "cpu" },
    job: job.id,
    error: { code: "SERVER_LOST" },
  });
  expect(seen.at(-1)).toMatchObject({ server: { id } });
});

test("two clients share the servers and both make progress", async () => {
  const { client, url } = await cluster(2);
  const a = await (await client("client1")).openJob({ name: "a" });
  const ma = await a.module<Tasks>(url);
  gate("x").open();
  const many = Array.from({ length: 200 }, () => ma.waits.run(["x"]));
  const b = await (await client("client2")).openJob({ name: "b" });
  const mb = await b.module<Tasks>(url);
  const held = mb.waits.run(["b"]);
  await events(b.events, (event) => event.type === "task.started");
  const more = Array.from({ length: 200 }, () => ma.waits.run(["x"]));
  await Promise.all([...many, ...more]);
  gate("b").open();
  expect(await held).toBe("b opened");
});

test("each new job on a server gets a fresh process", async () => {
  const { client, url, host } = await cluster(1);
  const made = await client();
  for (let n = 0; n < 2; n += 1) {
    const job = await made.openJob();
    const m = await job.module<Tasks>(url);
    await m.square.call([1]);
    await job.close();
  }
  expect(host.started.get(1)).toBeGreaterThanOrEqual(2);
});

test("a closed job takes no more tasks; closing waits for those it has, or cancels them", async () => {
  const { client, url, scheduler } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const running = m.waits.run(["w"]);
  const closed = job.close();
  expect(() => m.square.call([1])).toThrow(expect.objectContaining({ code: "JOB_CLOSED" }));
  await expect(job.close({ timeoutMs: 10 })).rejects.toMatchObject({ code: "TIMEOUT" });
  gate("w").open();
  await closed;
  expect(await running).toBe("w opened");
  const second = await (await client("client2")).openJob();
  const m2 = await second.module<Tasks>(url);
  const cancelled = m2.waits.run(["never"]);
  await second.close({ cancel: true });
  expect(await cancelled.exit()).toMatchObject({ type: "cancelled" });
  expect(scheduler.snapshot().jobs).toEqual([]);
});

test("a lost client frees its servers for others", async () => {
  const { client, url, memory } = await cluster(1);
  const gone = await client("client1");
  const job = await gone.openJob();
  const m = await job.module<Tasks>(url);
  void m.waits
    .run(["never"])
    .exit()
    .then(undefined, () => {});
  await events(job.events, (event) => event.type === "task.started");
  await memory.crash("client1");
  closers.pop();
  const other = await (await client("client2")).openJob();
  const m2 = await other.module<Tasks>(url);
  expect(await m2.square.call([5])).toBe(25);
});

test("a revoked client loses its job at once, and a revoked node its tasks, which are tried on another", async () => {
  const { client, url, memory, peer } = await cluster(1);
  failures = 0;
  const gone = await client("client1");
  const job = await gone.openJob();
  const m = await job.module<Tasks>(url);
  const exit = m.waits.run(["never"]).exit();
  await events(job.events, (event) => event.type === "task.started");
  await peer.revoke(memory.idOf("client1"));
  expect(await exit).toMatchObject({ type: "lost" });
  // Nobody waits until the client might have come back.
  const other = await (await client("client2")).openJob();
  const m2 = await other.module<Tasks>(url);
  expect(await m2.square.call([5])).toBe(25);
  const dies = m2.diesOnce.run([], { retries: 1 });
  await gate("running").opened;
  const { node } = await memory.startNode("node2", 1);
  closers.push(() => node.close());
  await peer.revoke(memory.idOf("node1"));
  expect(await dies).toBe("attempt 2");
});

test("a node that is lost takes its tasks along, and they are tried again on another", async () => {
  const { client, url, memory } = await cluster(1);
  failures = 0;
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const dies = m.diesOnce.run([], { retries: 1 });
  await gate("running").opened;
  const { node } = await memory.startNode("node2", 1);
  closers.push(() => node.close());
  await memory.crash("node1");
  expect(await dies).toBe("attempt 2");
});

test("a node that ends while a task runs there is named, with what to do", async () => {
  const { client, url, memory } = await cluster(1);
  const { node } = await memory.startNode("node2", 1);
  const job = await (await client()).openJob({ where: [{ node: "node2" }] });
  const m = await job.module<Tasks>(url);
  const exit = m.waits.run(["never"]).exit();
  await events(job.events, (event) => event.type === "task.started");
  await node.close();
  const { error } = (await exit) as { error?: SkeinError };
  expect(error?.message).toMatch(/node2/);
  expect(error?.hint).toMatch(/retries|log/);
});

test("a short break between scheduler, node and client is nobody's loss", async () => {
  const { client, url, memory } = await cluster(1);
  const made = await client();
  const job = await made.openJob();
  const m = await job.module<Tasks>(url);
  const watch = await watchEvents(memory, "watcher", ["operator"]);
  const running = m.waits.run(["w"]);
  await events(job.events, (event) => event.type === "task.started");
  const queued = m.square.call([3]);
  const ends = ["scheduler", "node1"].map((name) => memory.idOf(name));
  for (const one of ends) for (const other of [...ends, made.peer.id]) memory.network.cut(one, other);
  gate("w").open();
  expect(await running).toBe("w opened");
  expect(await queued).toBe(9);
  expect(await m.square.call([4])).toBe(16);
  expect(job.counters).toMatchObject({ lost: 0, retried: 0, done: 3 });
  expect(watch.seen.filter(({ type }) => type === "node.lost" || type === "server.lost")).toEqual([]);
});

test("a break of scheduler and node, or client, past the linger loses no task", async () => {
  const { client, url, memory, scheduler } = await cluster(1, { lingerMs: 100 });
  const made = await client();
  const job = await made.openJob();
  const m = await job.module<Tasks>(url);
  const watch = await watchEvents(memory, "watcher", ["operator"]);
  const running = m.waits.run(["w"]);
  await events(job.events, (event) => event.type === "task.started");
  const queued = m.square.call([3]);
  memory.network.partition(memory.idOf("scheduler"), memory.idOf("node1"));
  await watch.until((event) => event.type === "node.lost");
  const { length } = watch.seen;
  memory.network.heal();
  await watch.until((event) => event.type === "node.ready" && watch.seen.indexOf(event) >= length);
  const lost = made.peer.events.values();
  memory.network.partition(memory.idOf("scheduler"), made.peer.id);
  for (let gone = false; !gone;) gone = (await lost.next()).value?.type === "lost";
  memory.network.heal();
  await watch.until(() => watch.seen.filter((event) => event.type === "job.opened").length === 2);
  gate("w").open();
  expect(await running).toBe("w opened");
  expect(await queued).toBe(9);
  expect(await m.square.call([4])).toBe(16);
  expect(job.counters).toMatchObject({ lost: 0, retried: 0, done: 3 });
  expect(scheduler.snapshot().nodes.map(({ name }) => name)).toEqual(["node1"]);
});

test("a scheduler that restarts finds nodes and jobs again, and running tasks go on", async () => {
  const { client, url, memory, scheduler } = await cluster(2);
  const job = await (await client()).openJob({ name: "survivor" });
  const m = await job.module<Tasks>(url);
  const running = m.waits.run(["w"]);
  await events(job.events, (event) => event.type === "task.started");
  await memory.crash("scheduler");
  scheduler.close();
  const second = await memory.startScheduler();
  closers.push(() => second.scheduler.close());
  gate("w").open();
  expect(await running).toBe("w opened");
  expect(await m.square.call([6])).toBe(36);
  const watch = await watchEvents(memory, "viewer2");
  await watch.until((event) => event.type === "node.ready");
  await watch.until((event) => event.type === "job.opened" && event.job.name === "survivor");
  expect(await m.square.call([7])).toBe(49);
  expect(second.scheduler.snapshot().jobs).toMatchObject([{ name: "survivor", held: 1 }]);
});

test("without a scheduler opening a job says NO_CLUSTER", async () => {
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  const client = await memory.startClient("client1");
  await expect(client.openJob({ timeoutMs: 30 })).rejects.toMatchObject({ code: "NO_CLUSTER" });
  await client.close();
});

test("only a client may open jobs, and only the holder of a lease may use its server", async () => {
  const { memory, url, client } = await cluster(1);
  const intruder = await memory.peer("intruder", ["viewer"]);
  const scheduler = { peer: (await memory.schedulerLocation()).peer, server: 0 };
  const open = {
    job: `j_${"0".repeat(26)}`,
    name: "",
    weight: 1,
    inbox: "x",
    leases: [],
    counters: (await (await client()).openJob()).counters,
  };
  await expect(intruder.procedures.call(scheduler, "scheduler.job.open", open)).rejects.toMatchObject({
    code: "ROLE_FORBIDS",
  });
  const job = await (await client("client2")).openJob();
  const m = await job.module<Tasks>(url);
  await m.square.call([1]);
  const other = await memory.peer("other", ["client"]);
  await other.connect(memory.locationOf("node1"));
  const server = { peer: memory.idOf("node1"), server: 1 };
  await expect(other.procedures.call(server, "server.load", { digests: [] })).rejects.toMatchObject({
    code: "ROLE_FORBIDS",
  });
  const put = { digest: "a".repeat(64), code: new Uint8Array(1) };
  await expect(
    other.procedures.call({ peer: memory.idOf("node1"), server: 0 }, "node.code.put", put),
  ).rejects.toMatchObject({ code: "ROLE_FORBIDS" });
});

test("a client sees its own jobs whole, and of others' neither arguments, logs nor error texts", async () => {
  const { memory, client, url } = await cluster(1);
  const own = await client("client1");
  const ownEvents = await watchAs(own.peer, memory);
  const otherEvents = await watchEvents(memory, "client2", ["client"]);
  const job = await own.openJob();
  const m = await job.module<Tasks>(url);
  await m.talks.run([1, 3]);
  await m.fails.call(["secret"]).exit();
  await job.close();
  for (const [watch, whole] of [
    [ownEvents, true],
    [otherEvents, false],
  ] as const) {
    await watch.until((event) => event.type === "job.closed");
    const created = watch.seen.find((event) => event.type === "task.created");
    expect(created?.type === "task.created" && created.argsText !== undefined).toBe(whole);
    expect(watch.seen.some((event) => event.type === "log")).toBe(whole);
    expect(JSON.stringify(watch.seen).includes("secret")).toBe(whole);
  }
});

test("who begins to watch when a job has ended is told of its last failures: whole, or of others' by code", async () => {
  const { memory, client, url } = await cluster(1);
  const own = await client("client1");
  const job = await own.openJob();
  const m = await job.module<Tasks>(url);
  await m.square.call([2]);
  await m.fails.call(["secret"]).exit();
  await job.close();
  const scheduler = await memory.schedulerLocation();
  const viewer = await memory.peer("viewer", ["viewer"]);
  await viewer.connect(scheduler);
  for (const [peer, whole] of [
    [own.peer, true],
    [viewer, false],
  ] as const) {
    const snapshot = await peer.procedures.call({ peer: scheduler.peer, server: 0 }, "scheduler.subscribe", {
      push: "late",
    });
    expect(snapshot).toMatchObject({ failures: [{ type: "task.exited", exit: "failed", fn: "fails" }] });
    expect(JSON.stringify(snapshot).includes("secret")).toBe(whole);
  }
});

test("a viewer sees tasks by number and time, not arguments or logs", async () => {
  const { memory, client, url } = await cluster(1);
  const watch = await watchEvents(memory);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  await m.square.call([2]);
  await watch.until((event) => event.type === "task.exited");
  const created = watch.seen.find((event) => event.type === "task.created");
  expect(created).toMatchObject({ fn: "square" });
  expect(created).not.toHaveProperty("argsText");
});

/** A peer that watches as a viewer. */
async function watchEvents(
  memory: MemoryCluster,
  name = "viewer",
  roles: readonly Role[] = ["viewer"],
): Promise<Watch> {
  const viewer = await memory.peer(name, roles);
  return await watchAs(viewer, memory);
}

interface Watch {
  readonly seen: ClusterEvent[];
  until(match: (event: ClusterEvent) => boolean): Promise<void>;
}

async function watchAs(viewer: PeerHost, memory: MemoryCluster): Promise<Watch> {
  const { peer } = await memory.schedulerLocation();
  await viewer.connect(await memory.schedulerLocation());
  const seen: ClusterEvent[] = [];
  let check = (): void => {};
  viewer.procedures.handle("watch", { parse: (args) => args as EventBatch }, ({ events: batch }) => {
    seen.push(...batch);
    check();
  });
  void viewer.procedures
    .call({ peer, server: 0 }, "scheduler.subscribe", {
      push: "watch",
      since: { epoch: 0, seq: 0 },
    })
    .then(undefined, () => {});
  return {
    seen,
    until: (match) =>
      new Promise((resolve) => {
        check = () => {
          if (seen.some(match)) resolve();
        };
        check();
      }),
  };
}

/** A task of the client's program, which keeps the first message. */
function firstMessage(client: Client<PeerHost>): { readonly ref: TaskRef; readonly first: PromiseLike<unknown> } {
  const { runtime } = client.peer;
  const task = spawn((own: TaskContext<unknown>) => own.receive(), [], { runtime });
  return { ref: task.ref, first: task };
}

test("errors of ours keep their code and hint on the way", async () => {
  const { client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const error: unknown = await m.refuses.call().then(undefined, (thrown: unknown) => thrown);
  expect(isSkeinError(error, "NO_PLACE")).toBe(true);
  expect(error).toMatchObject({ message: "there is no room", hint: "come back later" });
  expect(isSkeinError(new Error("x"))).toBe(false);
});

test("results of an attempt that was given up are rejected and counted", async () => {
  const { client, url, memory } = await cluster(1, { lingerMs: 100 });
  const made = await client();
  const job = await made.openJob();
  const m = await job.module<Tasks>(url);
  const late = m.waits.run(["late"]);
  await events(job.events, (event) => event.type === "task.started");
  // The client hears nothing of the node, which runs on until the scheduler tells it otherwise.
  memory.network.partition(made.peer.id, memory.idOf("scheduler"));
  memory.network.partition(made.peer.id, memory.idOf("node1"));
  expect(await late.exit()).toMatchObject({ type: "lost", error: { code: "PEER_LOST" } });
  memory.network.heal();
  gate("late").open();
  expect(await m.square.call([2])).toBe(4);
  expect(job.counters).toMatchObject({ lost: 1, done: 1 });
});

test("a delivery that waits for its task gives up at its time, and is not made later", async () => {
  const { client, url } = await cluster(1);
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  const busy = m.waits.run(["busy"]);
  const sum = m.sum.run([1]);
  await expect(sum.deliver(1000, { timeoutMs: 10 })).rejects.toMatchObject({ code: "TIMEOUT" });
  const stop = new AbortController();
  const aborted = sum.deliver(2000, { signal: stop.signal });
  stop.abort();
  await expect(aborted).rejects.toBeInstanceOf(Error);
  const delivered = sum.deliver(5);
  gate("busy").open();
  await busy;
  await delivered;
  expect(await sum).toBe(5);
});

test("a task's end reaches those who watch it, by its reference or itself", async () => {
  const { client, url } = await cluster(1);
  const made = await client();
  const job = await made.openJob();
  const m = await job.module<Tasks>(url);
  const work = m.waits.run(["w"]);
  const watcher = spawn(
    function* (task: TaskContext<string>) {
      task.monitor(work, (exit) => `itself ${exit.type}`);
      work.ref.monitor(task.ref, (exit) => `reference ${exit.type}`);
      return [yield* task.receive(), yield* task.receive()].toSorted();
    },
    [],
    { runtime: made.peer.runtime },
  );
  await events(job.events, (event) => event.type === "task.started");
  gate("w").open();
  expect(await watcher).toEqual(["itself returned", "reference returned"]);
  expect(await work.ref.exit().then(undefined, (error: unknown) => error)).toMatchObject({ code: "TASK_UNKNOWN" });
});

test("remote tasks can be joined and combined in a generator task", async () => {
  const { client, url } = await cluster(2);
  const made = await client();
  const job = await made.openJob();
  const m = await job.module<Tasks>(url);
  const sum = spawn(
    function* () {
      const [a, b] = yield* all([m.square.call([3]), m.square.call([4])]);
      return a + b + (yield* m.square.call([1]));
    },
    [],
    { runtime: made.peer.runtime },
  );
  expect(await sum).toBe(26);
});

test("twenty clients on two servers all finish", async () => {
  const { client, url } = await cluster(2);
  gate("x").open();
  const sums = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const job = await (await client(`client${n}`)).openJob({ name: `job ${n}` });
      const m = await job.module<Tasks>(url);
      const results = await Promise.all(Array.from({ length: 20 }, (__, i) => m.square.call([i])));
      await job.close();
      return results.reduce((sum, result) => sum + result, 0);
    }),
  );
  expect(new Set(sums)).toEqual(new Set([2470]));
});

test("a server that dies at its start is started again, with pauses, and the node stays", async () => {
  const { client, url, host } = await cluster(1);
  for (let n = 0; n < 3; n += 1) {
    host.processes.get(1)?.kill();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const job = await (await client()).openJob();
  const m = await job.module<Tasks>(url);
  expect(await m.square.call([3])).toBe(9);
});
