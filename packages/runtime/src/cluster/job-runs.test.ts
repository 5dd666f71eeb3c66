import { afterEach, expect, test, vi } from "vitest";
import { type NotifyOptions } from "../contracts/procedures.ts";
import { SkeinError } from "../errors.ts";
import { type CodeDigest, type JobId, type LeaseId, newTaskId, type PeerId } from "../ids.ts";
import { silentLogger } from "../logger.ts";
import { createRuntime, type Runtime } from "../task/runtime.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { JobReports } from "./job-reports.ts";
import { JobRuns } from "./job-runs.ts";
import { type Lease } from "./lease.ts";
import { type RunOptions } from "./remote-task.ts";
import { JobWants } from "./job-wants.ts";
import { Run } from "./run.ts";
import { waitsUntil } from "./run-retries.ts";
import { StackMaps } from "./stack-maps.ts";
import { type News, type Run as RunWords } from "./words.ts";

const platform = installHostPlatform();
const runtimes: Runtime[] = [];
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.close({ cancel: true });
});

// Words that only have to be told apart here.
const JOB = "job" as JobId;
const LEASE = "lease" as LeaseId;
const SERVER = { peer: "node" as PeerId, server: 1 };
const CODE = "code" as CodeDigest;

interface Told {
  readonly name: string;
  readonly words: unknown;
  readonly options: NotifyOptions | undefined;
}

function jobRuns(check: (value: unknown) => number = () => 100_000): {
  readonly runs: JobRuns;
  readonly reports: JobReports;
  readonly lease: Lease<Run>;
  readonly told: Told[];
  readonly killed: Promise<LeaseId>;
  readonly start: (options?: RunOptions, bundled?: Promise<void>) => Run;
  readonly news: (news: Partial<News>) => void;
} {
  const runtime = createRuntime({ platform });
  runtimes.push(runtime);
  const told: Told[] = [];
  const { promise: killed, resolve: kill } = Promise.withResolvers<LeaseId>();
  const reports = new JobReports({ platform, job: JOB, check: () => 0, send: () => {} });
  const runs = new JobRuns({
    engine: runtime.engine,
    job: JOB,
    reports,
    logger: silentLogger,
    tell: (_, name, words, options) => told.push({ name, words, options }),
    check,
    kill,
    maps: new StackMaps(undefined),
    oneByOne: false,
    wants: new JobWants({ platform, logger: silentLogger }),
    moved: () => {},
    claim: async () => false,
    onChange: () => {},
  });
  const lease = runs.book.add(LEASE, "cpu", SERVER);
  runs.book.stand(lease, "ready");
  const times = { averageMs: 0 };
  return {
    runs,
    reports,
    lease,
    told,
    killed,
    start: (options = {}, bundled) => {
      const id = newTaskId((count) => platform.randomBytes(count));
      const run = new Run(runs, id, { code: CODE, fn: "f", plain: true, times, bundled }, [], options);
      runs.add(run);
      return run;
    },
    news: (news) =>
      runs.news(
        { lease: LEASE, job: JOB, started: [], running: [], exits: [], withdrawn: [], logs: [], ...news },
        SERVER,
      ),
  };
}

const serials = ({ words }: Told): number[] => (words as RunWords).runs.map(({ serial }) => serial);

test("tasks go out in notes of bounded size, in order", async () => {
  const { told, start } = jobRuns();
  for (let n = 0; n < 7; n += 1) void start();
  await Promise.resolve();
  expect(told.map(serials)).toEqual([[1, 2], [3, 4], [5, 6], [7]]);
});

test("times of tasks are by the job's clock where a server's goes wrong, and the server's own otherwise", async () => {
  const { reports, start, news } = jobRuns();
  const nowMs = platform.wallMs();
  const told: (readonly [number, number])[] = [];
  // An hour behind, an hour ahead, about right; the first two with a start that was heard.
  for (const [serial, endedMs] of [nowMs - 3_600_000, nowMs + 3_600_000, nowMs - 3_600_000, nowMs - 1000].entries()) {
    void start();
    await Promise.resolve();
    if (serial < 2) news({ started: [serial + 1] });
    news({ exits: [{ serial: serial + 1, exit: { type: "returned", value: serial }, tookMs: 500, endedMs }] });
  }
  for (const event of reports.events.kept())
    if (event.type === "task.exited") told.push([event.startedMs, event.endedMs]);
  expect(told).toHaveLength(4);
  for (const [startedMs, endedMs] of told) {
    expect(endedMs - startedMs).toBeCloseTo(500);
    expect(Math.abs(endedMs - nowMs)).toBeLessThan(60_000);
  }
  expect(told[3]?.[1]).toBe(nowMs - 1000);
});

