/** Semaphores, latches, barriers and conditions under random schedules, timeouts and cancels. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Choices, checkSchedules, choices, inRuntime, maybeWait } from "../../test/schedules.ts";
import type { Steps } from "../contracts/operation.ts";
import { isSkeinError } from "../errors.ts";
import type { TaskContext } from "../task/context.ts";
import type { Runtime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import type { Task } from "../task/types.ts";
import { Barrier } from "./barrier.ts";
import { Condition } from "./condition.ts";
import { Latch } from "./latch.ts";
import { Mutex } from "./mutex.ts";
import { Semaphore } from "./semaphore.ts";

const maybeLimited = (choose: Choices): { readonly timeoutMs?: number } =>
  choose.pick(3) === 0 ? { timeoutMs: choose.pick(5) } : {};

/** A timeout is part of the game; anything else is not. */
function passTimeout(error: unknown): void {
  if (!isSkeinError(error, "TIMEOUT")) throw error;
}

/** Cancels some of `tasks`, at any time. */
function disturb(runtime: Runtime, choose: Choices, tasks: readonly Task<unknown>[]): void {
  spawn(
    function* (task: TaskContext) {
      for (const one of tasks) {
        yield* maybeWait(task, choose);
        if (choose.pick(4) === 0) void one.cancel();
        else if (choose.pick(6) === 0) one.wake();
      }
    },
    [],
    { runtime },
  );
}

test("a semaphore never lets in more than its permits, serves in order, and has all of them at the end", async () => {
  interface Log {
    inside: number;
    readonly asked: number[];
    readonly got: number[];
  }
  function* worker(task: TaskContext, choose: Choices, slots: Semaphore, log: Log, most: number, n: number) {
    yield* maybeWait(task, choose);
    try {
      log.asked.push(n);
      using _slot = yield* slots.acquire(maybeLimited(choose));
      log.got.push(n);
      log.inside += 1;
      expect(log.inside).toBeLessThanOrEqual(most);
      try {
        yield* maybeWait(task, choose);
      } finally {
        log.inside -= 1;
      }
    } catch (error) {
      passTimeout(error);
    }
  }
  await checkSchedules(
    fc.asyncProperty(
      choices,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 2, max: 10 }),
      async (choose, most, count) => {
        const slots = new Semaphore(most);
        const log: Log = { inside: 0, asked: [], got: [] };
        await inRuntime((runtime) => {
          const workers = Array.from({ length: count }, (_, n) =>
            spawn(worker, [choose, slots, log, most, n], { runtime }),
          );
          disturb(runtime, choose, workers);
        });
        expect([slots.permits, slots.waiting, log.inside]).toEqual([most, 0, 0]);
        // With more permits two may go on in another order than they got them.
        if (most === 1) expect(log.got).toEqual(log.asked.filter((n) => log.got.includes(n)));
      },
    ),
  );
});

test("who waits at a latch goes on when it is set, and never otherwise", async () => {
  function* waiter(task: TaskContext, choose: Choices, latch: Latch, sets: { count: number }): Steps<void> {
    for (let round = 0; round < 3; round += 1) {
      yield* maybeWait(task, choose);
      const before = sets.count;
      const open = latch.isSet;
      try {
        yield* latch.wait(maybeLimited(choose));
        expect(open || sets.count > before).toBe(true);
      } catch (error) {
        passTimeout(error);
      }
    }
  }
  function* setter(task: TaskContext, choose: Choices, latch: Latch, sets: { count: number }): Steps<void> {
    for (let round = 0; round < 6; round += 1) {
      yield* maybeWait(task, choose);
      if (choose.pick(2) === 0) {
        sets.count += 1;
        latch.set();
      } else latch.clear();
    }
    sets.count += 1;
    latch.set();
  }
  await checkSchedules(
    fc.asyncProperty(choices, fc.integer({ min: 1, max: 8 }), async (choose, count) => {
      const latch = new Latch();
      const sets = { count: 0 };
      await inRuntime((runtime) => {
        const waiters = Array.from({ length: count }, () => spawn(waiter, [choose, latch, sets], { runtime }));
        spawn(setter, [choose, latch, sets], { runtime });
        disturb(runtime, choose, waiters);
      });
      expect(latch.isSet).toBe(true);
    }),
  );
});

