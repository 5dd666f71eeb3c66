import { beforeAll, expect, test } from "vitest";
import { POOL_AHEAD_BYTES } from "../defaults.ts";
import { HOUR_MS, MIB } from "../units.ts";
import { replaceDefaultEngine } from "../task/default-engine.ts";
import { createRuntime } from "../task/runtime.ts";
import { simulatedWorkers } from "../testing/simulated-workers.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { OpenPool } from "./open-pool.ts";
import type { Pool, PoolHost, PoolSettings } from "./pool.ts";
import type { PoolEvent } from "./place.ts";
import { loadLanes } from "./staff.ts";

// It takes time of the host, which does not stand still for virtual time.
beforeAll(loadLanes);

/** A pool of simulated workers in virtual time, and what became of them. */
function world(size: number, settings?: PoolSettings, hostOf = (host: PoolHost): PoolHost => host) {
  const clock = new VirtualClock();
  const platform = virtualPlatform({ clock });
  const runtime = createRuntime({ platform });
  replaceDefaultEngine(runtime.engine);
  const workers = simulatedWorkers(platform, size);
  const p = new OpenPool(hostOf(workers.host), settings, runtime.engine) as Pool;
  const { seen: events } = reading(p.events.values());
  const ends = (): PoolEvent["type"][] => events.map(({ type }) => type).filter((type) => !/started|ready/.test(type));
  return { clock, platform, workers, p, ends, compute: workers.compute };
}

/** What was read of a map by now, and how it ended. */
function reading<T>(results: AsyncIterable<T>) {
  const seen: T[] = [];
  const state: { seen: T[]; end: "open" | "over" | "failed"; error?: unknown } = { seen, end: "open" };
  const read = async (): Promise<void> => {
    try {
      for await (const value of results) seen.push(value);
      state.end = "over";
    } catch (error) {
      state.end = "failed";
      state.error = error;
    }
  };
  void read();
  return state;
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index);

function* counted(n: number, taken: { last: number }): Generator<number> {
  for (let index = 0; index < n; index += 1) {
    taken.last = index;
    yield index;
  }
}

test("a map goes on without the worker that was lost, and another takes its place", async () => {
  const { clock, workers, p, compute } = world(2);
  const spin = (n: number): number => {
    compute(5);
    return n;
  };
  const map = reading(p.map(spin, upTo(100)));
  await clock.advance(52);
  workers.started[0]?.kill("the machine ran out of luck");
  await clock.advance(2000);
  expect(map).toEqual({ seen: upTo(100), end: "over" });
  expect(p.stats()).toMatchObject({ lost: 1, workers: 2, running: 0, queued: 0 });
  expect(workers.started).toHaveLength(3);
});

test("a call whose worker is lost fails, unless it may be tried again", async () => {
  const { clock, workers, p, compute } = world(1);
  const spin = (): string => {
    compute(100);
    return "done";
  };
  const once = p.run(spin).exit();
  await clock.advance(50);
  workers.started[0]?.kill();
  await clock.advance(1000);
  expect(await once).toMatchObject({ type: "lost", error: { code: "SERVER_LOST" } });
  const twice = p.run(spin, [], { retries: 1 }).exit();
  await clock.advance(50);
  workers.started[1]?.kill();
  await clock.advance(1000);
  expect(await twice).toEqual({ type: "returned", value: "done" });
});

test("a cancelled call that computes frees its worker, one that waits is not begun", async () => {
  const { clock, workers, p, compute } = world(1);
  const forHours = (): void => compute(HOUR_MS);
  const quick = (n: number): number => n;
  const endless = p.run(forHours);
  const waiting = p.run(quick, [1]);
  const next = p.run(quick, [2]).exit();
  await clock.advance(10);
  void endless.cancel("enough");
  void waiting.cancel();
  await clock.advance(2000);
  expect(await endless.exit()).toMatchObject({ type: "cancelled", reason: "enough" });
  expect(await next).toEqual({ type: "returned", value: 2 });
  expect(await waiting.exit()).toMatchObject({ type: "cancelled" });
  expect(workers.started[1]?.called).toEqual(["quick"]);
});

