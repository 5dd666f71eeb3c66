import { expect, test } from "vitest";
import { type RemoteTaskContext, type SetupContext } from "../../cluster/remote-context.ts";
import { simulate } from "./simulate.ts";

const idle = (): void => undefined;

interface Counter {
  tasks: number;
}
let setups = 0;
const tasks = {
  setUp: (_task: SetupContext): Counter => {
    setups += 1;
    return { tasks: 0 };
  },
  count: (task: RemoteTaskContext<never, Counter>): number => {
    task.state.tasks += 1;
    return task.state.tasks;
  },
};

test("jobs that take turns on a server find it as they left it, and leave nothing when they are closed", async () => {
  setups = 0;
  await simulate({ seed: 1, peers: { up: idle, node: { servers: 1 }, a: idle, b: idle } }, async (world) => {
    const url = world.module("tasks", tasks, { count: 500 });
    const jobs = ["a", "b"].map(async (name) => {
      const job = await world.peer(name).client.openJob({ modules: [url], serverSetup: tasks.setUp });
      const counts = Array.from({ length: 12 }, () => job.run(tasks.count));
      const values: number[] = [];
      for (const count of counts) values.push(await count);
      await job.close();
      return values;
    });
    const expected = Array.from({ length: 12 }, (_, n) => n + 1);
    for (const job of jobs) expect((await job).toSorted((x, y) => x - y)).toEqual(expected);
    expect(setups).toBe(2);
    await world.advance(5000);
    const { servers } = await world.peer("a").client.status();
    expect(servers.map(({ state }) => state)).toEqual(["ready"]);
  });
}, 30_000);
