/** Runs many schedules on all cores. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { PlantedName } from "./planted.ts";
import type { SeedReport } from "./worker.ts";

export interface SchedulesOptions {
  readonly from: number;
  readonly to: number;
  readonly planted?: PlantedName;
  /** Jobs on a cluster that crashes, rather than peers that talk. */
  readonly jobs?: boolean;
  /** Threads. Default: one a core. */
  readonly threads?: number;
  /** Called for each seed, as it ends. @returns true to stop */
  readonly onSeed: (report: SeedReport) => boolean | void;
}

/** Runs the seeds from `from` to `to`, both included; done when all have ended, or `onSeed` has seen enough. */
export async function runSchedules({
  from,
  to,
  planted,
  jobs = false,
  threads,
  onSeed,
}: SchedulesOptions): Promise<void> {
  let next = from;
  let stop = false;
  const runWorker = async (): Promise<void> => {
    const worker = new Worker(new URL("worker.ts", import.meta.url), {
      workerData: { planted, jobs },
      // What a schedule makes is soon garbage: a sixth less work than with the young space that Node gives a thread.
      resourceLimits: { maxYoungGenerationSizeMb: 96 },
    });
    try {
      await new Promise<void>((resolve, reject) => {
        const more = (): void => {
          if (stop || next > to) return resolve();
          // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
          worker.postMessage(next);
          next += 1;
        };
        worker.on("error", reject);
        worker.on("exit", () => resolve());
        worker.on("message", (report: SeedReport) => {
          if (!stop && onSeed(report) === true) stop = true;
          more();
        });
        more();
      });
    } finally {
      await worker.terminate();
    }
  };
  const count = Math.min(threads ?? availableParallelism(), to - from + 1);
  await Promise.all(Array.from({ length: count }, runWorker));
}
