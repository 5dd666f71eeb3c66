import fc from "fast-check";
import { expect, test } from "vitest";
import type { Steps } from "../contracts/operation.ts";
import type { TaskContext } from "../task/context.ts";
import { all, race } from "../task/combine.ts";
import { sleep } from "../task/sleep.ts";
import { spawn } from "../task/spawn.ts";
import { installPlatform } from "../platform.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { Barrier } from "./barrier.ts";
import { Condition } from "./condition.ts";
import { Latch } from "./latch.ts";
import { Mutex } from "./mutex.ts";
import { Semaphore } from "./semaphore.ts";
import { rounds } from "../../test/rounds.ts";

installPlatform(createHostPlatform());
const start = <R>(body: (task: TaskContext) => Steps<R>): ReturnType<typeof spawn<Steps<R>>> => spawn(body);

test("a mutex has one holder at a time, in the order of asking", async () => {
  const mutex = new Mutex();
  const order: string[] = [];
  const worker = (name: string) =>
    start(function* (task) {
      using _lock = yield* mutex.lock();
      order.push(`${name} in`);
      yield* task.sleep(1);
      order.push(`${name} out`);
    });
  await all([worker("a"), worker("b"), worker("c")]);
  expect(order).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
  expect(mutex.locked).toBe(false);
});

test("a holder that fails or is cancelled lets go", async () => {
  const mutex = new Mutex();
  const failing = start(function* () {
    using _lock = yield* mutex.lock();
    throw new Error("failed inside");
  });
  await expect(failing).rejects.toThrow("failed inside");
  const cancelled = start(function* (task) {
    using _lock = yield* mutex.lock();
    yield* task.suspend();
  });
  await start(function* (task) {
    yield* task.sleep(1);
  });
  expect(mutex.locked).toBe(true);
  await cancelled.cancel();
  expect(mutex.locked).toBe(false);
});

test("who waits for a mutex and times out or is cancelled leaves no trace", async () => {
  const mutex = new Mutex();
  const held = mutex.tryLock();
  await expect(start(() => mutex.lock({ timeoutMs: 1 })[Symbol.iterator]() as Steps<Disposable>)).rejects.toMatchObject(
    { code: "TIMEOUT" },
  );
  const waiting = start(function* () {
    using _lock = yield* mutex.lock();
  });
  await start(function* (task) {
    yield* task.pause();
  });
  expect(mutex.waiting).toBe(1);
  await waiting.cancel();
  expect(mutex.waiting).toBe(0);
  held?.[Symbol.dispose]();
  held?.[Symbol.dispose]();
  expect(mutex.locked).toBe(false);
});

test("a lock that loses a race is given back, also when it was granted at the same moment", async () => {
  const mutex = new Mutex();
  const latch = new Latch();
  const held = mutex.tryLock();
  await start(function* () {
    yield* race([sleep(1), mutex.lock()]);
  });
  expect(mutex.waiting).toBe(0);
  const loser = start(function* () {
    yield* race([latch.wait(), mutex.lock()]);
  });
  await start(function* (task) {
    yield* task.pause();
  });
  latch.set();
  held?.[Symbol.dispose]();
  await loser;
  expect([mutex.locked, mutex.waiting]).toEqual([false, 0]);
});

test("a reentrant mutex lets its holder in again, also through an operation; another waits until every lock is gone", async () => {
  const mutex = new Mutex({ reentrant: true });
  const order: string[] = [];
  const outer = start(function* (task) {
    using _one = yield* mutex.lock();
    {
      using _two = yield* mutex.lock();
      const [three] = yield* all([mutex.lock()]);
      order.push("thrice");
      yield* task.sleep(1);
      three[Symbol.dispose]();
    }
    order.push("still held");
    yield* task.sleep(1);
  });
  const other = start(function* () {
    using _lock = yield* mutex.lock();
    order.push("other");
  });
  await all([outer, other]);
  expect(order).toEqual(["thrice", "still held", "other"]);
});

