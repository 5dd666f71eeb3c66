import { expect, onTestFinished, test, vi } from "vitest";
import { type JobId } from "../ids.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { createClient } from "./client.ts";

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
