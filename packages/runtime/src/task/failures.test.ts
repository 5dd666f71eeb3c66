import { expect, test } from "vitest";
import type { Exit } from "../contracts/exit.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import type { Steps } from "../contracts/operation.ts";
import { all, race } from "./combine.ts";
import type { TaskContext } from "./context.ts";
import { op } from "./op.ts";
import { createRuntime } from "./runtime.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import type { Task } from "./types.ts";

function world() {
  const clock = new VirtualClock();
  const platform = virtualPlatform({ clock });
  return { clock, platform, runtime: createRuntime({ platform }) };
}

function fail(message: string): never {
  throw new Error(message);
}

function exitOf(task: Task<unknown>): () => Exit<unknown> | undefined {
  let exit: Exit<unknown> | undefined;
  void task.exit().then((given) => (exit = given));
  return () => exit;
}

function* cleansFor(task: TaskContext<string>, ms: number) {
  try {
    yield* task.receive();
  } finally {
    yield* sleep(ms);
  }
}

test("a task that failed and waits for its children stays failed when it is cancelled then", async () => {
  const { clock, runtime } = world();
  const task = spawn(
    function* (own: TaskContext) {
      own.spawn(cleansFor, [1000]);
      yield* sleep(1);
      throw new Error("real");
    },
    [],
    { runtime },
  );
  const exit = exitOf(task);
  await clock.advance(10);
  expect(task.state).toBe("ending");
  void task.cancel("late");
  await clock.advance(10_000);
  expect(exit()).toEqual({ type: "failed", error: new Error("real") });
});

test("a child that fails while its parent is cancelled makes the parent's end a failure", async () => {
  const { clock, platform, runtime } = world();
  const task = spawn(
    function* (own: TaskContext<string>) {
      own.spawn(function* (child: TaskContext<string>) {
        try {
          yield* child.receive();
        } finally {
          fail("boom");
        }
      });
      own.spawn(cleansFor, [50]);
      yield* own.receive();
    },
    [],
    { runtime },
  );
  const exit = exitOf(task);
  await clock.settle();
  void task.cancel("stop");
  await clock.advance(5000);
  expect(exit()).toEqual({ type: "failed", error: new Error("boom") });
  expect(platform.unhandled).toEqual([]);
});

test("of two children that fail in one turn the first ends their parent, and the second is no failure of the program", async () => {
  const { clock, platform, runtime } = world();
  function* failsAfter(task: TaskContext, ms: number): Steps<never> {
    yield* task.sleep(ms);
    return fail(`after ${ms} ms`);
  }
  const task = spawn(
    function* (own: TaskContext): Steps<string> {
      const both = own.spawn(function* (scope: TaskContext): Steps<never[]> {
        return yield* all([scope.spawn(failsAfter, [1]), scope.spawn(failsAfter, [1])]);
      });
      try {
        yield* both;
      } catch (error) {
        return String(error);
      }
      return "nothing";
    },
    [],
    { runtime },
  );
  const exit = exitOf(task);
  await clock.advance(10);
  expect(exit()).toEqual({ type: "returned", value: "Error: after 1 ms" });
  expect(platform.unhandled).toEqual([]);
});

test("a failure in the clean-up of an operation that is given up goes up to the task that waited", async () => {
  const { clock, platform, runtime } = world();
  const task = spawn(
    function* () {
      const failing = op(function* () {
        try {
          yield* sleep(1000);
        } finally {
          fail("clean-up failed");
        }
      });
      yield* race([failing, sleep(10)]);
      yield* sleep(1000);
    },
    [],
    { runtime },
  );
  const exit = exitOf(task);
  await clock.advance(100);
  expect(exit()).toEqual({ type: "cancelled", reason: new Error("clean-up failed") });
  expect(platform.unhandled).toEqual([]);
});

test("a monitor whose message can't be made is reported, and everybody else is told all the same", async () => {
  const { clock, platform, runtime } = world();
  const watcher = spawn(
    function* (own: TaskContext<string>) {
      return yield* own.receive();
    },
    [],
    { runtime },
  );
  const task = spawn(
    function* () {
      yield* sleep(10);
    },
    [],
    { runtime },
  );
  const slept = spawn(
    function* () {
      yield* sleep(10);
    },
    [],
    { runtime },
  );
  task.ref.monitor(watcher.ref, () => {
    throw new Error("no message");
  });
  task.ref.monitor(watcher.ref, () => "told");
  const exit = exitOf(task);
  await clock.advance(100);
  expect(exit()).toEqual({ type: "returned", value: undefined });
  expect(slept.state).toBe("ended");
  expect(await watcher).toBe("told");
  expect(platform.unhandled).toEqual([new Error("no message")]);
  // Of a task that has ended already.
  task.ref.monitor(watcher.ref, () => {
    throw new Error("too late");
  });
  expect(platform.unhandled).toEqual([new Error("no message"), new Error("too late")]);
});
