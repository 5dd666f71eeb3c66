/** `job-map`: a trivial function mapped over an iterable on the servers of `skein up`, in chunks of one item and as the pool chooses them. Beside `job.run` of the same cluster. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "skein";
import { startLocalCluster } from "../tools/local-cluster.ts";
import { runBench } from "./harness.ts";
import { count } from "./pool-work.ts";

const WORKERS = 2;
const SINGLES = 300_000;
const ITEMS = 3_000_000;
const RUNS = 30_000;
const IN_FLIGHT = 64;

export async function run(): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), "skein-bench-"));
  const local = ["--listen", "127.0.0.1:0", "--listen", "ws://127.0.0.1:0", "--console-port", "0"];
  const cluster = await startLocalCluster({ data, args: ["--servers", String(WORKERS), ...local] });
  Object.assign(process.env, cluster.environment);
  const client = await connect();
  try {
    const job = await client.openJob({ name: "job-map" });
    const { addOne } = await job.module<typeof import("./trivial-tasks.ts")>(
      new URL("./trivial-tasks.ts", import.meta.url),
    );
    const ours = async (total: number, chunk: number | "auto"): Promise<number> => {
      let seen = 0;
      for await (const result of job.map(addOne, count(total), { chunk })) {
        seen += 1;
        if (result !== seen) throw new Error(`item ${seen - 1} gave ${result}`);
      }
      if (seen !== total) throw new Error(`${seen} of ${total} results`);
      return seen;
    };
    const runs = async (): Promise<number> => {
      let next = 0;
      const lane = async (): Promise<void> => {
        for (let n = next++; n < RUNS; n = next++) {
          const result = await addOne.call([n]);
          if (result !== n + 1) throw new Error(`task ${n} gave ${result}`);
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
      return RUNS;
    };
    const shared = { peer: runs, peerName: "job.run of a stub, 64 in flight", unit: "1/s" } as const;
    await runBench({ bench: "job-map", ours: () => ours(SINGLES, 1), ...shared });
    await runBench({ bench: "job-map-auto", ours: () => ours(ITEMS, "auto"), ...shared });
  } finally {
    await client.close({ cancel: true });
    await cluster.close();
    await rm(data, { recursive: true, force: true });
  }
}
