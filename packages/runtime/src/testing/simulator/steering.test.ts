import { expect, test } from "vitest";
import { type Job, type JobOptions } from "../../cluster/job.ts";
import { type ModuleStubs } from "../../cluster/module.ts";
import { SERVER_ENDS_FREE, SERVER_ENDS_PAUSE_FIRST_MS } from "../../defaults.ts";
import { type ServerId, serverId } from "../../ids.ts";
import { simulate } from "./simulate.ts";
import { type World } from "./types.ts";

const idle = (): void => undefined;
/** What ran, in its order. */
let ran: string[] = [];
let world: World | undefined;
const tasks = {
  square: (x: number): number => {
    ran.push(`square ${x}`);
    return x * x;
  },
  slow: (x: number): number => {
    ran.push(`slow ${x}`);
    return x * x;
  },
  long: (x: number): number => x * x,
  fails: (times: number): number => {
    ran.push("fails");
    if (ran.length <= times) throw new RangeError("not yet");
    return ran.length;
  },
  dies: (): void => {
    ran.push("dies");
    world?.killServer("node", 1);
  },
};
const COSTS_MS = { square: 20, slow: 20_000, long: 120_000 };
type Stubs = ModuleStubs<typeof tasks>;

/** A scheduler, nodes with one server each, and a client's job. */
async function inCluster(
  seed: number,
  { nodes = ["node", "other"], ...options }: JobOptions & { readonly nodes?: readonly string[] },
  script: (world: World, job: Job, stubs: Stubs) => Promise<void>,
): Promise<void> {
  ran = [];
  const servers = Object.fromEntries(nodes.map((name) => [name, { servers: 1 }]));
  await simulate({ seed, peers: { up: idle, ...servers, laptop: idle } }, async (one) => {
    world = one;
    const url = one.module("tasks", tasks, COSTS_MS);
    const job = await one.peer("laptop").client.openJob({ modules: [url], ...options });
    await script(one, job, await job.module<typeof tasks>(url));
    await job.close({ cancel: true });
  });
}

const serverAt = (world_: World, node: string): ServerId => serverId(world_.peer(node).peer.id, 1);
/** Cut off from everybody else, or back. */
function cutOff(world_: World, node: string): void {
  for (const other of ["up", "laptop"]) world_.partition(node, other);
}

test("tasks at a node that is cut off for long are not lost where the job waits for it, nor what ended meanwhile", async () => {
  await inCluster(1, { nodes: ["node"], onLostNode: "wait" }, async (one, job, { slow }) => {
    const results = [1, 2, 3].map((x) => slow.call([x]));
    await one.advance(5000);
    cutOff(one, "node");
    // The first ends while nobody hears; past the linger the node is lost to everybody.
    await one.advance(300_000);
    one.heal();
    const values: number[] = [];
    for (const result of results) values.push(await result);
    expect(values).toEqual([1, 4, 9]);
    expect(ran).toEqual(["slow 1", "slow 2", "slow 3"]);
    expect(job.counters).toMatchObject({ done: 3, retried: 0, lost: 0 });
  });
}, 30_000);

test("a task that computes for a minute goes on when its node is back after a break", async () => {
  await inCluster(14, { nodes: ["node"], onLostNode: "wait" }, async (one, job, { long }) => {
    const task = long.call([4]);
    await one.advance(1000);
    cutOff(one, "node");
    await one.advance(45_000);
    one.heal();
    expect(await task).toBe(16);
    expect(job.counters).toMatchObject({ done: 1, retried: 0, lost: 0 });
  });
}, 30_000);

test("tasks at a lost node run elsewhere where they may, and late results of the first attempt are not taken", async () => {
  await inCluster(2, {}, async (one, job, { slow }) => {
    const results = [1, 2].map((x) => slow.call([x], { retries: 1 }));
    await one.advance(5000);
    cutOff(one, "node");
    await one.advance(200_000);
    one.heal();
    const values: number[] = [];
    for (const result of results) values.push(await result);
    expect(values).toEqual([1, 4]);
    expect(job.counters).toMatchObject({ done: 2, retried: 1 });
    await one.advance(60_000);
    expect(ran).toHaveLength(3);
  });
}, 30_000);

test("a job that waits for a node gives its tasks up when it is told to", async () => {
  await inCluster(3, { nodes: ["node"], onLostNode: "wait" }, async (one, job, { slow }) => {
    const task = slow.call([1]);
    await one.advance(5000);
    cutOff(one, "node");
    await one.advance(120_000);
    expect(job.counters).toMatchObject({ running: 1, lost: 0 });
    job.abandon(one.peer("node").peer.id, true);
    expect(await task.exit()).toMatchObject({ type: "lost", error: { code: "PEER_LOST" } });
  });
}, 30_000);

