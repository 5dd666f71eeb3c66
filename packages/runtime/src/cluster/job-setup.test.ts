import { afterEach, expect, test } from "vitest";
import { type TaskContext } from "../task/context.ts";
import { type Steps } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster, MemoryCodeStore } from "../testing/memory-cluster.ts";
import { type Client } from "./client.ts";
import { type ClusterEvent } from "./events.ts";
import { type Job, type JobOptions } from "./job.ts";
import { type RemoteTaskContext, type SetupContext } from "./remote-context.ts";
import { type PeerHost } from "../peer/peer-host.ts";

const platform = installHostPlatform();
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface State {
  readonly table: string;
  readonly label: string;
  count: number;
}

let nodeRuns = 0;
let serverRuns = 0;
let mayFail: (server: string) => boolean = () => false;

function setUpNode(task: SetupContext, label = "none"): string {
  nodeRuns += 1;
  task.log.info("node.set-up", { label });
  if (label === "broken") throw new RangeError("no such table");
  return `table of ${task.node.name}`;
}

function* setUpServer(task: SetupContext, table: string | undefined, label = "none"): Steps<State> {
  serverRuns += 1;
  yield* task.sleep(1);
  if (mayFail(task.server.id)) throw new SkeinError("FILE_FAILED", "no such file", { hint: "give it" });
  return { table: table ?? "", label, count: 0 };
}

let held: { readonly begin: () => void; readonly opened: Promise<void> } | undefined;
async function setUpSlowly(): Promise<void> {
  held?.begin();
  await held?.opened;
}

function* logsByChild(task: RemoteTaskContext): Steps<void> {
  yield* task.spawn((child: TaskContext) => child.log.info("child.here"));
}

function counts(task: RemoteTaskContext<never, State>): string {
  task.state.count += 1;
  return `${task.state.table} ${task.state.label} ${task.state.count}`;
}

async function leaves(task: RemoteTaskContext): Promise<string> {
  await task.closeServer();
  return task.server.id;
}

function* emits(task: RemoteTaskContext<never, unknown, number>, count: number): Steps<string> {
  for (let n = 0; n < count; n += 1) yield* task.emit(n);
  return "done";
}

const plain = (x: number): number => x + 1;
const where = (task: RemoteTaskContext): string => task.server.id;
const tasks = { logsByChild, setUpNode, setUpServer, setUpSlowly, counts, plain, where, leaves, emits };
type Tasks = typeof tasks;

interface World {
  readonly memory: MemoryCluster;
  readonly url: URL;
  readonly client: Client<PeerHost>;
  /** Of the nodes. */
  readonly code: MemoryCodeStore;
}

async function world(servers: number, nodes = 1): Promise<World> {
  nodeRuns = 0;
  serverRuns = 0;
  mayFail = () => false;
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  const code = new MemoryCodeStore();
  const { scheduler } = await memory.startScheduler();
  closers.push(() => scheduler.close());
  for (let n = 1; n <= nodes; n += 1) {
    const { node } = await memory.startNode(`node${n}`, servers, code);
    closers.push(() => node.close());
  }
  const url = memory.module("tasks", tasks);
  const client = await memory.startClient("client");
  closers.push(() => client.close({ cancel: true }));
  return { memory, url, client, code };
}

async function eventsOf(job: Pick<Job, "events">, until: (event: ClusterEvent) => boolean): Promise<ClusterEvent[]> {
  const seen: ClusterEvent[] = [];
  for await (const event of job.events.values()) {
    seen.push(event);
    if (until(event)) break;
  }
  return seen;
}

test("a node is set up once, each server with what that gave, and tasks find what the server's set-up gave", async () => {
  const { client, url } = await world(2);
  const job = await client.openJob({
    modules: [url],
    nodeSetup: setUpNode,
    serverSetup: setUpServer,
    setupArgs: ["first"],
  });
  const m = await job.module<Tasks>(url);
  const results = await Promise.all(Array.from({ length: 6 }, () => m.counts.run()));
  for (const result of results) expect(result).toMatch(/^table of node1 first \d$/);
  expect(nodeRuns).toBe(1);
  expect(serverRuns).toBeLessThanOrEqual(2);
  const seen = await eventsOf(job, (event) => event.type === "task.exited");
  const types = seen.map((event) => event.type);
  expect(types.indexOf("node.discovered")).toBeLessThan(types.indexOf("node.ready"));
  expect(types.indexOf("node.ready")).toBeLessThan(types.indexOf("server.ready"));
  expect(types.indexOf("server.ready")).toBeLessThan(types.indexOf("task.started"));
  expect(seen.find((event) => event.type === "log")).toMatchObject({ text: "node.set-up", fields: { label: "first" } });
  expect(job.nodes()).toMatchObject([{ name: "node1", state: "ready" }]);
});

