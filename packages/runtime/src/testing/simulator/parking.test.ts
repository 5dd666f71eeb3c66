import { expect, test } from "vitest";
import { type Job } from "../../cluster/job.ts";
import { type RemoteTaskContext, type SetupContext } from "../../cluster/remote-context.ts";
import type { TaskContext } from "../../task/context.ts";
import type { TaskRef } from "../../task/task-ref.ts";
import type { Steps } from "../../contracts/operation.ts";
import { simulate } from "./simulate.ts";

const idle = (): void => undefined;

interface Counter {
  tasks: number;
}
interface Watching {
  ends: number;
  readonly watcher: TaskRef<string>;
}
let setups = 0;
function* waits(task: TaskContext<string>): Steps<void> {
  for (;;) yield* task.receive();
}
function* watches(task: TaskContext<string>, state: { ends: number }): Steps<void> {
  for (;;) {
    yield* task.receive();
    state.ends += 1;
  }
}
const tasks = {
  label: (_task: SetupContext, label = "old"): string => label,
  look: (task: RemoteTaskContext<never, string>): string => task.state,
  setUp: (_task: SetupContext): Counter => {
    setups += 1;
    return { tasks: 0 };
  },
  /** Has a task that others find, and one that watches. */
  serve: (task: SetupContext): Watching => {
    const state = { ends: 0 };
    task.peer.register("kept", task.spawn(waits, [], { background: true }));
    return Object.assign(state, { watcher: task.spawn(watches, [state], { background: true }).ref });
  },
  watch: (task: RemoteTaskContext<never, Watching>, watched: TaskRef<string>): void => {
    watched.monitor(task.state.watcher, () => "ended");
  },
  ends: (task: RemoteTaskContext<never, Watching>): number => task.state.ends,
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

test("a restart with other arguments for the set-up holds for processes that wait for their job's turn, too", async () => {
  await simulate({ seed: 1, peers: { up: idle, node: { servers: 1 }, a: idle, b: idle } }, async (world) => {
    const url = world.module("tasks", tasks, { look: 500 });
    const open = (name: string): Promise<Job<string>> =>
      Promise.resolve(world.peer(name).client.openJob({ modules: [url], serverSetup: tasks.label }));
    const [a, b] = [await open("a"), await open("b")];
    const first = Array.from({ length: 8 }, () => a.run(tasks.look));
    const others = Array.from({ length: 40 }, () => b.run(tasks.look));
    for (const task of first) expect(await task).toBe("old");
    // By now the other one has the server.
    await world.advance(3000);
    expect(a.servers()).toEqual([]);
    await a.restart(world.peer("node").peer.id, { setupArgs: ["new"] });
    expect(await a.run(tasks.look)).toBe("new");
    for (const task of others) await task;
    await a.close();
    await b.close();
  });
}, 30_000);

test("a process that is back for its job's turn hears that what it watched is lost to it, and its names are found again", async () => {
  await simulate({ seed: 1, peers: { up: idle, node: { servers: 1 }, a: idle, b: idle } }, async (world) => {
    const url = world.module("tasks", tasks, { look: 500, ends: 500 });
    const watched = world.peer("a").spawn(waits);
    const a = await world.peer("a").client.openJob({ modules: [url], serverSetup: tasks.serve });
    const b = await world.peer("b").client.openJob({ modules: [url], serverSetup: tasks.label });
    await a.run(tasks.watch, [watched.ref]);
    expect(await a.run(tasks.ends)).toBe(0);
    expect(await world.peer("a").peer.locate("kept", { timeoutMs: 5000 })).toBeDefined();
    const others = Array.from({ length: 40 }, () => b.run(tasks.look));
    await world.until(() => a.servers().length === 0);
    await world.advance(1000);
    await watched.cancel();
    expect(await a.run(tasks.ends)).toBe(1);
    expect(await world.peer("a").peer.locate("kept", { timeoutMs: 5000 })).toBeDefined();
    for (const task of others) await task;
    await a.close();
    await b.close();
  });
}, 30_000);
