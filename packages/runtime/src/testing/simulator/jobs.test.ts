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
