import { expect, test } from "vitest";
import { type RemoteTaskContext, type SetupContext } from "../../cluster/remote-context.ts";
import { simulate } from "./simulate.ts";

const idle = (): void => undefined;
const tasks = {
  label: (_task: SetupContext, label = "old"): string => label,
  look: (task: RemoteTaskContext<never, string>): string => task.state,
};

test("a scheduler that began anew has parked processes forgotten at a restart with other arguments, and at the close", async () => {
  await simulate({ seed: 1, peers: { up: idle, node: { servers: 1 }, a: idle, b: idle } }, async (world) => {
    const url = world.module("tasks", tasks, { look: 500 });
    const options = { modules: [url], serverSetup: tasks.label };
    const a = await world.peer("a").client.openJob(options);
    const b = await world.peer("b").client.openJob(options);
    const first = Array.from({ length: 8 }, () => a.run(tasks.look));
    const others = Array.from({ length: 80 }, () => b.run(tasks.look, [], { retries: 5 }));
    for (const task of first) expect(await task).toBe("old");
    await world.advance(3000);
    expect(a.servers()).toEqual([]);
    world.crash("up");
    await world.advance(500);
    await world.restart("up");
    await world.advance(8000);
    await a.restart(world.peer("node").peer.id, { setupArgs: ["new"] });
    expect(await a.run(tasks.look)).toBe("new");
    for (const task of others) await task;
    await a.close();
    await b.close();
  });
}, 30_000);
