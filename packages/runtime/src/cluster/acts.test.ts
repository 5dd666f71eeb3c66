/** What operators, and clients for their own jobs, do to a cluster: each act done, and refused to those who may not. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Role } from "../contracts/endpoint.ts";
import { type Steps } from "../contracts/operation.ts";
import { supervise } from "../fault/supervisor.ts";
import { type CodeDigest, isChannelId, isTaskId, newTaskId } from "../ids.ts";
import { channel } from "../message/channel.ts";
import { type TaskContext } from "../task/context.ts";
import { spawn } from "../task/spawn.ts";
import { type TaskRef } from "../task/task-ref.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { type ClusterActs, clusterActs } from "./acts.ts";
import { type Client } from "./client.ts";
import { type ClusterEvent } from "./events.ts";
import { watchCluster } from "./watch-cluster.ts";

const platform = installHostPlatform();
const tasks = {
  square: (x: number): number => x * x,
  waits: async (task: TaskContext): Promise<void> => void (await task.sleep(600_000)),
  *hears(task: TaskContext<string>): Steps<void> {
    while ((yield* task.receive()) !== "end");
  },
  *tells(task: TaskContext<string>, name: string): Steps<string> {
    return `${name} got ${yield* task.receive()}`;
  },
  /** Tells `to` of its till, its supervisor and its channel, to which `to` is subscribed. */
  *shop(task: TaskContext<string>, to: TaskRef<string>): Steps<never> {
    const till = function* (own: TaskContext): Steps<unknown> {
      to.send("till");
      return yield* own.sleep(600_000);
    };
    const news = channel<string>("news");
    yield* news.subscribe(to);
    news.publish("open");
    const intensity = { restarts: 0, withinMs: 1 };
    const shop = supervise({
      strategy: "one-for-one",
      intensity,
      children: [{ name: "till", start: till, restart: "never" }],
    });
    to.send(shop.id);
    to.send(news.id);
    for (;;) {
      if ((yield* task.receive()) === "publish") news.publish("more");
      else to.send("said");
    }
  },
};
const newer = {
  *tells(task: TaskContext<string>, name: string): Steps<string> {
    return `${name} has got ${yield* task.receive()}`;
  },
};
type Tasks = typeof tasks;

let memory: MemoryCluster;
let client: Client;
let operator: ClusterActs;
beforeEach(async () => {
  memory = new MemoryCluster(platform);
  await memory.startScheduler();
  await memory.startNode("node", 2);
  client = await memory.startClient("client");
  operator = await actsOf("operator", ["operator"]);
});
afterEach(async () => {
  await memory.close();
});

async function actsOf(name: string, roles: readonly Role[]): Promise<ClusterActs> {
  const peer = await memory.peer(name, roles);
  const { peer: scheduler } = await memory.schedulerLocation();
  await peer.connect(await memory.schedulerLocation());
  return clusterActs(peer.procedures, { peer: scheduler, server: 0 });
}

const ownActs = async (): Promise<ClusterActs> =>
  clusterActs(client.peer.procedures, { peer: (await memory.schedulerLocation()).peer, server: 0 });

const modules = (table: object = tasks, name = "tasks"): URL => memory.module(name, { ...table });

/** What a watcher of those roles is told, until it is asked for. */
async function watched(
  name: string,
  roles: readonly Role[],
): Promise<{ until(type: string): Promise<ClusterEvent[]> }> {
  const peer = await memory.peer(name, roles);
  const events: ClusterEvent[] = [];
  const waiting = new Map<string, () => void>();
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const onEvents = (more: readonly ClusterEvent[]): void => {
    events.push(...more);
    for (const { type } of more) waiting.get(type)?.();
  };
  watchCluster(peer, { scheduler: await memory.schedulerLocation(), onSnapshot: () => resolve(), onEvents });
  await begun;
  return {
    async until(type) {
      if (!events.some((event) => event.type === type)) await new Promise<void>((told) => waiting.set(type, told));
      return events;
    },
  };
}

test("while the intake is paused nothing begins and what runs goes on; then the rest begins, and everybody sees it", async () => {
  const viewer = await watched("viewer", ["viewer"]);
  const job = await client.openJob();
  const m = await job.module<Tasks>(modules());
  const running = m.tells.run(["first"]);
  await running.deliver("nothing yet");
  await running;
  const second = m.hears.run();
  // In its mailbox, so it runs: one that is only about to would be taken back.
  await second.deliver("are you there");
  await operator.pauseIntake(true);
  await viewer.until("cluster.paused");
  expect(await client.status()).toMatchObject({ intake: "paused" });
  const late = m.square.call([3]);
  await second.deliver("end");
  await second;
  await until(async () => (await client.status()).servers.every(({ state }) => state === "ready"));
  expect(job.tasks()).toMatchObject([{ state: "queued" }]);
  await operator.pauseIntake(false);
  expect(await late).toBe(9);
  await viewer.until("cluster.resumed");
  expect(await client.status()).not.toHaveProperty("intake");
});