test("times end a call, an item and a map, and free the workers", async () => {
  const { clock, workers, p, compute } = world(2);
  const forMs = (ms: number): number => {
    compute(ms);
    return ms;
  };
  const call = p.run(forMs, [HOUR_MS], { timeoutMs: 100 }).exit();
  await clock.advance(200);
  expect(await call).toMatchObject({ type: "failed", error: { code: "TIMEOUT" } });
  await clock.advance(1000);
  const items = reading(p.map(forMs, [1, HOUR_MS, 2, 3], { itemTimeoutMs: 100, onError: "yield" }));
  await clock.advance(1000);
  expect(items.seen.map(({ type }) => type)).toEqual(["returned", "failed", "returned", "returned"]);
  const map = reading(p.map(forMs, [1, HOUR_MS, 2], { timeoutMs: 100 }));
  await clock.advance(1000);
  expect(map).toMatchObject({ end: "failed", error: { code: "TIMEOUT" } });
  await clock.advance(1000);
  const after = p.run(forMs, [3]).exit();
  await clock.advance(100);
  expect(await after).toEqual({ type: "returned", value: 3 });
  expect(workers.alive()).toHaveLength(2);
});

test("behind one slow item no more than inFlight are taken, in order and as they come", async () => {
  for (const ordered of [true, false]) {
    const { clock, p, compute } = world(2);
    const taken = { last: 0 };
    const slowFirst = (n: number): number => {
      compute(n === 0 ? 1000 : 0.01);
      return n;
    };
    const map = reading(p.map(slowFirst, counted(500, taken), { ordered, inFlight: 50 }));
    await clock.advance(500);
    if (ordered) expect([map.seen.length, taken.last < 50]).toEqual([0, true]);
    else expect(map.seen.length).toBeGreaterThan(400);
    await clock.advance(5000);
    expect(map.end).toBe("over");
    expect(map.seen.toSorted((a, b) => a - b)).toEqual(upTo(500));
    if (ordered) expect(map.seen).toEqual(upTo(500));
  }
});

test("of large items, and of items with large results, no more are held than so many bytes", async () => {
  const large = new Uint8Array(4 * MIB);
  const fit = POOL_AHEAD_BYTES / large.byteLength;
  const { clock, p, compute } = world(3);
  const takes = (item: unknown): number => {
    compute(item === 0 ? 1000 : 0.1);
    return 0;
  };
  const gives = (item: unknown): Uint8Array => {
    compute(item === 0 ? 1000 : 0.1);
    return large;
  };
  const maps: readonly [(item: unknown) => unknown, unknown][] = [
    [takes, large],
    [gives, 1],
  ];
  for (const [fn, item] of maps) {
    let taken = 0;
    const items = function* () {
      for (; taken < fit + 8; taken += 1) yield taken === 0 ? 0 : item;
    };
    const map = reading(p.map(fn, items()));
    await clock.advance(500);
    expect([map.seen.length, taken <= fit]).toEqual([0, true]);
    await clock.advance(5000);
    expect([map.seen.length, map.end]).toEqual([fit + 8, "over"]);
  }
});

test("twenty thousand items go through, and never more than inFlight are held", async () => {
  const { clock, p } = world(3);
  let taken = 0;
  let most = 0;
  const state = { seen: 0 };
  const source = function* () {
    for (; taken < 20_000; taken += 1) {
      most = Math.max(most, taken - state.seen);
      yield taken;
    }
  };
  const same = (n: number): number => n;
  const read = async (): Promise<void> => {
    for await (const value of p.map(same, source(), { inFlight: 1000 })) {
      if (value !== state.seen) throw new Error(`${value} came after ${state.seen}`);
      state.seen += 1;
    }
  };
  const over = read();
  await clock.advance(10);
  await over;
  expect(state.seen).toBe(20_000);
  expect(most).toBeLessThanOrEqual(1000);
  expect(p.stats()).toMatchObject({ queued: 0, running: 0, done: 20_000 });
});

