import { expect, test } from "vitest";
import { SECOND_MS } from "../../units.ts";
import { type RemoteTaskContext } from "../../cluster/remote-context.ts";
import { simulate } from "./simulate.ts";

const idle = (): void => undefined;

const tasks = {
  look: (_task: RemoteTaskContext): string => "done",
};

test("an exclusive job whose I/O tasks have ended lets others in after its idle time", async () => {
  await simulate({ seed: 1, peers: { up: idle, node: { servers: 1 }, a: idle, b: idle } }, async (world) => {
    const url = world.module("tasks", tasks, { look: 5 });
    const a = await world.peer("a").client.openJob({ modules: [url], exclusive: true, idleMs: SECOND_MS });
    expect(await a.run(tasks.look, [], { kind: "io" })).toBe("done");
    const b = await world.peer("b").client.openJob({ modules: [url] });
    const run = b.run(tasks.look);
    await world.advance(60 * SECOND_MS);
    expect(b.tasks()).toEqual([]);
    expect(await run).toBe("done");
    await a.close();
    await b.close();
  });
});

test("I/O tasks that come after a rest run at the I/O server that the job has, whatever they need", async () => {
  await simulate({ seed: 2, peers: { up: idle, node: { servers: 1 }, a: idle } }, async (world) => {
    const url = world.module("tasks", tasks, { look: 5 });
    const job = await world.peer("a").client.openJob({ modules: [url] });
    const look = (): PromiseLike<string> =>
      job.run(tasks.look, [], { kind: "io", needs: { memoryBytes: 1 }, timeoutMs: 30 * SECOND_MS });
    expect(await look()).toBe("done");
    const [first] = job.nodes().flatMap(({ servers }) => servers);
    await world.advance(60 * SECOND_MS);
    expect(await look()).toBe("done");
    expect(job.nodes().flatMap(({ servers }) => servers)).toEqual([first]);
    await job.close();
  });
});
