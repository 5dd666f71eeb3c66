/** `job-map`: a trivial function mapped over an iterable on the servers of `skein up`, in chunks of one item and as the pool chooses them. Beside `job.run` of the same cluster. */
import { runBench } from "./harness.ts";
import { count } from "./pool-work.ts";
import { flow, inTrivialJob } from "./trivial-job.ts";

const SINGLES = 300_000;
const ITEMS = 3_000_000;
const RUNS = 30_000;
const IN_FLIGHT = 64;

export async function run(): Promise<void> {
  await inTrivialJob("job-map", async (job, { addOne }) => {
    const ours = async (total: number, chunk: number | "auto"): Promise<number> => {
      let seen = 0;
      for await (const result of job.map(addOne, count(total), { chunk })) {
        seen += 1;
        if (result !== seen) throw new Error(`item ${seen - 1} gave ${result}`);
      }
      if (seen !== total) throw new Error(`${seen} of ${total} results`);
      return seen;
    };
    const runs = (): Promise<number> => flow(RUNS, IN_FLIGHT, (n) => addOne.call([n]));
    const shared = { peer: runs, peerName: "job.run of a stub, 64 in flight", unit: "1/s" } as const;
    await runBench({ bench: "job-map", ours: () => ours(SINGLES, 1), ...shared });
    await runBench({ bench: "job-map-auto", ours: () => ours(ITEMS, "auto"), ...shared });
  });
}
