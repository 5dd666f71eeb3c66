/** `job-run`: a trivial task on 2 servers, 64 in flight, then 100,000 queued at once; every result is looked at. Beside piscina. */
import { Piscina } from "piscina";
import { runBench } from "./harness.ts";
import { flow, inTrivialJob, WORKERS } from "./trivial-job.ts";

const IN_FLIGHT = 64;
const TASKS = 60_000;
const QUEUED = 100_000;

export async function run(): Promise<void> {
  await inTrivialJob("job-run", async (job, { addOne }) => {
    const pool = new Piscina({
      filename: new URL("./job-run-peer.ts", import.meta.url).href,
      minThreads: WORKERS,
      maxThreads: WORKERS,
      maxQueue: QUEUED,
      concurrentTasksPerWorker: 4,
    });
    try {
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
    }
  });
}
