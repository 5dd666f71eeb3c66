/** `job-run`: a trivial task on 2 servers, 64 in flight, then 100,000 queued at once; every result is looked at. Beside piscina. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Piscina } from "piscina";
import { connect } from "skein";
import { startLocalCluster } from "../tools/local-cluster.ts";
import { runBench } from "./harness.ts";

const WORKERS = 2;
const IN_FLIGHT = 64;
const TASKS = 60_000;
const QUEUED = 100_000;

/** Calls `one` for 0 … count − 1, never more than `inFlight` at once, and checks each result. */
async function flow(count: number, inFlight: number, one: (n: number) => PromiseLike<number>): Promise<number> {
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

export async function run(): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), "skein-bench-"));
  const local = ["--listen", "127.0.0.1:0", "--listen", "ws://127.0.0.1:0", "--console-port", "0"];
  const cluster = await startLocalCluster({ data, args: ["--servers", String(WORKERS), ...local] });
  Object.assign(process.env, cluster.environment);
  const client = await connect();
  const pool = new Piscina({
    filename: new URL("./job-run-peer.ts", import.meta.url).href,
    minThreads: WORKERS,
    maxThreads: WORKERS,
    maxQueue: QUEUED,
    concurrentTasksPerWorker: 4,
  });
  try {
    const job = await client.openJob({ name: "job-run" });
    const { addOne } = await job.module<typeof import("./trivial-tasks.ts")>(
      new URL("./trivial-tasks.ts", import.meta.url),
    );
    const ours = (n: number): PromiseLike<number> => addOne.call([n]);
    const peer = (n: number): PromiseLike<number> => pool.run(n);
    const shared = { peerName: "piscina, worker threads of one process", unit: "1/s" } as const;
    await runBench({
      bench: "job-run",
      ours: () => flow(TASKS, IN_FLIGHT, ours),
      peer: () => flow(TASKS, IN_FLIGHT, peer),
      ...shared,
    });
    await runBench({
      bench: "job-run-queued",
      ours: () => flow(QUEUED, QUEUED, ours),
      peer: () => flow(QUEUED, QUEUED, peer),
      ...shared,
    });
    const { lost, rejected, failed } = job.counters;
    if (lost + rejected + failed > 0) throw new Error(`${lost} lost, ${rejected} rejected, ${failed} failed`);
  } finally {
    await pool.destroy();
    await client.close({ cancel: true });
    await cluster.close();
    await rm(data, { recursive: true, force: true });
  }
}
