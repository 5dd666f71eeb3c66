import { afterEach, expect, test } from "vitest";
import type { PoolEvent } from "../pool/place.ts";
import { OpenPool } from "../pool/open-pool.ts";
import type { Pool } from "../pool/pool.ts";
import { poolPart } from "../pool/pool-part.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster, type MemoryNodeOptions } from "../testing/memory-cluster.ts";
import { FramePipe } from "./frame-pipe.ts";
import { type Job, type JobOptions } from "./job.ts";

const platform = installHostPlatform();
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const pause = async (n: number): Promise<number> => {
  await new Promise<void>((resolve) => platform.startTimer(1, resolve));
  return n;
};
const tasks = {
  square: (n: number): number => n * n,
  sum: (a: number, b: number): number => a + b,
  fails: (n: number): number => {
    if (n === 3) throw new RangeError("not three");
    return n;
  },
  pause,
  /** At which node it runs; nodes give their own. */
  at: async (n: number): Promise<string> => `nowhere ${await pause(n)}`,
};
type Tasks = typeof tasks;

const named = (name: string): MemoryNodeOptions => ({
  alter: (table) => ({ ...table, at: async (n: number): Promise<string> => `${name} ${await pause(n)}` }),
});

async function cluster(nodes: Readonly<Record<string, number>>, options: JobOptions = {}) {
  const memory = new MemoryCluster(platform);
  closers.push(() => memory.close());
  await memory.startScheduler();
  for (const [name, servers] of Object.entries(nodes)) await memory.startNode(name, servers, undefined, named(name));
  const client = await memory.startClient("client");
  const job = await client.openJob(options);
  const url = memory.module("tasks", tasks);
  return { memory, client, job, url, m: await job.module<Tasks>(url) };
}

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of results) list.push(value);
  return list;
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** A pool of a program, with the job's servers alone. */
function poolOf(job: Job): Pool {
  const part = poolPart(job, {});
  const pool = new OpenPool({ places: () => [part.place()], mapStack: (error) => part.mapStack(error) }) as Pool;
  closers.push(() => pool.close({ cancel: true }));
  return pool;
}

test("a job's map gives the result of each item in order, and each gives how many there were", async () => {
  const { job, m, url } = await cluster({ one: 2, two: 1 });
  expect(await all(job.map(m.square, numbers(3000)))).toEqual(numbers(3000).map((n) => n * n));
  expect(
    await all(
      job.map(
        m.sum,
        [
          [1, 2],
          [3, 4],
        ] as [number, number][],
        { star: true },
      ),
    ),
  ).toEqual([3, 7]);
  expect(await job.each(m.pause, numbers(200))).toBe(200);
  const where = await all(job.map(m.at, numbers(400), { ordered: false, chunk: 1 }));
  expect(where.map((text) => Number(text.split(" ")[1])).toSorted((a, b) => a - b)).toEqual(numbers(400));
  expect(new Set(where.map((text) => text.split(" ")[0]))).toEqual(new Set(["one", "two"]));
  const other = await job.module<Tasks>(url);
  await expect(all(job.map(other.fails, numbers(9)))).rejects.toThrow("not three");
  const exits = await all(job.map(other.fails, numbers(5), { onError: "yield" }));
  expect(exits.map(({ type }) => type)).toEqual(["returned", "returned", "returned", "failed", "returned"]);
  // @ts-expect-error: no such option
  expect(() => job.map(m.square, [1], { order: true })).toThrow("did you mean ordered");
});

test("nodes that come, go and break while a map runs cost no result and give none twice", async () => {
  const { memory, job, m } = await cluster({ one: 1, two: 1 });
  const seen: string[] = [];
  let count = 0;
  const isAt = (name: string): boolean => seen.some((text) => text.startsWith(name));
  function* items(): Generator<number> {
    for (; !isAt("three"); count += 1) yield count;
    for (const end = count + 300; count < end; count += 1) yield count;
  }
  for await (const text of job.map(m.at, items(), { ordered: false, inFlight: 200 })) {
    seen.push(text);
    if (seen.length === 100) await memory.crash("two");
    if (seen.length === 200) await memory.startNode("three", 1, undefined, { ...named("three"), kind: "tab" });
    if (seen.length > 200 && isAt("three")) await memory.crash("one");
  }
  expect(seen.map((text) => Number(text.split(" ")[1])).toSorted((a, b) => a - b)).toEqual(numbers(count));
  expect(new Set(seen.map((text) => text.split(" ")[0]))).toEqual(new Set(["one", "two", "three"]));
}, 60_000);