test("a task whose function is still being bundled waits for it, can be cancelled, and fails when it can't be bundled", async () => {
  const { told, start } = jobRuns();
  const bundles = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const [first, second, third] = bundles.map(({ promise }) => start({}, promise));
  void start();
  await Promise.resolve();
  expect(told.map(serials)).toEqual([[1]]);
  second?.cancel("enough").then(undefined, () => undefined);
  for (const { resolve } of bundles.slice(0, 2)) resolve();
  bundles[2]?.reject(new SkeinError("CODE_NOT_BUNDLABLE", "no", { hint: "none" }));
  await vi.waitFor(() => expect(told.map(serials)).toEqual([[1], [2]]), { timeout: 20_000 });
  expect(first?.serial).toBe(2);
  expect(await second?.exit()).toMatchObject({ type: "cancelled", reason: "enough" });
  expect(await third?.exit()).toMatchObject({ type: "failed", error: { code: "CODE_NOT_BUNDLABLE" } });
});

test("an I/O task that two ends of servers may be due to runs with nothing beside it for a while, not for good", () => {
  const { runs, start } = jobRuns();
  const lease = runs.book.add("io" as LeaseId, "io", { peer: SERVER.peer, server: 9 });
  const [one, two] = [start({ kind: "io" }), start({ kind: "io" })];
  expect(waitsUntil(two, lease, 0)).toBe(undefined);
  runs.book.sent(lease, one);
  expect(waitsUntil(two, lease, 0)).toBe(undefined);
  for (const suspect of [one, two]) {
    suspect.suspected = 2;
    suspect.aloneUntilMs = 1000;
    expect(waitsUntil(two, lease, 999)).toBe(1000);
    expect(waitsUntil(two, lease, 1000)).toBe(undefined);
    suspect.suspected = 0;
  }
});

test("when a note can't be encoded each of its tasks goes by itself, and one that can't be fails", async () => {
  const { told, start } = jobRuns();
  const [first, second] = [start(), start()];
  await Promise.resolve();
  const error = new SkeinError("NOT_SERIALIZABLE", "a function", { hint: "send data" });
  told[0]?.options?.onFailed?.(error);
  expect(told.slice(1).map(serials)).toEqual([[1], [2]]);
  told[1]?.options?.onFailed?.(error);
  expect(await first.exit()).toEqual({ type: "failed", error });
  expect(second.ended).toBeUndefined();
});

test("a task that is cancelled or times out just when it starts has its process ended when it runs on", async () => {
  for (const how of ["cancel", "timeout"]) {
    const { told, start, news, killed, lease } = jobRuns();
    const run = start(how === "timeout" ? { timeoutMs: 1 } : {});
    await Promise.resolve();
    expect(told.map(({ name }) => name)).toEqual(["server.run"]);
    if (how === "cancel") void run.cancel("enough", { graceMs: 0 });
    await run.exit();
    // The server had said this before it heard of the cancel.
    news({ started: [1] });
    expect(lease.inFlight.size).toBe(1);
    expect(told.at(-1)).toMatchObject({ name: "node.cancel", words: { serial: 1 } }); // seen at a checkpoint, too
    if (how === "cancel") expect(await killed).toBe(LEASE);
    else expect(run.killTimer).toBeDefined();
    news({ exits: [{ serial: 1, exit: { type: "cancelled", reason: "" }, tookMs: 0, endedMs: 0 }] });
    expect(run.killTimer).toBeUndefined();
  }
});

test("a lease is never gone while tasks are in flight there", async () => {
  const { runs, lease, start } = jobRuns();
  void start();
  await Promise.resolve();
  expect(() => runs.book.stand(lease, "gone")).toThrow(TypeError);
  runs.losses.lost(lease, new SkeinError("SERVER_LOST", "gone", { hint: "" }), { certain: true, died: false });
  expect(runs.book.leases.size).toBe(0);
});

