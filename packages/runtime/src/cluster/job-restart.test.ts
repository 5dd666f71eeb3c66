import { afterEach, expect, test } from "vitest";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { type RemoteTaskContext, type SetupContext } from "./remote-context.ts";

const platform = installHostPlatform();
const worlds: MemoryCluster[] = [];
afterEach(async () => {
  for (const memory of worlds.splice(0)) await memory.close();
});

const gate = Promise.withResolvers<void>();
const begun = Promise.withResolvers<void>();
let setUps = 0;
const tasks = {
  setUpNode: (_task: SetupContext): number => (setUps += 1),
  setUpServer: (_task: SetupContext, node?: number): number => node ?? 0,
  state: (task: RemoteTaskContext<never, number>): number => task.state,
  waits: async (task: RemoteTaskContext<never, number>): Promise<number> => {
    begun.resolve();
    await gate.promise;
    return task.state;
  },
};
/** Processes of set-ups have numbers from here on. */
const SETUPS_FROM = 60_000;

test("a node that is set up anew keeps its old set-up until the tasks that began with it have ended", async () => {
  const memory = new MemoryCluster(platform);
  worlds.push(memory);
  await memory.startScheduler();
  const { host } = await memory.startNode("node", 2);
  const client = await memory.startClient("client");
  const modules = [memory.module("tasks", tasks)];
  const job = await client.openJob({ modules, nodeSetup: tasks.setUpNode, serverSetup: tasks.setUpServer });
  const waits = job.run(tasks.waits);
  await begun.promise;
  const old = [...host.processes].find(([server]) => server >= SETUPS_FROM)?.[1];
  const restarted = job.restart(memory.idOf("node"));
  const next = job.run(tasks.state);
  // By now the job has the other server, of the same node.
  for await (const { type } of job.events.values({ since: job.events.cursor })) if (type === "server.discovered") break;
  expect([old?.killed(), setUps]).toEqual([false, 1]);
  gate.resolve();
  expect(await waits).toBe(1);
  await restarted;
  expect(await next).toBe(2);
  expect(old?.killed()).toBe(true);
});