test("a lock that its holder asks for again says so", async () => {
  const mutex = new Mutex();
  const holder = start(function* () {
    using _lock = yield* mutex.lock();
    using _again = yield* mutex.lock({ timeoutMs: 1 });
  });
  await expect(holder).rejects.toThrow("mutex.lock, held by itself (new Mutex({ reentrant: true }) lets the holder in");
});

test("async code locks with an owner of its own", async () => {
  const mutex = new Mutex({ reentrant: true });
  const owner = {};
  using _one = await mutex.lock({ owner });
  using _two = await mutex.lock({ owner });
  expect(mutex.tryLock({ owner: {} })).toBe(undefined);
});

test("a semaphore lets so many in, and serves who waits in order", async () => {
  const semaphore = new Semaphore(2);
  let inside = 0;
  let most = 0;
  const order: number[] = [];
  const workers = Array.from({ length: 6 }, (_, at) =>
    start(function* (task) {
      using _permit = yield* semaphore.acquire();
      order.push(at);
      inside += 1;
      most = Math.max(most, inside);
      yield* task.sleep(1);
      inside -= 1;
    }),
  );
  await all(workers);
  expect([most, order, semaphore.permits]).toEqual([2, [0, 1, 2, 3, 4, 5], 2]);
  expect(() => new Semaphore(-1)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
});

test("a semaphore counts what was produced: release adds permits", async () => {
  const items = new Semaphore(0);
  const consumer = start(function* () {
    yield* items.acquire();
    yield* items.acquire();
    return "two items";
  });
  items.release();
  items.release();
  expect(await consumer).toBe("two items");
  expect(items.tryAcquire()).toBe(undefined);
});

test("a producer and a consumer meet at a condition, and every item is taken once", async () => {
  const mutex = new Mutex();
  const filled = new Condition(mutex);
  const items: number[] = [];
  const taken: number[] = [];
  const consumers = Array.from({ length: 3 }, () =>
    start(function* () {
      for (let count = 0; count < 10; count += 1) {
        using _lock = yield* mutex.lock();
        while (items.length === 0) yield* filled.wait();
        taken.push(items.shift() ?? -1);
      }
    }),
  );
  const producer = start(function* (task) {
    for (let item = 0; item < 30; item += 1) {
      {
        using _lock = yield* mutex.lock();
        items.push(item);
        filled.notify();
      }
      if (item % 7 === 0) yield* task.sleep(1);
    }
  });
  await all([...consumers, producer]);
  expect(taken).toEqual(Array.from({ length: 30 }, (_, item) => item));
});

test("a condition has its mutex again after a timeout and after a cancel", async () => {
  const mutex = new Mutex();
  const condition = new Condition(mutex);
  const timedOut = start(function* () {
    using _lock = yield* mutex.lock();
    try {
      yield* condition.wait({ timeoutMs: 1 });
    } catch (error) {
      return [error, mutex.locked];
    }
    return [];
  });
  expect(await timedOut).toEqual([expect.objectContaining({ code: "TIMEOUT" }), true]);
  expect(mutex.locked).toBe(false);
  let lockedInFinally = false;
  const cancelled = start(function* () {
    using _lock = yield* mutex.lock();
    try {
      yield* condition.wait();
    } finally {
      lockedInFinally = mutex.locked;
    }
  });
  await start(function* (task) {
    yield* task.sleep(1);
  });
  await cancelled.cancel();
  expect([lockedInFinally, mutex.locked]).toEqual([true, false]);
});

test("waiting at a condition without its mutex is refused", async () => {
  const condition = new Condition(new Mutex());
  await expect(
    start(function* () {
      yield* condition.wait();
    }),
  ).rejects.toMatchObject({ code: "OPTION_INVALID" });
});

test("notifyAll wakes all that wait, one after another", async () => {
  const mutex = new Mutex();
  const condition = new Condition(mutex);
  let inside = 0;
  const waiters = Array.from({ length: 4 }, () =>
    start(function* (task) {
      using _lock = yield* mutex.lock();
      yield* condition.wait();
      inside += 1;
      expect(inside).toBe(1);
      yield* task.pause();
      inside -= 1;
    }),
  );
  await start(function* (task) {
    yield* task.sleep(1);
    using _lock = yield* mutex.lock();
    condition.notifyAll();
  });
  await all(waiters);
  expect(mutex.locked).toBe(false);
});

test("a latch holds back who waits until it is set, and again once it is cleared", async () => {
  const latch = new Latch();
  const waiter = start(function* () {
    yield* latch.wait();
    return latch.isSet;
  });
  await start(function* (task) {
    yield* task.pause();
  });
  latch.set();
  latch.clear();
  expect(await waiter).toBe(false);
  await expect(
    start(function* () {
      yield* latch.wait({ timeoutMs: 1 });
    }),
  ).rejects.toMatchObject({ code: "TIMEOUT" });
  latch.set();
  await latch.wait();
});

test("a barrier lets its parties go on together, round after round", async () => {
  const barrier = new Barrier(3);
  const rounds: number[] = [0, 0, 0];
  const runners = [0, 1, 2].map((at) =>
    start(function* (task) {
      for (let round = 1; round <= 3; round += 1) {
        for (let turn = 0; turn < at; turn += 1) yield* task.pause();
        yield* barrier.wait();
        rounds[at] = round;
        expect(Math.max(...rounds) - Math.min(...rounds)).toBeLessThanOrEqual(1);
      }
    }),
  );
  await all(runners);
  expect([rounds, barrier.waiting]).toEqual([[3, 3, 3], 0]);
});

test("one that gives up at a barrier has not come", async () => {
  const barrier = new Barrier(2);
  await expect(
    start(function* () {
      yield* barrier.wait({ timeoutMs: 1 });
    }),
  ).rejects.toMatchObject({ code: "TIMEOUT" });
  const alone = start(function* () {
    yield* barrier.wait();
  });
  await start(function* (task) {
    yield* task.sleep(1);
  });
  expect(barrier.waiting).toBe(1);
  await all([
    alone,
    start(function* () {
      yield* barrier.wait();
    }),
  ]);
});

test("under random cancels and timeouts a mutex is never held twice, never lost, and fair", async () => {
  const step = fc.record({
    pauses: fc.nat(3),
    holds: fc.nat(3),
    cancelAfter: fc.option(fc.nat(6)),
    timeout: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
      const mutex = new Mutex();
      let inside = 0;
      const asked: number[] = [];
      const got: number[] = [];
      const tasks = steps.map(({ pauses, holds, timeout }, at) =>
        start(function* (task) {
          for (let left = pauses; left > 0; left -= 1) yield* task.pause();
          asked.push(at);
          using _lock = yield* mutex.lock(timeout ? { timeoutMs: 1 } : {});
          got.push(at);
          inside += 1;
          try {
            if (inside > 1) throw new Error("held twice");
            for (let left = holds; left > 0; left -= 1) yield* task.pause();
          } finally {
            inside -= 1;
          }
        }),
      );
      const cancels = steps.map(({ cancelAfter }, at) =>
        start(function* (task) {
          if (cancelAfter === null) return;
          for (let left = cancelAfter; left > 0; left -= 1) yield* task.pause();
          yield* tasks[at]!.cancel();
        }),
      );
      const exits = await Promise.all(tasks.map((task) => task.exit()));
      await all(cancels);
      for (const exit of exits) {
        if (exit.type === "failed") expect(exit.error).toMatchObject({ code: "TIMEOUT" });
      }
      expect(got).toEqual(asked.filter((at) => got.includes(at)));
      expect([mutex.locked, mutex.waiting, inside]).toEqual([false, 0, 0]);
    }),
    { numRuns: rounds(200) },
  );
});