test("two maps and single calls share the workers, none waits for the other's end", async () => {
  const { clock, p, compute } = world(2);
  const spin = (n: number): number => {
    compute(1);
    return n;
  };
  const other = (n: number): number => {
    compute(1);
    return n;
  };
  const first = reading(p.map(spin, upTo(300)));
  const second = reading(p.map(other, upTo(300)));
  await clock.advance(60);
  const call = p.run(spin, [1]).exit();
  await clock.advance(60);
  expect(await call).toMatchObject({ type: "returned" });
  const [a, b] = [first.seen.length, second.seen.length];
  expect(Math.min(a, b)).toBeGreaterThan(Math.max(a, b) / 3);
  expect(Math.max(a, b)).toBeLessThan(300);
  await clock.advance(1000);
  expect([first.end, second.end]).toEqual(["over", "over"]);
});

test("a pool grows and shrinks while a map runs", async () => {
  const { clock, workers, p, ends, compute } = world(1);
  const spin = (n: number): number => {
    compute(2);
    return n;
  };
  const map = reading(p.map(spin, upTo(200)));
  await clock.advance(50);
  const alone = map.seen.length;
  p.grow(3);
  await clock.advance(50);
  expect(map.seen.length - alone).toBeGreaterThan(alone * 2);
  expect(p.stats().workers).toBe(4);
  p.shrink(3);
  await clock.advance(20);
  expect([p.stats().workers, workers.alive().length]).toEqual([1, 1]);
  await clock.advance(5000);
  expect(map).toEqual({ seen: upTo(200), end: "over" });
  expect(ends()).toEqual(["worker.closed", "worker.closed", "worker.closed"]);
  expect(p.stats().lost).toBe(0);
});

test("calls fail when no worker can be had, and run when one can again", async () => {
  const { clock, workers, p, ends } = world(1);
  const quick = (n: number): number => n;
  workers.failStarts = 2;
  const ready = p.ready().then(undefined, (error: unknown) => error);
  const call = p.run(quick, [1]).exit();
  const map = reading(p.map(quick, [1, 2]));
  await clock.advance(100);
  expect(await ready).toMatchObject({ code: "SETUP_FAILED" });
  expect(await call).toMatchObject({ type: "failed", error: { code: "SETUP_FAILED" } });
  expect(map).toMatchObject({ end: "failed", error: { code: "SETUP_FAILED" } });
  expect(ends()).toEqual(["worker.failed", "worker.failed"]);
  const after = p.run(quick, [2]).exit();
  await clock.advance(100);
  expect(await after).toEqual({ type: "returned", value: 2 });
});

test("an initializer runs in each worker before its first call, also in one that comes later", async () => {
  const initialize = (_word: string): void => undefined;
  const { clock, workers, p } = world(2, { initializer: initialize, initArgs: ["a"] });
  const quick = (n: number): number => n;
  const map = reading(p.map(quick, upTo(100)));
  await clock.advance(10);
  workers.started[0]?.kill();
  await clock.advance(10);
  const more = reading(p.map(quick, upTo(100)));
  await clock.advance(10);
  expect([map.end, more.end]).toEqual(["over", "over"]);
  expect(workers.started).toHaveLength(3);
  for (const { called } of workers.started) expect(called.indexOf("initialize")).toBe(0);
});

test("close waits for what is under way, or cancels it; the process may end then", async () => {
  const { clock, platform, workers, p, compute } = world(2);
  const spin = (): string => {
    compute(50);
    return "done";
  };
  const calls = [p.run(spin), p.run(spin), p.run(spin)].map((call) => call.exit());
  await clock.advance(1);
  expect(platform.keptAlive()).toBe(true);
  void p.close();
  await clock.advance(500);
  expect((await Promise.all(calls)).map(({ type }) => type)).toEqual(["returned", "returned", "returned"]);
  expect(workers.alive()).toEqual([]);
  expect(platform.keptAlive()).toBe(false);
  p.start();
  const cut = p.run(spin).exit();
  await clock.advance(10);
  void p.close({ cancel: true });
  await clock.advance(1);
  expect(await cut).toMatchObject({ type: "failed", error: { code: "JOB_CLOSED" } });
  expect(workers.alive()).toEqual([]);
});

