/** For the benches of jobs: trivial tasks on the servers of a `skein up` of their own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Job, type ModuleStubs } from "skein";
import { startLocalCluster } from "../tools/local-cluster.ts";
import type * as trivialTasks from "./trivial-tasks.ts";

export const WORKERS = 2;

/** Opens a job of this name on a cluster, and closes all of it when `bench` has ended. */
export async function inTrivialJob(
  name: string,
  bench: (job: Job, tasks: ModuleStubs<typeof trivialTasks>) => Promise<void>,
): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), "skein-bench-"));
  const local = ["--listen", "127.0.0.1:0", "--listen", "ws://127.0.0.1:0", "--console-port", "0"];
  const cluster = await startLocalCluster({ data, args: ["--servers", String(WORKERS), ...local] });
  Object.assign(process.env, cluster.environment);
  const client = await connect();
  try {
    const job = await client.openJob({ name });
    await bench(job, await job.module<typeof trivialTasks>(new URL("./trivial-tasks.ts", import.meta.url)));
  } finally {
    await client.close({ cancel: true });
    await cluster.close();
    await rm(data, { recursive: true, force: true });
  }
}

/** Calls `one` for 0 … count − 1, never more than `inFlight` at once, and checks each result. */
export async function flow(count: number, inFlight: number, one: (n: number) => PromiseLike<number>): Promise<number> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const result = await one(n);
      if (result !== n + 1) throw new Error(`task ${n} gave ${result}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return count;
}
