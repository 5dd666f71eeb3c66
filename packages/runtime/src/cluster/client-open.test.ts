import { expect, onTestFinished, test, vi } from "vitest";
import { type JobId } from "../ids.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { createClient } from "./client.ts";
import { type Bundler } from "./contracts.ts";

const platform = installHostPlatform();

test("a job whose opening is not answered in time is closed at the scheduler", async () => {
  const world = new MemoryCluster(platform);
  onTestFinished(() => world.close());
  // One that hears, and never answers.
  const silent = await world.peer("silent", ["scheduler"]);
  const heard: string[] = [];
  const parse = (words: unknown) => words as { readonly job: JobId }; // what this file's client says
  silent.procedures.handle("scheduler.job.open", { parse }, async ({ job }) => {
    heard.push(`open ${job}`);
    await new Promise(() => {});
  });
  silent.procedures.handle("scheduler.job.close", { parse }, ({ job }) => void heard.push(`close ${job}`));
  const peer = await world.peer("program", ["client"]);
  const client = createClient(peer, { scheduler: silent.location });
  onTestFinished(() => client.close({ cancel: true }));
  await expect(client.openJob({ timeoutMs: 300 })).rejects.toMatchObject({ code: "NO_CLUSTER" });
  await vi.waitFor(() => expect(heard).toHaveLength(2), { timeout: 20_000 });
  const [open = "", close = ""] = heard;
  expect(close).toBe(open.replace("open", "close"));
});

test("the time that an opening may take is that of its bundles, too", async () => {
  const world = new MemoryCluster(platform);
  onTestFinished(() => world.close());
  await world.startScheduler();
  const peer = await world.peer("program", ["client"]);
  const client = createClient(peer, {
    scheduler: await world.schedulerLocation(),
    bundler: { bundle: () => new Promise(() => {}) } as unknown as Bundler, // one that never comes to an end
    importModule: async () => ({}),
  });
  onTestFinished(() => client.close({ cancel: true }));
  const opening = client.openJob({ modules: [new URL("memory:tasks")], timeoutMs: 300 });
  await expect(opening).rejects.toMatchObject({ code: "TIMEOUT" });
  expect((await client.jobs()).length).toBe(0);
});