test("close waits for a call that all workers make, or ends it", async () => {
  const { clock, platform, workers, p, compute } = world(2);
  const spin = (n: number): number => {
    compute(50);
    return n;
  };
  const all = p.runOnAll(spin, [1]).then((values) => values);
  void p.close();
  await clock.advance(500);
  expect(await all).toEqual([1, 1]);
  expect([workers.alive().length, platform.keptAlive()]).toEqual([0, false]);
  for (const afterMs of [0, 10]) {
    p.start();
    const cut = p.runOnAll(spin, [1]).then(undefined, (error: unknown) => error);
    await clock.advance(afterMs);
    void p.close({ cancel: true });
    await clock.advance(500);
    expect(await cut).toMatchObject({ code: "JOB_CLOSED" });
    expect(platform.keptAlive()).toBe(false);
  }
});

test("a close that was not over in time leaves those after it limits of their own", async () => {
  const { clock, workers, p, compute } = world(1);
  const spin = (): void => compute(500);
  const late = new Map<string, unknown>();
  const closing = (name: string, options?: Parameters<Pool["close"]>[0]): void => {
    const tell = (error?: unknown): void => void late.set(name, error);
    p.close(options).then(() => tell("closed"), tell);
  };
  const call = p.run(spin).exit();
  await clock.advance(1);
  closing("short", { timeoutMs: 100 });
  await clock.advance(200);
  expect(late.get("short")).toMatchObject({ code: "TIMEOUT" });
  closing("longer", { timeoutMs: 5000 });
  closing("without");
  await clock.advance(100);
  expect(late.size).toBe(1);
  await clock.advance(500);
  closing("after", { timeoutMs: 0 });
  await clock.advance(1);
  expect(["longer", "without", "after"].map((name) => late.get(name))).toEqual(["closed", "closed", "closed"]);
  expect(await call).toMatchObject({ type: "returned" });
  p.start();
  const cut = p.run(spin).exit();
  await clock.advance(1);
  closing("again", { timeoutMs: 100 });
  await clock.advance(200);
  await p.close({ cancel: true });
  await p[Symbol.asyncDispose]();
  expect(late.get("again")).toMatchObject({ code: "TIMEOUT" });
  expect(await cut).toMatchObject({ error: { code: "JOB_CLOSED" } });
  expect(workers.alive()).toEqual([]);
});

test("what all workers are to do is done by the next one where a worker ended before it began", async () => {
  for (const size of [1, 2]) {
    const { clock, workers, p, compute } = world(size);
    const forHours = (): void => compute(HOUR_MS);
    const quick = (n: number): number => n;
    const timed = p.run(forHours, [], { timeoutMs: 50 }).exit();
    const cancelled = p.run(forHours);
    await clock.advance(60);
    void cancelled.cancel();
    expect(await timed).toMatchObject({ error: { code: "TIMEOUT" } });
    const all = [1, 2].map((n) => p.runOnAll(quick, [n]).then((values) => values));
    await clock.advance(5000);
    expect(await Promise.all(all)).toEqual([1, 2].map((n) => Array.from({ length: size }, () => n)));
    expect(workers.alive().map(({ called }) => called)).toEqual(Array.from({ length: size }, () => ["quick", "quick"]));
    // Nobody comes in its place, and its worker can't be had.
    const endless = p.run(forHours);
    await clock.advance(10);
    const fewer = p.runOnAll(quick, [3]).then((values) => values);
    void endless.cancel();
    p.shrink();
    await clock.advance(5000);
    expect(await fewer).toHaveLength(size - 1);
    p.grow();
    await clock.advance(10);
    const last = p.run(forHours);
    await clock.advance(10);
    const none = p.runOnAll(quick, [4]).then(undefined, (error: unknown) => error);
    void last.cancel();
    workers.failStarts = 1;
    await clock.advance(5000);
    expect(await none).toMatchObject({ code: "SETUP_FAILED" });
  }
});

test("twenty workers share the items of one map", async () => {
  const { clock, workers, p, compute } = world(20);
  const spin = (n: number): number => {
    compute(20);
    return n;
  };
  const map = reading(p.map(spin, upTo(100)));
  await clock.advance(400);
  expect(map).toEqual({ seen: upTo(100), end: "over" });
  expect(workers.started.every(({ called }) => called.length > 0)).toBe(true);
});

