/** What a server says of itself reaches the scheduler while its work still runs. */
import { afterEach, expect, test } from "vitest";
import { type TaskContext } from "../task/context.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { type ServerStanding } from "./events.ts";
import { type Scheduler } from "./scheduler.ts";

const platform = installHostPlatform();
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

let gate = Promise.withResolvers<void>();
const tasks = {
  async waits(_task: TaskContext): Promise<void> {
    await gate.promise;
  },
};

async function until(scheduler: Scheduler, holds: (busy: readonly ServerStanding[]) => boolean): Promise<void> {
  const busy = (): readonly ServerStanding[] =>
    scheduler.snapshot().servers.filter(({ counters }) => counters.running > 0);
  await expect.poll(() => holds(busy()), { timeout: 10_000 }).toBe(true);
}

test.each(["cpu", "io"] as const)(
  "while a %s task runs, the snapshot says which server runs what, since when and for which job",
  async (kind) => {
    gate = Promise.withResolvers<void>();
    const memory = new MemoryCluster(platform);
    closers.push(() => memory.close());
    const { scheduler } = await memory.startScheduler();
    closers.push(() => scheduler.close());
    const { node } = await memory.startNode("node1", 2);
    closers.push(() => node.close());
    const client = await memory.startClient("client1");
    closers.push(() => client.close({ cancel: true }));
    const job = await client.openJob({ name: "long" });
    const m = await job.module<typeof tasks>(memory.module("tasks", tasks));
    const startedMs = platform.wallMs();
    const running = m.waits.run([], { kind });
    await until(scheduler, ([server]) => server?.counters.fn === "waits" && server.counters.job === job.id);
    const [server] = scheduler.snapshot().servers.filter(({ counters }) => counters.running > 0);
    expect(server).toMatchObject({ kind, job: job.id, counters: { running: 1, fn: "waits" } });
    expect(Math.abs((server?.counters.sinceMs ?? 0) - startedMs)).toBeLessThan(10_000);
    gate.resolve();
    await running;
    await until(scheduler, (busy) => busy.length === 0);
  },
);