test("a job's tasks run while a map of it holds every server, and the map goes on after them", async () => {
  const { job, m } = await cluster({ one: 1 });
  let count = 0;
  for await (const square of job.map(m.square, numbers(3), { inFlight: 1 })) {
    expect(await m.square.call([square])).toBe(square * square);
    count += 1;
  }
  expect(count).toBe(3);
}, 60_000);

test("servers of a map that is not read are given to a job that comes first, and come back", async () => {
  const { client, job, m, url } = await cluster({ one: 1 });
  const results = job.map(m.square, numbers(4), { inFlight: 1 })[Symbol.asyncIterator]();
  expect(await results.next()).toEqual({ done: false, value: 0 });
  const other = await client.openJob({ priority: 1 });
  const theirs = await other.module<Tasks>(url);
  expect(await theirs.square.call([5])).toBe(25);
  await other.close();
  expect(await results.next()).toEqual({ done: false, value: 1 });
  await results.return?.(undefined);
}, 60_000);

test("a pool with a job has its servers as workers, tells of them, and leaves them when it is closed", async () => {
  const { memory, job, m } = await cluster({ one: 1 });
  const pool = poolOf(job);
  const events: PoolEvent[] = [];
  const told = (async () => {
    for await (const event of pool.events.values()) events.push(event);
  })();
  await pool.ready();
  expect(await pool.run(m.square, [7])).toBe(49);
  expect(pool.size).toBe(1);
  await memory.startNode("two", 2, undefined, named("two"));
  await expect.poll(() => pool.stats().workers, { timeout: 30_000 }).toBe(3);
  expect(pool.size).toBe(3);
  expect(() => poolPart(job, { maxWorkerBytes: 1e9 })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  expect(() => pool.grow()).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  await pool.close();
  await expect.poll(() => job.tasks().length, { timeout: 30_000 }).toBe(0);
  expect(
    events
      .filter(({ type }) => type === "worker.ready")
      .map(({ worker }) => worker)
      .toSorted(),
  ).toEqual(expect.arrayContaining(["one/1", "two/1", "two/2"]));
  pool.start();
  expect(await pool.run(m.sum, [1, 2])).toBe(3);
  await job.close();
  await expect(pool.run(m.square, [1])).rejects.toMatchObject({ code: "JOB_CLOSED" });
  await pool.close({ cancel: true });
  void told;
}, 60_000);

test("a worker's pipe whose bytes can't be read, or can't be sent, ends with that error", async () => {
  const refused = new Error("no way there");
  const to = {
    send: () => {
      throw refused;
    },
    deliver: () => {
      throw refused;
    },
  };
  const early = new FramePipe(to);
  early.take(new Uint8Array(4));
  early.receive(() => {
    throw new RangeError("not read");
  });
  expect(await early.closed).toBeInstanceOf(RangeError);
  const stuck = new FramePipe(to);
  stuck.send(new Uint8Array(8));
  expect(await stuck.closed).toBe(refused);
  // Its worker is woken, and ends by this.
  expect(() => stuck.take(new Uint8Array())).toThrow(refused);
});

test("a job that is closed waits for its maps, or ends them", async () => {
  const { client, job, m, url } = await cluster({ one: 1 });
  const count = job.each(m.pause, numbers(300));
  job.map(m.square, [1]); // nobody reads it: it has not begun
  await job.close();
  expect(await count).toBe(300);
  expect(() => job.map(m.square, [1])).toThrow(expect.objectContaining({ code: "JOB_CLOSED" }));
  const other = await client.openJob();
  const { pause: endless } = await other.module<Tasks>(url);
  const ended = other.each(
    endless,
    (function* () {
      for (let n = 0; ; n += 1) yield n;
    })(),
  );
  await other.close({ cancel: true });
  await expect(ended).rejects.toMatchObject({ code: "JOB_CLOSED" });
}, 60_000);