test("twenty thousand calls that wait cost no more each than a few", async () => {
  const { clock, p } = world(2);
  let done = 0;
  const count = (_n: number): number => (done += 1);
  let last = p.run(count, [0]);
  for (let n = 1; n < 20_000; n += 1) last = p.run(count, [n]);
  expect(p.stats().queued).toBe(20_000);
  // One that is given up is passed over when its turn comes.
  void last.cancel();
  expect(p.stats().queued).toBe(19_999);
  await clock.advance(10);
  expect(done).toBe(19_999);
  expect(p.stats()).toMatchObject({ queued: 0, running: 0, done: 19_999 });
});

test("what is not to blame for the end of its worker goes on elsewhere", async () => {
  const { clock, platform, p, compute } = world(1);
  const forMs = (ms: number): number => {
    compute(ms);
    return ms;
  };
  const quick = (n: number): number => n;
  const nap = (ms: number): Promise<number> =>
    new Promise((resolve) => void platform.startTimer(ms, () => resolve(ms)));
  // A call that is given up, and those behind it.
  const endless = p.run(forMs, [HOUR_MS]);
  const behind = [p.run(quick, [2]).exit(), p.run(forMs, [3]).exit()];
  await clock.advance(10);
  void endless.cancel();
  await clock.advance(2000);
  expect(await Promise.all(behind)).toEqual([2, 3].map((value) => ({ type: "returned", value })));
  // An item that takes too long, and another map that waits at the same worker.
  const known = reading(p.map(nap, [1, 1]));
  await clock.advance(100);
  expect(known.end).toBe("over");
  const waits = reading(p.map(nap, [3000, 3000, 3000]));
  await clock.advance(10);
  const timed = reading(p.map(forMs, [HOUR_MS], { itemTimeoutMs: 300, onError: "yield" }));
  await clock.advance(20_000);
  expect(timed.seen).toMatchObject([{ type: "failed", error: { code: "TIMEOUT" } }]);
  expect(waits).toEqual({ seen: [3000, 3000, 3000], end: "over" });
});

test("beside a value that can't be sent, times and retries work for all others", async () => {
  const { clock, workers, p, compute } = world(1);
  const any = (value: unknown): number => {
    compute(typeof value === "number" ? value : 0.001);
    return 1;
  };
  const learn = reading(p.map(any, upTo(2000).fill(0.001)));
  await clock.advance(100);
  expect(learn.end).toBe("over");
  const bad = (): number => 1;
  const timed = p.run(any, [HOUR_MS], { timeoutMs: 100 }).exit();
  const unsendable = p.run(any, [bad], { timeoutMs: 100 }).exit();
  const next = p.run(any, [2]).exit();
  await clock.advance(2000);
  expect(await timed).toMatchObject({ error: { code: "TIMEOUT" } });
  expect(await unsendable).toMatchObject({ error: { code: "NOT_SERIALIZABLE" } });
  expect(await next).toMatchObject({ type: "returned" });
  const map = reading(p.map(any, [HOUR_MS, bad, 1], { itemTimeoutMs: 100, onError: "yield" }));
  await clock.advance(2000);
  expect(map.seen.map(({ type }) => type)).toEqual(["failed", "failed", "returned"]);
  expect(map.end).toBe("over");
  const lost = reading(p.map(any, [bad, 50, 50, 50], { onError: "yield" }));
  await clock.advance(20);
  workers.alive()[0]?.kill();
  await clock.advance(2000);
  expect(lost.seen.map(({ type }) => type)).toEqual(["failed", "returned", "returned", "returned"]);
});

test("a call whose function is not there yet is waited for by close, or ended by it", async () => {
  const { promise: made, resolve: make } = Promise.withResolvers<void>();
  const { clock, platform, p } = world(1, {}, (host) => ({
    ...host,
    codeOf: (fn) => {
      const { key, code } = host.codeOf?.(fn) ?? { key: fn, code: undefined };
      return { key, code: made.then(() => code) };
    },
  }));
  const quick = (n: number): number => n;
  const other = (n: number): number => n + 1;
  const cut = p.run(quick, [1]).exit();
  void p.close({ cancel: true });
  await clock.advance(1);
  expect(await cut).toMatchObject({ error: { code: "JOB_CLOSED" } });
  p.start();
  const waited = p.run(other, [1]).exit();
  void p.close();
  await clock.advance(1);
  make();
  await clock.advance(100);
  expect(await waited).toEqual({ type: "returned", value: 2 });
  await clock.advance(100);
  expect(platform.keptAlive()).toBe(false);
});