test("a barrier lets tasks go on in whole parties, and one that gave up is in none", async () => {
  interface Log {
    passed: number;
  }
  function* runner(task: TaskContext, choose: Choices, barrier: Barrier, log: Log): Steps<void> {
    for (let round = 0; round < 4; round += 1) {
      yield* maybeWait(task, choose);
      try {
        yield* barrier.wait({ timeoutMs: 1 + choose.pick(20) });
        log.passed += 1;
      } catch (error) {
        passTimeout(error);
      }
    }
  }
  await checkSchedules(
    fc.asyncProperty(
      choices,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 8 }),
      async (choose, parties, count) => {
        const barrier = new Barrier(parties);
        const log: Log = { passed: 0 };
        await inRuntime((runtime) => {
          for (let n = 0; n < count; n += 1) spawn(runner, [choose, barrier, log], { runtime });
        });
        expect(barrier.waiting).toBe(0);
        expect(log.passed % parties).toBe(0);
        if (parties === 1) expect(log.passed).toBe(count * 4);
        if (count < parties) expect(log.passed).toBe(0);
      },
    ),
  );
});

test("what producers put into a bounded store comes out once, whoever times out or is cancelled at its conditions", async () => {
  class Store {
    readonly mutex = new Mutex();
    readonly filled = new Condition(this.mutex);
    readonly emptied = new Condition(this.mutex);
    readonly items: number[] = [];
    readonly put: number[] = [];
    readonly taken: number[] = [];
    readonly limit: number;
    inside = 0;

    constructor(limit: number) {
      this.limit = limit;
    }
  }
  /** Only one at a time is between here and its lock's end, but for the waits. */
  function enter(store: Store): Disposable {
    store.inside += 1;
    expect(store.inside).toBe(1);
    return { [Symbol.dispose]: () => (store.inside -= 1) };
  }
  function* waitAt(store: Store, condition: Condition, choose: Choices): Steps<void> {
    store.inside -= 1;
    try {
      yield* condition.wait(maybeLimited(choose));
    } catch (error) {
      passTimeout(error);
    } finally {
      // With the mutex again, whatever ended the wait.
      store.inside += 1;
      expect(store.inside).toBe(1);
    }
  }
  function* producer(task: TaskContext, choose: Choices, store: Store, from: number, count: number): Steps<void> {
    for (let n = 0; n < count; n += 1) {
      yield* maybeWait(task, choose);
      using _lock = yield* store.mutex.lock();
      using _inside = enter(store);
      while (store.items.length >= store.limit) yield* waitAt(store, store.emptied, choose);
      store.items.push(from * 100 + n);
      store.put.push(from * 100 + n);
      store.filled.notifyAll();
    }
  }
  function* consumer(task: TaskContext, choose: Choices, store: Store): Steps<void> {
    for (;;) {
      yield* maybeWait(task, choose);
      using _lock = yield* store.mutex.lock();
      using _inside = enter(store);
      while (store.items.length === 0) yield* waitAt(store, store.filled, choose);
      expect(store.items.length).toBeLessThanOrEqual(store.limit);
      const item = store.items.shift();
      if (item !== undefined) store.taken.push(item);
      store.emptied.notifyAll();
    }
  }
  await checkSchedules(
    fc.asyncProperty(
      choices,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      async (choose, limit, producers, consumers) => {
        const store = new Store(limit);
        await inRuntime((runtime) => {
          const made = Array.from({ length: producers }, (_, from) =>
            spawn(producer, [choose, store, from, 5], { runtime }),
          );
          const eaters = Array.from({ length: consumers }, () => spawn(consumer, [choose, store], { runtime }));
          disturb(runtime, choose, made);
          spawn(
            function* (task: TaskContext) {
              for (const one of made) yield* one.exit();
              yield* task.sleep(1000);
              for (const one of eaters) yield* one.cancel();
            },
            [],
            { runtime },
          );
        });
        expect([store.mutex.locked, store.mutex.waiting, store.inside]).toEqual([false, 0, 0]);
        expect(store.items).toEqual([]);
        expect(store.taken).toEqual(store.put);
      },
    ),
  );
});
