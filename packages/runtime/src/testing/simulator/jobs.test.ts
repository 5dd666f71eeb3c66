import { expect, test } from "vitest";
import { simulate } from "./simulate.ts";

const idle = (): void => undefined;
const tasks = { square: (x: number): number => x * x };

test("a server process that dies behind a partition costs its tasks an attempt, and none is forgotten", async () => {
  const peers = { up: idle, node: { servers: 1 }, laptop: idle };
  await simulate({ seed: 1, peers }, async (world) => {
    const url = world.module("tasks", tasks, { square: 500 });
    const job = await world.peer("laptop").client.openJob({ modules: [url] });
    const module = await job.module<typeof tasks>(url);
    const results = [1, 2, 3].map((x) => module.square.call([x], { retries: 2 }));
    await world.advance(300);
    world.partition("laptop", "node");
    world.killServer("node", 1);
    // The scheduler gives the job a fresh process there, while the client has not heard that the old one is gone.
    await world.advance(10_000);
    world.heal();
    const values: number[] = [];
    for (const result of results) values.push(await result);
    expect(values).toEqual([1, 4, 9]);
    await job.close();
  });
}, 30_000);

test("a node whose server processes died one after another while it was cut off works again", async () => {
  await simulate({ seed: 2, peers: { up: idle, node: { servers: 1 } } }, async (world) => {
    const url = world.module("tasks", tasks, { square: 20 });
    const job = await world.peer("node").client.openJob({ modules: [url] });
    const module = await job.module<typeof tasks>(url);
    expect(await module.square.call([2])).toBe(4);
    world.partition("up", "node");
    for (let deaths = 0; deaths < 3; deaths += 1) {
      world.killServer("node", 1);
      await world.advance(2000);
    }
    const result = module.square.call([3], { retries: 3 });
    await world.advance(1000);
    // The scheduler hears of all three deaths at once, and of each process that was ready in between.
    world.heal();
    expect(await result).toBe(9);
    await job.close();
  });
}, 30_000);