test("a map that nobody reads, or that was aborted before it began, keeps nothing open", async () => {
  const { clock, platform, p } = world(1);
  const quick = (n: number): number => n;
  const aborted = reading(p.map(quick, [1], { signal: AbortSignal.abort(new Error("never mind")) }));
  const unread = p.map(quick, [1, 2]);
  await clock.advance(10);
  expect(aborted).toMatchObject({ end: "failed", error: { message: "never mind" } });
  expect(platform.keptAlive()).toBe(false);
  let isClosed = false;
  void p.close().then(() => (isClosed = true));
  await clock.advance(10);
  expect(isClosed).toBe(true);
  const late = reading(unread);
  await clock.advance(10);
  expect(late).toMatchObject({ end: "failed", error: { code: "JOB_CLOSED" } });
});

test("a call that is aborted before it began keeps no buffer, and one that is given up does not wait", async () => {
  const { clock, p, compute } = world(1);
  const size = (bytes: Uint8Array): number => bytes.byteLength;
  const forHours = (): void => compute(HOUR_MS);
  const bytes = new Uint8Array(3);
  const signal = AbortSignal.abort(new Error("never mind"));
  const aborted = p.run(size, [bytes], { signal, transfer: [bytes.buffer] }).exit();
  expect(bytes.byteLength).toBe(3);
  expect(p.stats()).toMatchObject({ queued: 0 });
  for (let n = 0; n < 4; n += 1) void p.run(forHours);
  await clock.advance(10);
  expect(p.stats()).toMatchObject({ queued: 2, running: 2 });
  const waiting = p.run(size, [bytes]);
  expect(p.stats().queued).toBe(3);
  void waiting.cancel();
  expect(p.stats()).toMatchObject({ queued: 2, running: 2 });
  expect(await aborted).toMatchObject({ type: "failed", error: { message: "never mind" } });
});

test("a source may abort its own map, and throw when it is left", async () => {
  const { clock, p, compute } = world(1);
  const spin = (n: number): number => {
    compute(1);
    return n;
  };
  const abort = new AbortController();
  let last = 0;
  const aborts = function* () {
    try {
      for (; last < 1000; last += 1) {
        if (last === 5) abort.abort(new Error("that is enough"));
        yield last;
      }
    } finally {
      last = -1;
    }
  };
  const map = reading(p.map(spin, aborts(), { signal: abort.signal }));
  await clock.advance(100);
  expect(map).toMatchObject({ end: "failed", error: { message: "that is enough" } });
  expect(last).toBe(-1);
  const throws = function* () {
    try {
      for (let n = 0; ; n += 1) yield n;
    } finally {
      // oxlint-disable-next-line no-unsafe-finally -- what such a source does
      throw new Error("it does not want to end");
    }
  };
  const endless = reading(p.map(spin, throws(), { inFlight: 10 }));
  const other = reading(p.map(spin, upTo(10_000)));
  await clock.advance(20);
  void p.close({ cancel: true });
  await clock.advance(1);
  for (const { error } of [endless, other]) expect(error).toMatchObject({ code: "JOB_CLOSED" });
});

test("what is no list of arguments is refused, of a map's items each by itself", async () => {
  const { clock, p } = world(1);
  const add = (a: number, b: number): number => a + b;
  const invalid = expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining(" 5") });
  expect(() => p.run(add, 5 as never)).toThrow(invalid);
  expect(() => p.runOnAll(add, 5 as never)).toThrow(invalid);
  const items = [[1, 2], 5, [3, 4]] as [number, number][];
  const map = reading(p.map(add, items, { star: true, onError: "yield" }));
  await clock.advance(100);
  expect(map.seen).toMatchObject([{ value: 3 }, { type: "failed", error: invalid }, { value: 7 }]);
});

test("what ended its worker each time says how often", async () => {
  const { clock, workers, p, compute } = world(1);
  const forHours = (_n: number): void => compute(HOUR_MS);
  const map = reading(p.map(forHours, [1], { retries: 1 }));
  for (const number of [0, 1]) {
    await clock.advance(50);
    workers.started[number]?.kill();
  }
  await clock.advance(50);
  expect(map.error).toMatchObject({ code: "SERVER_LOST", hint: expect.stringContaining("ended 2 times") });
});