test("cancelling ends a task at a node that is away for its caller at once", async () => {
  await inCluster(4, { nodes: ["node"], onLostNode: "wait" }, async (one, _job, { slow }) => {
    const task = slow.call([1]);
    await one.advance(5000);
    cutOff(one, "node");
    await one.advance(120_000);
    await task.cancel("enough");
    expect(await task.exit()).toEqual({ type: "cancelled", reason: "enough" });
  });
}, 30_000);

test("a paused server keeps what it runs and gets no more; other places of the job go on", async () => {
  await inCluster(5, {}, async (one, job, { slow }) => {
    const first = [1, 2].map((x) => slow.call([x]));
    await one.advance(5000);
    const paused = serverAt(one, "node");
    job.pause(paused);
    const second = [3, 4].map((x) => slow.call([x]));
    for (const task of [...first, ...second]) await task;
    await one.advance(1000);
    const counted = (await one.peer("laptop").client.status()).servers.filter(({ kind }) => kind === "cpu");
    expect(counted.map(({ id, counters }) => [id === paused, counters.done])).toEqual(
      expect.arrayContaining([
        [true, 1],
        [false, 3],
      ]),
    );
    job.resume(paused);
    const third = [5, 6].map((x) => slow.call([x]));
    const startMs = one.now();
    for (const task of third) await task;
    expect(one.now() - startMs).toBeLessThan(2 * COSTS_MS.slow);
  });
}, 30_000);

test("while one of its servers is paused a job gets another one in its place", async () => {
  await inCluster(13, { nodes: ["node", "other", "third"] }, async (one, job, { slow }) => {
    const first = [1, 2].map((x) => slow.call([x]));
    await one.advance(5000);
    const [paused] = job.servers();
    if (paused === undefined) throw new Error("no server");
    for (const task of first) await task;
    job.pause(paused.id);
    const startMs = one.now();
    const second = [3, 4].map((x) => slow.call([x]));
    for (const task of second) await task;
    expect(one.now() - startMs).toBeLessThan(2 * COSTS_MS.slow);
    expect(job.servers()).toHaveLength(3);
  });
}, 30_000);

test("a paused job sends nothing anywhere until it is resumed", async () => {
  await inCluster(6, {}, async (one, job, { square }) => {
    job.pause();
    const task = square.call([3]);
    await one.advance(60_000);
    expect(ran).toEqual([]);
    expect(one.peer("laptop").client).toBeDefined();
    job.resume();
    expect(await task).toBe(9);
  });
}, 30_000);

test("a drained node is given back when what runs there has ended; a stopped one's tasks end, or run elsewhere", async () => {
  await inCluster(7, {}, async (one, job, { slow }) => {
    const node = one.peer("node").peer.id;
    const first = [1, 2].map((x) => slow.call([x]));
    await one.advance(5000);
    await job.drain(node);
    expect(job.servers().map((server) => server.node)).not.toContain(node);
    for (const task of first) await task;
    expect(await slow.call([3])).toBe(9);
    job.resume(node);
    const tasks_ = [slow.call([4]), slow.call([5], { retries: 1 })];
    await one.advance(5000);
    const stopped = [job.stop(node, { graceMs: 100 }), job.stop(one.peer("other").peer.id, { graceMs: 100 })];
    for (const stop of stopped) await stop;
    expect(await tasks_[0]?.exit()).toMatchObject({ type: "cancelled" });
    job.resume();
    expect(await tasks_[1]).toBe(25);
  });
}, 30_000);

test("a restarted server is a fresh process, and the job goes on", async () => {
  await inCluster(8, { nodes: ["node"] }, async (one, job, { square }) => {
    expect(await square.call([2])).toBe(4);
    await job.restart(serverAt(one, "node"));
    expect(job.servers()).toEqual([]);
    expect(await square.call([3])).toBe(9);
    expect(job.counters).toMatchObject({ done: 2, retried: 0, lost: 0 });
  });
}, 30_000);

test("nodes and servers that are held back are used once they are enabled", async () => {
  await inCluster(9, { manualNodes: true, manualServers: true }, async (one, job, { square }) => {
    const task = square.call([2]);
    await one.advance(20_000);
    expect(ran).toEqual([]);
    job.enable(one.peer("node").peer.id);
    await one.advance(20_000);
    expect(ran).toEqual([]);
    job.enable(serverAt(one, "node"));
    expect(await task).toBe(4);
    expect(job.servers().map(({ id }) => id)).toEqual([serverAt(one, "node")]);
  });
}, 30_000);

