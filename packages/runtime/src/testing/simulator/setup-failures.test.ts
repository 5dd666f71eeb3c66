import { expect, test } from "vitest";
import { type Job } from "../../cluster/job.ts";
import { type RemoteTaskContext, type SetupContext } from "../../cluster/remote-context.ts";
import { NO_PLACE_AFTER_MS } from "../../defaults.ts";
import { simulate } from "./simulate.ts";
import { type World } from "./types.ts";

const idle = (): void => undefined;
const peers = { up: idle, good: { servers: 1 }, bad: { servers: 1 }, program: idle };

let bad = "";
let setUps = 0;
let kill: ((server: number) => void) | undefined;
const tasks = {
  setUp: ({ server }: SetupContext): void => {
    setUps += 1;
    if (!server.id.startsWith(bad)) return;
    if (kill === undefined) throw new RangeError("no such table");
    kill(Number(server.id.split("/")[1]));
  },
  where: ({ node }: RemoteTaskContext): string => node.name,
};

/** A job of which one node could not be set up. */
async function failedOnce(world: World): Promise<Job> {
  bad = world.peer("bad").peer.id;
  const url = world.module("tasks", tasks, { where: 500 });
  const job = await world.peer("program").client.openJob({ modules: [url], serverSetup: tasks.setUp });
  await expect(job.run(tasks.where, [], { at: world.peer("bad").peer.id })).rejects.toMatchObject({
    code: "SETUP_FAILED",
  });
  expect(await job.run(tasks.where)).toBe("good");
  return job;
}

test("tasks fail when the last node that could be set up has gone, and does not come back", async () => {
  await simulate({ seed: 1, peers }, async (world) => {
    const job = await failedOnce(world);
    world.crash("good");
    const run = job.run(tasks.where, [], { retries: 2 });
    await world.advance(2 * NO_PLACE_AFTER_MS + 60_000);
    expect(await run.exit()).toMatchObject({ type: "failed", error: { code: "SETUP_FAILED" } });
    await expect(job.run(tasks.where)).rejects.toMatchObject({ code: "SETUP_FAILED" });
    await world.restart("good");
    await world.advance(60_000);
    expect(await job.run(tasks.where)).toBe("good");
    await job.close();
  });
}, 30_000);

test("tasks wait for a node that may come back, or is not known again to a scheduler that restarted", async () => {
  await simulate({ seed: 1, peers }, async (world) => {
    const job = await failedOnce(world);
    world.crash("good");
    world.crash("up");
    const run = job.run(tasks.where, [], { retries: 2 });
    await world.advance(5000);
    await world.restart("up");
    await world.advance(NO_PLACE_AFTER_MS / 2);
    await world.restart("good");
    expect(await run).toBe("good");
    await job.close();
  });
}, 30_000);

test("where the set-up ends the process of each of a node's I/O servers, I/O tasks fail after the third", async () => {
  await simulate({ seed: 1, peers: { up: idle, bad: { servers: 1 }, program: idle } }, async (world) => {
    bad = world.peer("bad").peer.id;
    setUps = 0;
    kill = (server) => world.killServer("bad", server);
    const url = world.module("tasks", tasks, { where: 500 });
    const job = await world.peer("program").client.openJob({ modules: [url], serverSetup: tasks.setUp });
    await expect(job.run(tasks.where, [], { kind: "io" })).rejects.toMatchObject({ code: "SETUP_FAILED" });
    expect(setUps).toBe(3);
    kill = undefined;
    await job.close();
  });
}, 30_000);

test("a set-up that ends its process is given up at that place, until it is enabled again; one that went well counts anew", async () => {
  await simulate({ seed: 1, peers: { up: idle, bad: { servers: 1 }, program: idle } }, async (world) => {
    bad = world.peer("bad").peer.id;
    let deaths = 0;
    kill = (server) => {
      deaths -= 1;
      if (deaths >= 0) world.killServer("bad", server);
    };
    const url = world.module("tasks", tasks, { where: 500 });
    const job = await world.peer("program").client.openJob({ modules: [url], serverSetup: tasks.setUp });
    expect(await job.run(tasks.where)).toBe("bad");
    const [server] = job.servers();
    if (server === undefined) throw new Error("no server");
    for (let round = 0; round < 3; round += 1) {
      deaths = 2;
      await job.restart(server.id);
      expect(await job.run(tasks.where)).toBe("bad");
    }
    deaths = 3;
    await job.restart(server.id);
    await expect(job.run(tasks.where)).rejects.toMatchObject({ code: "SETUP_FAILED" });
    job.enable(server.id);
    expect(await job.run(tasks.where)).toBe("bad");
    kill = undefined;
    await job.close();
  });
}, 30_000);