test("nodes that are enabled by hand are set up with the arguments given there", async () => {
  const { client, url, memory } = await world(1, 2);
  const job = await client.openJob({
    modules: [url],
    nodeSetup: setUpNode,
    serverSetup: setUpServer,
    setupArgs: ["usual"],
    manualNodes: true,
  });
  const run = job.run(counts);
  const seen: string[] = [];
  for await (const event of job.events.values()) {
    if (event.type !== "node.discovered") continue;
    seen.push(event.node.name);
    if (seen.length === 2) break;
  }
  job.enable(memory.idOf("node2"), ["by hand"]);
  expect(await run).toBe("table of node2 by hand 1");
  expect(job.nodes().map(({ name, state }) => [name, state])).toEqual([
    ["node1", "known"],
    ["node2", "ready"],
  ]);
});

test("what children of a task log is of that task", async () => {
  const { client, url } = await world(1);
  const job = await client.openJob({ modules: [url] });
  const run = job.run(logsByChild);
  await run;
  const seen = await eventsOf(job, (event) => event.type === "task.exited");
  expect(seen.find((event) => event.type === "log")).toMatchObject({ text: "child.here", task: run.id });
});

test("code that comes while a server is set up is there before its tasks", async () => {
  const { client, url, memory, code } = await world(1);
  const later = { bundles: (): number => code.size };
  const laterUrl = memory.module("later", later);
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  held = { begin, opened };
  const job = await client.openJob({ modules: [url], serverSetup: setUpSlowly });
  const first = job.run(where);
  await begun;
  const bundles = (await job.module<typeof later>(laterUrl)).bundles.call();
  open();
  await first;
  expect(await bundles).toBe(2);
});

test("a job's log begins with its opening and ends with its close", async () => {
  const { client, url } = await world(1);
  const job = await client.openJob({ modules: [url] });
  await job.run(where);
  await job.close();
  const seen = await eventsOf(job, () => false);
  expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
  expect(seen[0]).toMatchObject({ type: "job.opened", job: { id: job.id } });
  expect(seen.at(-1)).toMatchObject({ type: "job.closed", job: { id: job.id, counters: { done: 1 } } });
});

test("a node whose set-up throws is not used, and others are", async () => {
  const { client, url, memory } = await world(1, 2);
  const broken = memory.idOf("node1");
  mayFail = (server) => server.startsWith(broken);
  const job = await client.openJob({ modules: [url], serverSetup: setUpServer });
  const m = await job.module<Tasks>(url);
  const results = await Promise.all(Array.from({ length: 4 }, () => m.counts.run()));
  expect(results).toHaveLength(4);
  const seen = await eventsOf(job, (event) => event.type === "server.closed");
  expect(seen.at(-1)).toMatchObject({
    server: { node: broken },
    error: {
      code: "SETUP_FAILED",
      message: expect.stringMatching(/serverSetup of job .* failed at node1\/1: no such file/),
    },
  });
});

test("where every place fails its set-up, tasks fail with why instead of waiting", async () => {
  const { client, url } = await world(2);
  const job = await client.openJob({ modules: [url], nodeSetup: setUpNode, setupArgs: ["broken"] });
  const m = await job.module<Tasks>(url);
  await expect(m.plain.call([1])).rejects.toMatchObject({
    code: "SETUP_FAILED",
    message: expect.stringContaining("no such table"),
    cause: { name: "RangeError" },
  });
  await expect(m.plain.call([2])).rejects.toMatchObject({ code: "SETUP_FAILED" });
  const skipped = await eventsOf(job, (event) => event.type === "node.skipped");
  expect(skipped.at(-1)).toMatchObject({ node: { name: "node1" } });
  expect(nodeRuns).toBe(1);
});

test("with restartServers no I/O task runs beside CPU tasks, whose process would be a used one then", async () => {
  const { client, url } = await world(1);
  const job = await client.openJob({ modules: [url], restartServers: true });
  const m = await job.module<Tasks>(url);
  await m.plain.call([1]);
  const at = job.servers()[0]?.id;
  if (at === undefined) throw new Error("it holds its server");
  expect(() => m.leaves.run([], { kind: "io", at })).toThrow(
    expect.objectContaining({ code: "OPTION_INVALID", hint: expect.stringContaining("name the node") }),
  );
});

test("with restartServers each task finds a fresh process", async () => {
  const { client, url } = await world(2);
  const job = await client.openJob({ modules: [url], serverSetup: setUpServer, restartServers: true });
  const m = await job.module<Tasks>(url);
  const results = await Promise.all(Array.from({ length: 6 }, () => m.counts.run()));
  expect(results).toEqual(Array.from({ length: 6 }, () => " none 1"));
  expect(serverRuns).toBeGreaterThanOrEqual(6);
});