test("a task whose place is taken out of service runs elsewhere, unless its caller cancels it", async () => {
  const { runs, lease, start, news, told } = jobRuns();
  const [kept, ended] = [start({ retries: 1 }), start({ retries: 1 })];
  await Promise.resolve();
  news({ started: [1, 2] });
  runs.stopAt(lease, "drained", 60_000);
  const cancelled = ended.cancel("enough", { graceMs: 100 });
  const graces = told.filter(({ name }) => name === "server.cancel").map(({ words }) => words);
  expect(graces).toMatchObject([
    { serial: 1, graceMs: 60_000 },
    { serial: 2, graceMs: 60_000 },
    { serial: 2, graceMs: 100, reason: "enough" },
  ]);
  runs.stopAt(lease, "stopped", 1000);
  const exit = { exit: { type: "cancelled", reason: "" }, tookMs: 0, endedMs: 0 } as const;
  news({
    exits: [
      { serial: 1, ...exit },
      { serial: 2, ...exit },
    ],
  });
  await cancelled;
  expect(await ended.exit()).toEqual({ type: "cancelled", reason: "enough" });
  expect([kept.ended, kept.attempt]).toEqual([undefined, 2]);
  runs.abandonAll(new Error("the test is over"));
});

test("a retryOn that throws ends its task and says so, and those that ended beside it end too", async () => {
  const { start, news } = jobRuns();
  const retryOn = (): boolean => {
    throw new Error("no such field");
  };
  const [first, second] = [start({ retries: 1, retryOn }), start()];
  await Promise.resolve();
  const error = new Error("its own");
  const times = { tookMs: 0, endedMs: 0 };
  news({
    started: [1, 2],
    exits: [
      { serial: 1, exit: { type: "failed", error }, ...times },
      { serial: 2, exit: { type: "returned", value: 7 }, ...times },
    ],
  });
  const message = "task f failed, and its retryOn threw: no such field";
  expect(await first.exit()).toMatchObject({
    type: "failed",
    error: { code: "OPTION_INVALID", message, cause: error, attempt: 1 },
  });
  expect(await second.exit()).toEqual({ type: "returned", value: 7 });
});

test("a task that was given back before its server heard of its cancel is not run again", async () => {
  const { start, news } = jobRuns();
  const run = start();
  await Promise.resolve();
  news({ started: [1] });
  const cancelled = run.cancel("enough");
  news({ withdrawn: [1] });
  await cancelled;
  expect(await run.exit()).toEqual({ type: "cancelled", reason: "enough" });
});

test("a task whose arguments can't travel fails at once, whether or not there is a server for it", async () => {
  const error = new SkeinError("NOT_SERIALIZABLE", "a function can't be sent: the value itself", { hint: "send data" });
  const { told, start } = jobRuns(() => {
    throw error;
  });
  const run = start();
  expect(run.ended).toMatchObject({ type: "failed", error: { code: "NOT_SERIALIZABLE" } });
  await Promise.resolve();
  expect(told).toEqual([]);
});

test("tasks that end while they wait are dropped from the queue, and what they were given", async () => {
  const { runs, lease, start } = jobRuns();
  runs.book.stand(lease, "closing");
  const first = start();
  for (let n = 0; n < 300; n += 1)
    void start()
      .cancel("not wanted")
      .then(undefined, () => undefined);
  const { want } = first;
  expect(want?.queue.size).toBeLessThan(130);
  expect(runs.tasks(undefined).map(({ id }) => id)).toEqual([first.id]);
  const last = start();
  runs.book.stand(lease, "ready");
  runs.pumpSoon();
  await Promise.resolve();
  expect([first.state, last.state]).toEqual(["sent", "sent"]);
  runs.cancelAll("the test is over");
});

test("a stream is not started again once it has given a value, and is before", async () => {
  const { runs, start, lease } = jobRuns();
  const [given, fresh] = [start({ retries: 2 }), start({ retries: 2 })];
  for (const run of [given, fresh]) void run.stream();
  await Promise.resolve();
  for (const run of [given, fresh]) run.started = true;
  void given.buffer?.give(1).then(undefined, () => undefined);
  runs.losses.lost(lease, new SkeinError("SERVER_LOST", "gone", { hint: "" }), { certain: true, died: false });
  expect(given.ended).toMatchObject({ type: "lost", error: { code: "SERVER_LOST" } });
  expect([fresh.ended, fresh.attempt]).toEqual([undefined, 2]);
  runs.abandonAll(new Error("the test is over"));
});