test("an operator's drain moves a job's tasks to other nodes, and its stop ends those that run", async () => {
  await inCluster(10, {}, async (one, job, { slow, square }) => {
    const { peer } = one.peer("up");
    const steer = async (verb: string, at: string, graceMs?: number): Promise<void> => {
      const words = { verb, at, ...(graceMs === undefined ? {} : { graceMs }) };
      await peer.procedures.call({ peer: peer.id, server: 0 }, "scheduler.steer", words);
    };
    const tasks_ = [slow.call([1]), slow.call([2])];
    await one.advance(5000);
    await steer("drain", one.peer("node").peer.id);
    for (const task of tasks_) await task;
    expect(await square.call([3])).toBe(9);
    await one.advance(1000);
    const { nodes, servers } = await one.peer("laptop").client.status();
    expect(nodes.find(({ name }) => name === "node")?.standing).toBe("closed");
    expect(servers.map(({ state }) => state).toSorted()).toEqual(["assigned", "closed"]);
    await steer("resume", one.peer("node").peer.id);
    await steer("pause", job.id);
    await one.advance(1000);
    const waits = square.call([4]);
    await one.advance(10_000);
    expect((await one.peer("laptop").client.jobs())[0]).toMatchObject({ paused: true });
    await steer("stop", job.id);
    expect(await waits.exit()).toMatchObject({ type: "cancelled" });
  });
}, 30_000);

test("a task that fails runs again after the errors it names, with a pause that doubles", async () => {
  await inCluster(11, { nodes: ["node"] }, async (one, job, { fails }) => {
    const startMs = one.now();
    expect(await fails.call([3], { retries: 5, retryOn: ["RangeError"] })).toBe(4);
    expect(one.now() - startMs).toBeGreaterThan(350);
    expect(job.counters).toMatchObject({ retried: 3, failed: 0 });
    ran = [];
    const other = fails.call([1], { retries: 5, retryOn: (error) => error.name === "TypeError" });
    expect(await other.exit()).toMatchObject({ type: "failed", error: { name: "RangeError" } });
  });
}, 30_000);

test("a task that ended three servers by itself is not run again, and those beside it are not blamed", async () => {
  await inCluster(12, { nodes: ["node"] }, async (one, job, { dies, square }) => {
    const bad = dies.call([], { retries: 10 });
    const good = Array.from({ length: 20 }, (_, x) => square.call([x], { retries: 3 }));
    expect(await bad.exit()).toMatchObject({ type: "failed", error: { code: "JOB_QUARANTINED" } });
    for (const [x, task] of good.entries()) expect(await task).toBe(x * x);
    expect(ran.filter((name) => name === "dies").length).toBeLessThanOrEqual(4);
    expect(job.counters).toMatchObject({ failed: 1, lost: 0, done: 20 });
    await one.advance(1000);
  });
}, 30_000);

test("a job whose tasks do nothing but end their servers waits longer for each, and other jobs do not", async () => {
  await inCluster(12, { nodes: ["node"] }, async (one, job, { dies }) => {
    const other = await one.peer("laptop").client.openJob({ modules: [one.module("tasks", tasks, COSTS_MS)] });
    const { square } = await other.module<typeof tasks>(one.module("tasks", tasks, COSTS_MS));
    await square.call([1]);
    const startMs = one.now();
    for (let n = 0; n < SERVER_ENDS_FREE; n += 1)
      await expect(dies.call()).rejects.toMatchObject({ code: "SERVER_LOST" });
    const freeMs = one.now() - startMs;
    for (let n = 0; n < 6; n += 1) await expect(dies.call()).rejects.toMatchObject({ code: "SERVER_LOST" });
    // Before the last five: a quarter of a second, then twice as long each time.
    const pausesMs = 5 * SERVER_ENDS_PAUSE_FIRST_MS;
    expect(freeMs).toBeLessThan(SERVER_ENDS_PAUSE_FIRST_MS * 4);
    expect(one.now() - startMs - freeMs).toBeGreaterThan(pausesMs);
    const otherMs = one.now();
    await square.call([2]);
    expect(one.now() - otherMs).toBeLessThan(SERVER_ENDS_PAUSE_FIRST_MS * 4);
    await other.close({ cancel: true });
  });
}, 30_000);

test("a paused intake and a drained node are so under a scheduler that restarted, until an operator resumes them", async () => {
  await inCluster(15, {}, async (one, job, { square }) => {
    const act = async (name: string, words: unknown): Promise<void> => {
      const { peer } = one.peer("up");
      await peer.procedures.call({ peer: peer.id, server: 0 }, name, words);
    };
    const node = one.peer("node").peer.id;
    expect(await square.call([2])).toBe(4);
    await act("scheduler.steer", { verb: "drain", at: node });
    await act("scheduler.intake", { open: false });
    await one.advance(5000);
    one.crash("up");
    await one.advance(500);
    await one.restart("up");
    const waits = square.call([3]);
    await one.advance(60_000);
    expect(ran).toEqual(["square 2"]);
    const stood = await one.peer("laptop").client.status();
    expect(stood.intake).toBe("paused");
    expect(stood.nodes.find(({ name }) => name === "node")?.standing).toBe("closed");
    await act("scheduler.intake", { open: true });
    expect(await waits).toBe(9);
    expect(job.servers().map((server) => server.node)).toEqual([one.peer("other").peer.id]);
    await act("scheduler.steer", { verb: "resume", at: node });
    await one.advance(1000);
    expect((await one.peer("laptop").client.status()).nodes.map(({ standing }) => standing)).toEqual([
      undefined,
      undefined,
    ]);
  });
}, 30_000);
