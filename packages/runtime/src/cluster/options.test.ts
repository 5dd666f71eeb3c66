/** Options of jobs and tasks as programs in JavaScript give them, which no compiler checks. */
import { afterEach, expect, test } from "vitest";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { type Job, type JobOptions } from "./job.ts";
import { type RunOptions } from "./remote-task.ts";

const platform = installHostPlatform();
let memory: MemoryCluster | undefined;
afterEach(async () => {
  await memory?.close();
});

const tasks = { square: (x: number): number => x * x };

/** A job of a cluster without nodes, and how another one is opened. */
async function opened(): Promise<{
  readonly job: Job;
  readonly run: (args: unknown, options: unknown) => unknown;
  readonly open: (options: unknown) => PromiseLike<unknown>;
}> {
  memory = new MemoryCluster(platform);
  await memory.startScheduler();
  const client = await memory.startClient("client");
  const job = await client.openJob();
  const m = await job.module<typeof tasks>(memory.module("tasks", tasks));
  // What these take is what is tested: anything.
  return {
    job,
    run: (args, options) => m.square.call(args as [number], options as RunOptions),
    open: (options) => client.openJob(options as JobOptions),
  };
}

const refusal = (message: string, hint?: string) =>
  expect.objectContaining({ code: "OPTION_INVALID", message, ...(hint === undefined ? {} : { hint }) });

test("a task's options are checked when it is started: their names, kinds and amounts", async () => {
  const { run, job } = await opened();
  const refused: readonly (readonly [unknown, string, string?])[] = [
    [{ retires: 3 }, "run has no option retires: did you mean retries?"],
    [{ timeoutMS: 3 }, "run has no option timeoutMS: did you mean timeoutMs?"],
    [{ colour: 3 }, "run has no option colour"],
    [{ toString: 3 }, "run has no option toString"],
    [{ timeoutMs: "500" }, 'timeoutMs of run is "500"', "give milliseconds, from 0 on; Infinity waits without a limit"],
    [{ timeoutMs: Number.NaN }, "timeoutMs of run is NaN"],
    [{ timeoutMs: -1 }, "timeoutMs of run is -1"],
    [{ retries: -1 }, "retries of run is -1", "give a whole number from 0 on, or Infinity"],
    [{ retries: 0.5 }, "retries of run is 0.5"],
    [{ kind: "gpu" }, 'kind of run is "gpu"', 'give "cpu" or "io"'],
    [{ key: 1 }, "key of run is 1"],
    [{ signal: {} }, "signal of run is an object"],
    [{ client: {} }, "client of run is an object", "give a task's ref: task.ref"],
    [{ retryOn: ["ECONNRESET", 1] }, "retryOn[1] of run is 1"],
    [{ needs: { memory: 1 } }, "needs of run has no option memory"],
    [{ needs: { memoryBytes: "1e9" } }, 'needs.memoryBytes of run is "1e9"'],
    [{ needs: { platform: "linux" } }, 'needs.platform of run is "linux"', "give a RegExp"],
    [{ needs: { labels: { gpu: true } } }, "needs.labels of run is an object", "give texts by name"],
    ["io", 'the options of run are "io"'],
    [null, "the options of run are null"],
  ];
  for (const [options, message, hint] of refused) expect(() => run([2], options)).toThrow(refusal(message, hint));
  expect(() => run(2, {})).toThrow(refusal("the arguments of square are 2"));
  expect(() => run({ retries: 2 }, undefined)).toThrow(refusal("the arguments of square are an object"));
  // What is undefined is left out.
  run([2], { retries: undefined, timeoutMs: Infinity, needs: { platform: /x/ } });
  expect(job.tasks()).toHaveLength(1);
});

test("run takes functions, not their names, and module a URL", async () => {
  const { job } = await opened();
  // A program in JavaScript may.
  const js = job as unknown as Record<"run" | "stream" | "module", (what: unknown, args?: unknown) => unknown>;
  expect(() => js.run("prints", [])).toThrow(refusal('run takes a function, and was given "prints"'));
  expect(() => js.stream(undefined, [])).toThrow(refusal("stream takes a function, and was given undefined"));
  expect(() => js.module("./tasks.ts")).toThrow(refusal('url of module is "./tasks.ts"'));
});

test("a job's options are checked before anything is opened", async () => {
  const { open, job } = await opened();
  const refused: readonly (readonly [unknown, string, string?])[] = [
    [{ nmae: "x" }, "openJob has no option nmae: did you mean name?"],
    [{ where: [{}, { nod: "x" }] }, "where[1] of openJob has no option nod: did you mean node?"],
    [{ where: { node: /x/ } }, "where.node of openJob is an object", "give a text"],
    [{ where: "maxi" }, 'where of openJob is "maxi"'],
    [{ weight: "2" }, 'weight of openJob is "2"', "give a number from 0.001 to 1000"],
    [{ weight: -1 }, "weight of openJob is -1"],
    [{ priority: 0.5 }, "priority of openJob is 0.5", "give a whole number from -1000 to 1000"],
    [{ idleMs: Number.NaN }, "idleMs of openJob is NaN"],
    [{ nodeSetup: "x" }, 'nodeSetup of openJob is "x"', "give a function"],
    [{ functions: [1] }, "functions[0] of openJob is 1"],
    [{ modules: ["./tasks.ts"] }, 'modules[0] of openJob is "./tasks.ts"'],
    [{ packages: ["../x"] }, 'packages[0] of openJob is "../x"'],
    [{ setupArgs: 1 }, "setupArgs of openJob is 1"],
    [{ files: [{ path: "x" }] }, "files[0] of openJob is an object"],
    [{ allow: { read: "/data" } }, 'allow.read of openJob is "/data"', "give an array"],
    [{ allow: { run: "yes" } }, 'allow.run of openJob is "yes"', "give true, or leave it out"],
    [{ onLostNode: "forget" }, 'onLostNode of openJob is "forget"'],
    [{ trust: { quorum: 0 } }, "trust.quorum of openJob is 0", "give a whole number from 1 to 8"],
    [{ trust: "all" }, 'trust of openJob is "all"'],
    [{ exclusive: 1 }, "exclusive of openJob is 1"],
    [{ name: "x".repeat(5000) }, `name of openJob is "${"x".repeat(80)}…"`],
  ];
  for (const [options, message, hint] of refused) await expect(open(options)).rejects.toThrow(refusal(message, hint));
  // A program in JavaScript may.
  const allocate = (rule: unknown): void => job.allocate(rule as {});
  expect(() => allocate({ tak: 1 })).toThrow(refusal("allocate has no option tak: did you mean take?"));
  expect(() => allocate("maxi")).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  expect(() => job.stop(undefined, { graceMs: -1 })).toThrow(refusal("graceMs of stop is -1"));
  expect(() => job.pause("maxi" as never)).toThrow(refusal("\"maxi\" is neither a node's nor a server's id"));
});