test("everybody sees that a job is paused by hand, and that it goes on", async () => {
  const viewer = await watched("viewer", ["viewer"]);
  const job = await client.openJob({ name: "held" });
  await operator.steer("pause", job.id);
  const changed = (await viewer.until("job.changed")).find(({ type }) => type === "job.changed");
  expect(changed).toMatchObject({ job: { id: job.id, paused: true } });
  await operator.steer("resume", job.id);
  await until(async () => (await client.jobs()).find(({ id }) => id === job.id)?.paused === undefined);
});

test("a job gets another weight, keeps it when its scheduler is replaced, and everybody sees it", async () => {
  const viewer = await watched("viewer", ["viewer"]);
  const job = await client.openJob({ name: "heavy" });
  await operator.setWeight(job.id, 2.5);
  expect((await viewer.until("job.changed")).at(-1)).toMatchObject({ job: { id: job.id, weight: 2.5 } });
  await (await ownActs()).setWeight(job.id, 7);
  await until(async () => (await client.jobs())[0]?.weight === 7);
  await expect(operator.setWeight(job.id, 0)).rejects.toMatchObject({ code: "WIRE_INVALID" });
  await memory.crash("scheduler");
  await memory.startScheduler();
  await until(async () => (await client.jobs().then(undefined, () => []))[0]?.weight === 7);
});

test("many tasks are cancelled by one call, of an operator's all, of a client's its own", async () => {
  const other = await memory.startClient("other");
  const [job, others] = [await client.openJob(), await other.openJob()];
  const m = await job.module<Tasks>(modules());
  const o = await others.module<Tasks>(modules());
  const mine = [m.waits.run(), m.waits.run(), m.waits.run()];
  const theirs = o.waits.run();
  const [first, ...rest] = [...mine.map(({ id }) => id), theirs.id];
  const own = await ownActs();
  const unknown = newTaskId((count) => platform.randomBytes(count));
  expect(await own.cancelTasks([mine[0]?.id ?? unknown, theirs.id])).toEqual({
    cancelled: [first],
    unknown: [theirs.id],
  });
  expect(await operator.cancelTasks([...rest, unknown])).toEqual({ cancelled: rest, unknown: [unknown] });
  for (const task of [...mine, theirs]) expect(await task.exit()).toMatchObject({ type: "cancelled" });
  await expect(own.cancelJob(others.id)).rejects.toMatchObject({ code: "ROLE_FORBIDS" });
  expect(await own.cancelJob(job.id)).toEqual({ heard: true });
});

test("a task is sent to from outside its program, also before it runs; it must be one's own, and the message small", async () => {
  const job = await client.openJob();
  const m = await job.module<Tasks>(modules());
  const task = m.tells.run(["it"]);
  const own = await ownActs();
  const other = await memory.startClient("other");
  await (await other.openJob()).close();
  const stranger = await actsOf("stranger", ["client"]);
  await expect(stranger.sendToTask(task.id, "hello")).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
  await expect(own.sendToTask(task.id, "x".repeat(100_000))).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
  await own.sendToTask(task.id, "hello");
  expect(await task).toBe("it got hello");
  await expect(operator.sendToTask(task.id, "late")).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
});

test("a task that runs is given the code of another bundle, and back, with its arguments", async () => {
  const job = await client.openJob();
  const m = await job.module<Tasks>(modules());
  const tasksRun = [m.tells.run(["first"]), m.tells.run(["second"])];
  const [first, second] = tasksRun;
  if (first === undefined || second === undefined) throw new Error("no tasks");
  await until(() => job.tasks().every(({ state }) => state === "running"));
  const code = { digest: digestOf(modules(newer, "newer")), fn: "tells" };
  // Nobody has it yet.
  await expect(operator.upgradeTask(first.id, code)).rejects.toMatchObject({ code: "CODE_UNKNOWN" });
  const release = await client.openJob();
  await release.module<typeof newer>(new URL("memory:newer"));
  await operator.upgradeTask(first.id, code);
  await (await ownActs()).upgradeTask(second.id, code);
  await operator.upgradeTask(second.id, { digest: digestOf(modules()), fn: "tells" });
  for (const task of tasksRun) await operator.sendToTask(task.id, "news");
  expect(await Promise.all(tasksRun)).toEqual(["first has got news", "second got news"]);
  await expect(operator.upgradeTask(first.id, code)).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
  job.pause();
  const waits = m.tells.run(["third"]);
  await expect(operator.upgradeTask(waits.id, code)).rejects.toMatchObject({ code: "UPGRADE_REFUSED" });
});

