/** `pool()` in a page: the servers of a job are its workers. */
import { type Job, type Pool, type PoolSettings, SkeinError } from "@skein/runtime";
import { OpenPool, poolPart } from "@skein/runtime/host";

export interface PoolOptions extends PoolSettings {
  /** The job whose servers, nodes and tabs alike, are its workers: as many as the job gets; they come and go while it runs. */
  readonly job: Job;
}

/**
 * Opens a pool on a job of the page's client: its workers start with the first call, or with `ready()`. It runs the plain
 * functions of modules that `skein/vite` has bundled, by their stubs. To compute in the page itself there is `offload`.
 *
 * @throws {SkeinError} `OPTION_INVALID` without a job
 * @example
 * const m = await job.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url));
 * await using p = pool({ job });
 * for await (const y of p.map(m.square, [1, 2, 3])) console.log(y);
 */
export function pool(options: PoolOptions): Pool {
  // For programs in JavaScript, which have no compiler that does.
  const given: Partial<PoolOptions> = options ?? {};
  const { job, ...settings } = given;
  if (job === undefined) {
    throw new SkeinError("OPTION_INVALID", "a pool of a page needs a job: a page has no processes of its own", {
      hint: "await connect(), then openJob(): pool({ job }); offload() computes in a worker of the page",
    });
  }
  const part = poolPart(job, settings);
  const host = { options: ["job"], places: () => [part.place()], mapStack: (error: Error) => part.mapStack(error) };
  // What it gives for a function is what the function's type says.
  const made = new OpenPool(host, settings) as Pool;
  // Where browsers lack the symbol, bundlers may define the class before we define the symbol.
  if (!Reflect.has(made, Symbol.asyncDispose)) {
    Object.defineProperty(made, Symbol.asyncDispose, { value: async () => await made.close({ cancel: true }) });
  }
  return made;
}
