/** What a server says of itself reaches the scheduler while its work still runs. */
import { expect, test, vi } from "vitest";
import { type TaskContext } from "../task/context.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { type ServerStanding } from "./events.ts";
import { type Scheduler } from "./scheduler.ts";

const platform = installHostPlatform();
const gates = {
  cpu: Promise.withResolvers<void>(),
  io: Promise.withResolvers<void>(),
  other: Promise.withResolvers<void>(),
};
const tasks = {
  async waits(_task: TaskContext, kind: "cpu" | "io"): Promise<void> {
    await gates[kind].promise;
  },
  async other(): Promise<void> {
    await gates.other.promise;
  },
};

async function until(scheduler: Scheduler, holds: (busy: readonly ServerStanding[]) => boolean): Promise<void> {
  const busy = (): readonly ServerStanding[] =>
    scheduler.snapshot().servers.filter(({ counters }) => counters.running > 0);
  await vi.waitFor(() => expect(holds(busy())).toBe(true), { timeout: 30_000 });
}

// At the same time: reports come once a second.
test.concurrent.for(["cpu", "io"] as const)(
  "while a %s task runs, the snapshot says which server runs what, since when and for which job",
  async (kind, { onTestFinished }) => {
    const memory = new MemoryCluster(platform);
    onTestFinished(() => memory.close());
    const { scheduler } = await memory.startScheduler();
    await memory.startNode("node1", 2);
    const client = await memory.startClient("client1");
    const job = await client.openJob({ name: "long" });
    const m = await job.module<typeof tasks>(memory.module("tasks", tasks));
    const startedMs = platform.wallMs();
    const running = m.waits.run([kind], { kind });
    await until(scheduler, ([server]) => server?.counters.fn === "waits" && server.counters.job === job.id);
    const [server] = scheduler.snapshot().servers.filter(({ counters }) => counters.running > 0);
    expect(server).toMatchObject({ kind, job: job.id, counters: { running: 1, fn: "waits" } });
    expect(Math.abs((server?.counters.sinceMs ?? 0) - startedMs)).toBeLessThan(10_000);
    if (kind === "io") {
      const other = m.other.run([], { kind });
      await until(scheduler, ([busy]) => busy?.counters.running === 2 && busy.counters.fn === "other");
      gates.other.resolve();
      await other;
      // Told when a task begins, and each second.
      await until(scheduler, ([busy]) => busy?.counters.running === 1 && busy.counters.fn === "waits");
    }
    gates[kind].resolve();
    await running;
    await until(scheduler, (busy) => busy.length === 0);
  },
);