test("a job's tasks are listed until they have ended, by where they are", async () => {
  const { client, url } = await world(1);
  const job = await client.openJob({ modules: [url] });
  const waits = job.stream(emits, [1_000_000]);
  const next = job.run(emits, [1]);
  for await (const event of job.events.values()) if (event.type === "task.started") break;
  const [server] = job.servers();
  expect(job.tasks(server?.id)).toMatchObject([
    { id: waits.task.id, fn: "emits", state: "running", server: server?.id },
  ]);
  expect(
    job
      .tasks()
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual([waits.task.id, next.id].toSorted());
  await job.close({ cancel: true });
  expect(job.tasks()).toEqual([]);
});

test("a task has its job close the server it runs on, or the node", async () => {
  const { client, url } = await world(2);
  const job = await client.openJob({ modules: [url] });
  const m = await job.module<Tasks>(url);
  const left = await m.leaves.run();
  const results = new Set(await Promise.all(Array.from({ length: 10 }, () => m.where.run())));
  expect(results.size).toBe(1);
  expect(results.has(left)).toBe(false);
});

test("files of a job are at each of its nodes before its tasks, and go with the job", async () => {
  const { client, url, memory } = await world(2, 2);
  const bytes = new TextEncoder().encode("hello");
  const job = await client.openJob({
    modules: [url],
    files: [
      { name: "a.txt", bytes },
      { file: { name: "b.txt", bytes }, to: "deep/er" },
    ],
  });
  const m = await job.module<Tasks>(url);
  await Promise.all(Array.from({ length: 8 }, (_, n) => m.plain.call([n])));
  const used = new Set(job.servers().map(({ node }) => node));
  for (const name of ["node1", "node2"]) {
    const files = [...(memory.filesAt(name, job.id)?.keys() ?? [])].toSorted();
    if (used.has(memory.idOf(name))) expect(files).toEqual(["a.txt", "deep/er/b.txt"]);
  }
  const [node] = [...used];
  if (node === undefined) throw new Error("the job holds no server");
  expect(await job.sendFile(node, { name: "later.txt", bytes })).toEqual({ state: "stored" });
  await expect(job.sendFile(node, { name: "a.txt", bytes: new Uint8Array(9) })).rejects.toMatchObject({
    code: "FILE_EXISTS",
  });
  await expect(job.sendFile(node, { name: "../up.txt", bytes })).rejects.toMatchObject({ code: "PATH_FORBIDDEN" });
  const to = ".skein-parts";
  await expect(job.sendFile(node, { name: "up.txt", bytes }, { to })).rejects.toMatchObject({ code: "PATH_FORBIDDEN" });
  await job.close();
  for (const name of ["node1", "node2"]) expect(memory.filesAt(name, job.id)).toBeUndefined();
});

test("files that can't be had, or have no place of their own, are said when the job is opened", async () => {
  const { client } = await world(1);
  const bytes = new Uint8Array(1);
  const refused = async (code: string | RegExp, ...files: NonNullable<JobOptions["files"]>): Promise<void> =>
    await expect(client.openJob({ files })).rejects.toMatchObject({ code: expect.stringMatching(code) });
  await refused("PATH_FORBIDDEN", { name: "../up.txt", bytes });
  await refused("PATH_FORBIDDEN", { file: { name: "a.txt", bytes }, to: "/etc" });
  await refused("OPTION_INVALID", { name: "a.txt", bytes }, { name: "A.txt", bytes });
  // In browsers there are no files by path.
  await refused(/FILE_FAILED|OPTION_INVALID/, "not-there.txt");
});

test("a file that can't be read any more when it is sent fails the job's tasks, and doesn't leave them waiting", async () => {
  const { client, url } = await world(1);
  const slice = () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) });
  const job = await client.openJob({ modules: [url], files: [{ name: "a.txt", bytes: { size: 9, slice } }] });
  const m = await job.module<Tasks>(url);
  await expect(m.plain.call([1])).rejects.toMatchObject({ code: "SETUP_FAILED", cause: { code: "FILE_FAILED" } });
});

test("only who holds a server of a node keeps files there", async () => {
  const { client, url, memory } = await world(1);
  const job = await client.openJob({ modules: [url] });
  const file = { name: "a.txt", bytes: new Uint8Array(1) };
  await client.peer.connect(memory.locationOf("node1"));
  await expect(job.sendFile(memory.idOf("node1"), file)).rejects.toMatchObject({ code: "ROLE_FORBIDS" });
  expect(memory.filesAt("node1", job.id)).toBeUndefined();
});

test("a task's values are read as they come, and its result after them", async () => {
  const { client, url } = await world(1);
  const job = await client.openJob({ modules: [url] });
  const m = await job.module<Tasks>(url);
  const stream = m.emits.stream([1000]);
  const seen: number[] = [];
  for await (const value of stream) seen.push(value);
  expect(seen).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  expect(await stream.result).toBe("done");
  expect(await m.emits.run([3])).toBe("done");
});

test("a reader that leaves a stream cancels its task", async () => {
  const { client, url } = await world(1);
  const job = await client.openJob({ modules: [url] });
  const stream = job.stream(emits, [1_000_000]);
  for await (const value of stream) if (value === 5) break;
  expect(await stream.task.exit()).toMatchObject({ type: "cancelled" });
});

test("a job whose signal is aborted is closed, and its tasks are cancelled with the reason", async () => {
  const { client, url } = await world(1);
  const stop = new AbortController();
  const job = await client.openJob({ modules: [url], signal: stop.signal });
  const run = job.stream(emits, [1_000_000]);
  stop.abort("enough");
  expect(await run.task.exit()).toEqual({ type: "cancelled", reason: "enough" });
  await job.close();
});
