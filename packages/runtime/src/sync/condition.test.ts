import { expect, test } from "vitest";
import type { SkeinError } from "../errors.ts";
import { all, race } from "../task/combine.ts";
import { deadline } from "../task/deadline.ts";
import type { TaskContext } from "../task/context.ts";
import { replaceDefaultEngine } from "../task/default-engine.ts";
import { op } from "../task/op.ts";
import { createRuntime, type Runtime } from "../task/runtime.ts";
import { sleep } from "../task/sleep.ts";
import { spawn } from "../task/spawn.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { Condition } from "./condition.ts";
import { Mutex } from "./mutex.ts";

function setUp(options?: ConstructorParameters<typeof Mutex>[0]) {
  const clock = new VirtualClock();
  const runtime: Runtime = createRuntime({ platform: virtualPlatform({ clock }) });
  replaceDefaultEngine(runtime.engine);
  const mutex = new Mutex(options);
  return { clock, runtime, mutex, condition: new Condition(mutex), log: [] as string[] };
}
/** From `atMs` on holds the mutex for 30 ms. */
function* other(_task: TaskContext, mutex: Mutex, log: string[], atMs = 5) {
  yield* sleep(atMs);
  using _lock = yield* mutex.lock();
  log.push("other in");
  yield* sleep(30);
  log.push("other out");
}

test("waiting at a condition as a part of deadline, race or all is refused", async () => {
  const { clock, runtime, mutex, condition } = setUp();
  const task = spawn(
    function* () {
      using _lock = yield* mutex.lock();
      const codes: unknown[] = [];
      const tries = [
        () => deadline(10, condition.wait()),
        () => race([condition.wait(), sleep(10)]),
        () => all([condition.wait()]),
        () =>
          deadline(
            10,
            op(() => condition.wait()[Symbol.iterator]() as Generator<never, void>),
          ),
      ];
      for (const make of tries) {
        try {
          yield* make();
        } catch (error) {
          codes.push((error as { code?: string }).code);
        }
        codes.push(mutex.locked);
      }
      return codes;
    },
    [],
    { runtime },
  );
  await clock.advance(100);
  expect(await task).toEqual(Array.from({ length: 4 }, () => ["OPTION_INVALID", true]).flat());
  expect(mutex.locked).toBe(false);
});

test("an operation that locks and waits at the condition may be given up", async () => {
  const { clock, runtime, mutex, condition, log } = setUp();
  const task = spawn(
    function* () {
      const locking = op(function* () {
        using _lock = yield* mutex.lock();
        try {
          yield* condition.wait();
        } finally {
          log.push("given up with the mutex");
        }
      });
      yield* race([locking, sleep(10)]);
      log.push("raced");
    },
    [],
    { runtime },
  );
  const holder = spawn(other, [mutex, log], { runtime });
  await clock.advance(100);
  await all([task, holder]);
  expect(log).toEqual(["other in", "raced", "other out", "given up with the mutex"]);
  expect(mutex.locked).toBe(false);
});

test("an interrupt while the condition takes its mutex back is felt with the mutex in hand", async () => {
  const { clock, runtime, mutex, condition, log } = setUp();
  const task = spawn(
    function* () {
      using _lock = yield* mutex.lock();
      try {
        yield* condition.wait({ timeoutMs: 10 });
      } catch (error) {
        log.push(`mine: ${(error as Error).message}`);
      }
    },
    [],
    { runtime },
  );
  const holder = spawn(other, [mutex, log], { runtime });
  await clock.advance(20);
  task.interrupt(new Error("first"));
  await clock.advance(5);
  task.interrupt(new Error("second"));
  await clock.advance(100);
  await all([task, holder]);
  expect(log).toEqual(["other in", "other out", "mine: second"]);
  expect(mutex.locked).toBe(false);
});

test("a cancel while the condition takes its mutex back is felt with the mutex in hand", async () => {
  const { clock, runtime, mutex, condition, log } = setUp();
  const task = spawn(
    function* () {
      using _lock = yield* mutex.lock();
      try {
        yield* condition.wait();
      } finally {
        log.push("mine");
      }
    },
    [],
    { runtime },
  );
  const holder = spawn(other, [mutex, log], { runtime });
  await clock.advance(10);
  condition.notify();
  await clock.advance(5);
  const cancelled = task.cancel();
  await clock.advance(100);
  await all([cancelled, holder]);
  expect(log).toEqual(["other in", "other out", "mine"]);
  expect(mutex.locked).toBe(false);
});

test("async code without an owner lets go of nobody else's lock", async () => {
  const { clock, runtime, mutex, condition } = setUp();
  const mine = mutex.tryLock();
  const waiting = Promise.resolve(condition.wait({ timeoutMs: 10 })).catch((error: SkeinError) => error.code);
  await clock.settle();
  const next = mutex.tryLock();
  mine?.[Symbol.dispose]();
  expect(mutex.locked).toBe(true);
  next?.[Symbol.dispose]();
  await clock.advance(10);
  expect([await waiting, mutex.locked]).toEqual(["TIMEOUT", false]);
  const holder = spawn(other, [mutex, []], { runtime });
  await clock.advance(10);
  const refused = Promise.resolve(condition.wait()).catch((error: SkeinError) => error.code);
  await clock.settle();
  expect([await refused, mutex.locked]).toEqual(["OPTION_INVALID", true]);
  await clock.advance(100);
  await holder;
});

test("locks on top that are disposed of while the condition waits leave the mutex free at the end", async () => {
  const { clock, runtime, mutex, condition } = setUp({ reentrant: true });
  const owner = {};
  const task = spawn(
    function* () {
      const outer = yield* mutex.lock({ owner });
      const inner = yield* mutex.lock({ owner });
      const helper = spawn(function* () {
        yield* sleep(5);
        inner[Symbol.dispose]();
        condition.notify();
      });
      yield* condition.wait({ owner });
      const lockedInside = mutex.locked;
      outer[Symbol.dispose]();
      yield* helper;
      return [lockedInside, mutex.locked];
    },
    [],
    { runtime },
  );
  await clock.advance(100);
  expect(await task).toEqual([true, false]);
});
