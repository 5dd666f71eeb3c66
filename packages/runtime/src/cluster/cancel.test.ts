/** An operator ends jobs and tasks of others: `scheduler.cancel`, as `skein cancel` calls it. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type PeerHost } from "../peer/peer-host.ts";
import { type TaskContext } from "../task/context.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { type Job } from "./job.ts";
import { newTaskId } from "../ids.ts";

const platform = installHostPlatform();
const tasks = {
  square: (x: number): number => x * x,
  waits: async (task: TaskContext): Promise<void> => void (await task.sleep(600_000)),
};
type Tasks = typeof tasks;

let memory: MemoryCluster;
let operator: PeerHost;
const closers: (() => PromiseLike<unknown> | void)[] = [];
beforeEach(async () => {
  memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  const { scheduler } = await memory.startScheduler();
  closers.push(() => scheduler.close());
  const { node } = await memory.startNode("node1", 2);
  closers.push(() => node.close());
  operator = await memory.peer("operator", ["operator"]);
  await operator.connect(await memory.schedulerLocation());
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function openJob(name: string): Promise<Job> {
  const client = await memory.startClient(`client of ${name}`);
  closers.push(() => client.close({ cancel: true }));
  return await client.openJob({ name });
}

const modules = () => memory.module("tasks", tasks);
const cancel = async (words: object, peer = operator): Promise<unknown> => {
  const { peer: scheduler } = await memory.schedulerLocation();
  return await peer.procedures.call({ peer: scheduler, server: 0 }, "scheduler.cancel", {
    reason: "an operator has cancelled it",
    ...words,
  });
};

test("an operator ends a job: its tasks are cancelled, those that wait too, and no more are taken", async () => {
  const job = await openJob("long");
  const m = await job.module<Tasks>(modules());
  const running = [1, 2, 3].map(() => m.waits.run());
  expect(await cancel({ job: job.id })).toEqual({ heard: true });
  for (const task of running) {
    expect(await task.exit()).toEqual({ type: "cancelled", reason: "an operator has cancelled it" });
  }
  expect(() => m.square.call([2])).toThrow(
    expect.objectContaining({ code: "JOB_CLOSED", message: "job long was closed: an operator has cancelled it" }),
  );
  await job.close();
  await expect(cancel({ job: job.id })).rejects.toMatchObject({ code: "JOB_CLOSED" });
});

test("an operator ends one task of some job, and the job goes on", async () => {
  const [job, other] = [await openJob("one"), await openJob("other")];
  const m = await job.module<Tasks>(modules());
  await other.module<Tasks>(modules());
  const task = m.waits.run();
  expect(await cancel({ tasks: [task.id] })).toEqual({ cancelled: [task.id], unknown: [] });
  expect(await task.exit()).toMatchObject({ type: "cancelled" });
  expect(await m.square.call([3])).toBe(9);
  const unknown = newTaskId((count) => platform.randomBytes(count));
  expect(await cancel({ tasks: [unknown, task.id] })).toEqual({ cancelled: [], unknown: [unknown, task.id] });
});

test("a client may not end the jobs of others", async () => {
  const job = await openJob("own");
  const stranger = await memory.peer("stranger", ["client"]);
  await stranger.connect(await memory.schedulerLocation());
  await expect(cancel({ job: job.id }, stranger)).rejects.toMatchObject({ code: "ROLE_FORBIDS" });
});

test("a job whose client does not answer is closed without it", async () => {
  const job = await openJob("frozen");
  const m = await job.module<Tasks>(modules());
  void m.waits.run();
  memory.network.partition((await memory.schedulerLocation()).peer, memory.idOf("client of frozen"));
  expect(await cancel({ job: job.id })).toEqual({ heard: false });
  const next = await openJob("next");
  const n = await next.module<Tasks>(modules());
  expect(await Promise.all([n.square.call([4]), n.square.call([5])])).toEqual([16, 25]);
  // It would wait for the scheduler to hear that it closes its job.
  await memory.crash("client of frozen");
});
