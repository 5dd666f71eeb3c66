import { expect, test } from "vitest";
import type { Operation } from "../contracts/operation.ts";
import { Mutex } from "../sync/mutex.ts";
import { Latch } from "../sync/latch.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { all, race } from "./combine.ts";
import { deadline } from "./deadline.ts";
import type { TaskContext } from "./context.ts";
import { op } from "./op.ts";
import { createRuntime } from "./runtime.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";

function world() {
  const clock = new VirtualClock();
  const platform = virtualPlatform({ clock });
  return { clock, platform, runtime: createRuntime({ platform }) };
}

test("a message that came to an operation in the turn in which it is given up stays in the mailbox", async () => {
  const { clock, runtime } = world();
  const latch = new Latch();
  const receivers: readonly ((task: TaskContext<string>) => Operation<unknown>)[] = [
    (task) =>
      op(function* () {
        return yield* task.receive();
      }),
    (task) =>
      op(function* () {
        return yield* task.receive({ timeoutMs: 50, else: "none" });
      }),
    (task) =>
      op(function* () {
        return yield* deadline(50, task.messages().next());
      }),
    (task) =>
      op(function* () {
        return yield* race([task.receive(), sleep(50)]);
      }),
  ];
  for (const receiver of receivers) {
    latch.clear();
    const task = spawn(
      function* (own: TaskContext<string>) {
        yield* race([receiver(own), latch.wait()]);
        return [own.tryReceive(), own.tryReceive()];
      },
      [],
      { runtime },
    );
    await clock.settle();
    spawn(
      () => {
        task.send("first");
        latch.set();
        task.send("second");
      },
      [],
      { runtime },
    );
    await clock.advance(1);
    expect(task.state).toBe("ended");
    expect(await task).toEqual(["first", "second"]);
  }
});

test("a timeout's own value does not become a message when the operation is given up", async () => {
  const { clock, runtime } = world();
  const task = spawn(
    function* (own: TaskContext<string>) {
      const late = op(function* () {
        return yield* own.receive({ timeoutMs: 10, else: "none" });
      });
      yield* race([late, sleep(10)]);
      return own.tryReceive();
    },
    [],
    { runtime },
  );
  await clock.advance(20);
  expect(await task).toBe(undefined);
});

test("a wake that came to an operation that is given up is kept for the next suspend", async () => {
  const { clock, runtime } = world();
  const latch = new Latch();
  const task = spawn(
    function* (own: TaskContext) {
      const waiting = op(function* () {
        return yield* own.suspend();
      });
      yield* race([waiting, latch.wait()]);
      return yield* own.suspend({ timeoutMs: 10, else: "lost" });
    },
    [],
    { runtime },
  );
  await clock.settle();
  task.wake("kept");
  latch.set();
  await clock.advance(20);
  expect(await task).toBe("kept");
});

test("a lock that came to an operation in the turn in which it is given up is let go of", async () => {
  const { clock, runtime } = world();
  const lockers: readonly ((mutex: Mutex) => Operation<Disposable>)[] = [
    (mutex) =>
      op(function* () {
        return yield* mutex.lock();
      }),
    (mutex) =>
      op(function* () {
        return yield* deadline(50, mutex.lock());
      }),
    (mutex) =>
      op(function* () {
        return yield* op(function* () {
          return yield* mutex.lock();
        });
      }),
    (mutex) =>
      op(function* () {
        return yield* race([
          op(function* () {
            return yield* mutex.lock();
          }),
        ]);
      }),
    (mutex) =>
      op(function* () {
        const [lock] = yield* all([mutex.lock()]);
        return lock;
      }),
  ];
  for (const locker of lockers) {
    for (const turnsBetween of [0, 1, 2, 3]) {
      const latch = new Latch();
      const mutex = new Mutex();
      const held = mutex.tryLock();
      const user = spawn(
        function* () {
          const lock = yield* race([locker(mutex), latch.wait()]);
          if (lock !== undefined) lock[Symbol.dispose]();
        },
        [],
        { runtime },
      );
      await clock.settle();
      spawn(
        function* (task: TaskContext) {
          held?.[Symbol.dispose]();
          for (let turn = 0; turn < turnsBetween; turn += 1) yield* task.pause();
          latch.set();
        },
        [],
        { runtime },
      );
      await clock.advance(1);
      expect([user.state, mutex.locked]).toEqual(["ended", false]);
    }
  }
});

test("an operation that gives itself up and then returns something disposable has it disposed of", async () => {
  const { clock, runtime } = world();
  const latch = new Latch();
  let disposed = 0;
  const task = spawn(
    function* () {
      const opening = op(function* () {
        yield* sleep(1);
        latch.set();
        return { [Symbol.dispose]: () => (disposed += 1) };
      });
      return yield* race([opening, latch.wait()]);
    },
    [],
    { runtime },
  );
  await clock.advance(10);
  expect(await task).toBe(undefined);
  expect(disposed).toBe(1);
});

test("all gives back what some of its operations gave when another fails or it is given up", async () => {
  const { clock, runtime } = world();
  const first = new Mutex();
  const second = new Mutex();
  const task = spawn(
    function* () {
      const failing = op(function* () {
        yield* sleep(1);
        throw new Error("no");
      });
      try {
        yield* all([first.lock(), failing]);
      } catch {
        // Expected.
      }
      yield* race([all([second.lock(), sleep(100)]), sleep(10)]);
    },
    [],
    { runtime },
  );
  await clock.advance(50);
  await task;
  expect([first.locked, second.locked]).toEqual([false, false]);
});