test("a supervisor's child in a server is restarted, and a subscription there ended", async () => {
  const job = await client.openJob();
  const m = await job.module<Tasks>(modules());
  const told: string[] = [];
  const { promise: started, resolve } = Promise.withResolvers<void>();
  const hears = function* (task: TaskContext<string>): Steps<never> {
    for (;;) if (told.push(yield* task.receive()) === 4) resolve();
  };
  const listener = spawn(hears, [], { runtime: client.peer.runtime });
  const shop = m.shop.run([listener.ref]);
  await started;
  const supervisor = told.find(isTaskId) ?? shop.id;
  const news = told.find(isChannelId);
  if (news === undefined) throw new Error("no channel");
  const [server] = job.servers();
  const at = { peer: memory.idOf("node"), server: Number(server?.id.split("/")[1]) };
  await operator.restartChild(at, supervisor, "till");
  await until(() => told.length > 4);
  expect(told.slice(4)).toEqual(["till"]);
  await operator.unsubscribe(at, news, listener.id);
  await operator.sendToTask(shop.id, "publish");
  await operator.sendToTask(shop.id, "say");
  await until(() => told.length > 5);
  expect(told.slice(5)).toEqual(["said"]);
  await expect(operator.unsubscribe(at, news, listener.id)).rejects.toMatchObject({
    code: "NAME_UNKNOWN",
  });
  await expect(operator.restartChild(at, shop.id, "till")).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
  await expect(
    operator.restartChild({ ...at, peer: client.peer.id, server: 0 }, supervisor, "till"),
  ).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
});

test("invites are made, listed with who joined, and ended; operators alone are told when that changes", async () => {
  const [operators, viewer] = [await watched("watcher", ["operator"]), await watched("viewer", ["viewer"])];
  const made = await operator.invite({ roles: ["peer", "client"], uses: 2, about: "a test" });
  expect(made).toMatchObject({ id: expect.any(String), roles: ["peer", "client"], uses: 2 });
  await operators.until("invites.changed");
  const newest = async () => (await operator.invites()).invites[0];
  expect(await newest()).toMatchObject({ id: made.id, state: "open", joined: [], about: "a test", text: made.text });
  const joined = await memory.join("joined", made.text);
  const { id } = joined;
  expect(await newest()).toMatchObject({ state: "open", joined: [{ peer: id, name: "joined" }] });
  await operator.revoke(made.id);
  expect(await newest()).toMatchObject({ id: made.id, state: "ended", joined: [{ peer: id }] });
  expect(await newest()).not.toHaveProperty("text");
  await expect(memory.join("late", made.text)).rejects.toMatchObject({ code: "NOT_A_MEMBER" });
  await operator.pauseIntake(true);
  expect((await viewer.until("cluster.paused")).some(({ type }) => type === "invites.changed")).toBe(false);
});

test("a connection that is dropped is made again, and the session goes on", async () => {
  const job = await client.openJob();
  const m = await job.module<Tasks>(modules());
  const task = m.tells.run(["it"]);
  await until(() => job.tasks().every(({ state }) => state === "running"));
  await operator.disconnect(client.peer.id, memory.idOf("node"));
  await task.deliver("all");
  expect(await task).toBe("it got all");
  await expect(operator.disconnect(client.peer.id, memory.idOf("operator"))).rejects.toMatchObject({
    code: "PEER_UNREACHABLE",
  });
});

test.each<Role>(["viewer", "node", "tab", "peer", "client"])("a %s may not act on what is others'", async (role) => {
  const job = await client.openJob();
  const task = (await job.module<Tasks>(modules())).waits.run();
  const acts = await actsOf(role, [role]);
  const { peer: scheduler } = await memory.schedulerLocation();
  const at = { peer: scheduler, server: 0 };
  const refused = [
    acts.pauseIntake(true),
    acts.steer("pause", memory.idOf("node")),
    acts.steer("pause", job.id),
    acts.cancelJob(job.id),
    acts.setWeight(job.id, 2),
    acts.disconnect(scheduler, memory.idOf("node")),
    acts.restartChild(at, task.id, "child"),
    acts.invites(),
    acts.invite({ roles: ["peer"] }),
    acts.revoke(memory.idOf("node")),
    // A client is asked for its own tasks, and has none of these.
    ...(role === "client" ? [] : [acts.cancelTasks([task.id]), acts.sendToTask(task.id, 1)]),
  ];
  for (const act of refused) await expect(act).rejects.toMatchObject({ code: "ROLE_FORBIDS" });
});

const digestOf = (url: URL): CodeDigest =>
  Array.from(platform.sha256(new TextEncoder().encode(url.href)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  ) as CodeDigest;

/** Asks again each turn: what is waited for is told to nobody. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise<void>((resolve) => platform.startTimer(5, resolve));
}