test("that there is nothing else is found without a worker", async () => {
  const { clock, p, compute } = world(1);
  const forHours = (_n: number): void => compute(HOUR_MS);
  void p.run(forHours, [1]);
  await clock.advance(10);
  const map = reading(p.map(forHours, []));
  const failing = reading(
    p.map(
      forHours,
      // oxlint-disable-next-line require-yield
      (function* (): Generator<number> {
        throw new Error("no items today");
      })(),
    ),
  );
  await clock.advance(1);
  expect(map.end).toBe("over");
  expect(failing).toMatchObject({ end: "failed", error: { message: "no items today" } });
});

test("a pool that is to have no workers says so, and runs once it has one", async () => {
  const { clock, p } = world(0);
  const quick = (n: number): number => n;
  const call = p.run(quick, [1]).exit();
  const map = reading(p.map(quick, [1]));
  await clock.advance(10);
  for (const error of [(await call) as { error?: unknown }, map]) {
    expect(error).toMatchObject({ error: { code: "SETUP_FAILED" } });
  }
  p.grow(1);
  const after = p.run(quick, [2]).exit();
  await clock.advance(10);
  expect(await after).toEqual({ type: "returned", value: 2 });
  p.shrink(1);
  const none = p.run(quick, [3]).exit();
  await clock.advance(10);
  expect(await none).toMatchObject({ error: { code: "SETUP_FAILED" } });
});

test("a chunk that does not fill goes as it is", async () => {
  const { clock, p } = world(1);
  const quick = (n: number): number => n;
  const { promise: more, resolve: go } = Promise.withResolvers<void>();
  const source = async function* () {
    yield* [1, 2, 3];
    await more;
    yield 4;
  };
  const map = reading(p.map(quick, source(), { chunk: 10 }));
  await clock.advance(100);
  expect(map.seen).toEqual([1, 2, 3]);
  go();
  await clock.advance(100);
  expect(map).toEqual({ seen: [1, 2, 3, 4], end: "over" });
});

test("an initializer has a time of its own", async () => {
  const slow = (): void => compute(40_000);
  const settings = { initializer: slow, connectTimeoutMs: 1000 };
  const { clock, p, compute } = world(1, settings);
  const ready = p.ready().then(
    () => "ready",
    (error: unknown) => error,
  );
  await clock.advance(60_000);
  expect(await ready).toBe("ready");
  const hangs = world(1, { initializer: () => new Promise(() => undefined), initializerTimeoutMs: 1000 });
  const not = hangs.p.ready().then(undefined, (error: unknown) => error);
  await hangs.clock.advance(10_000);
  expect(await not).toMatchObject({ code: "SETUP_FAILED", message: expect.stringContaining("within 1000 ms") });
});

test("options and items that make no sense are refused", () => {
  const { p } = world(1);
  const quick = (n: number): number => n;
  const wrong: (() => unknown)[] = [
    () => world(1, { queueSize: Number.NaN }),
    () => world(1, { queueSize: 0 }),
    () => world(1, { connectTimeoutMs: -1 }),
    () => p.run(quick, [1], { retries: Number.NaN }),
    () => p.run(quick, [1], { timeoutMs: -1 }),
    () => p.map(quick, [1], { retries: -1 }),
    () => p.map(quick, [1], { inFlight: 0 }),
    () => p.map(quick, [1], { chunk: 1.5 }),
  ];
  for (const act of wrong) expect(act).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  const misspelt: object = { oderd: false };
  expect(() => p.map(quick, [1], misspelt)).toThrow("map has no option oderd");
  for (const items of [5, null, {}] as never[]) {
    expect(() => p.map(quick, items)).toThrow("a map can't go through");
  }
});

/** Is never called: what does not compile is what it shows. */
export function refusedByTypes(p: Pool): void {
  const power = (base: number, exponent: number): number => base ** exponent;
  // @ts-expect-error a text for a number
  void p.run(power, ["a", 2]);
  // @ts-expect-error an argument is missing
  void p.run(power, [1]);
  // @ts-expect-error numbers for a function of texts
  p.map((text: string) => text.length, [1]);
  // @ts-expect-error two arguments without star
  p.map(power, [1, 2]);
}
