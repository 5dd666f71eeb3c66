import { expect, test } from "vitest";
import { watchCluster } from "../../cluster/watch-cluster.ts";
import { SECOND_MS } from "../../units.ts";
import { simulate } from "./simulate.ts";

const idle = (): void => undefined;
const tasks = { square: (x: number): number => x * x };

test("who begins to watch just when a job opens hears of its tasks", async () => {
  await simulate({ seed: 1, peers: { up: idle, node: { servers: 1 }, program: idle } }, async (world) => {
    const { client, peer } = world.peer("program");
    await client.jobs();
    // The scheduler hears of the job, then of the watcher; its answer and that somebody watches come back together.
    const opening = client.openJob();
    const heard: string[] = [];
    using _watch = watchCluster(peer, {
      scheduler: client.scheduler,
      onSnapshot: () => undefined,
      onEvents: (events) => void heard.push(...events.map(({ type }) => type)),
    });
    const job = await opening;
    const { square } = await job.module<typeof tasks>(world.module("tasks", tasks));
    expect(await square.call([2])).toBe(4);
    await world.advance(2 * SECOND_MS);
    expect(heard).toEqual(expect.arrayContaining(["task.created", "task.exited"]));
    await job.close();
  });
});
