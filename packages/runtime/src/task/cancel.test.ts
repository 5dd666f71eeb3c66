import { expect, test } from "vitest";
import type { Exit } from "../contracts/exit.ts";
import type { Steps } from "../contracts/operation.ts";
import { isSkeinError } from "../errors.ts";
import { Latch } from "../sync/latch.ts";
import { type VirtualPlatform, VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import type { TaskContext } from "./context.ts";
import { type Runtime, createRuntime } from "./runtime.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import type { Task } from "./types.ts";

interface World {
  readonly clock: VirtualClock;
  readonly platform: VirtualPlatform;
  readonly runtime: Runtime;
}

function world(): World {
  const clock = new VirtualClock();
  const platform = virtualPlatform({ clock });
  return { clock, platform, runtime: createRuntime({ platform }) };
}

/** How `task` ended, once it has. */
function exitOf(task: Task<unknown>): () => Exit<unknown> | undefined {
  let exit: Exit<unknown> | undefined;
  void task.exit().then((given) => (exit = given));
  return () => exit;
}

const codeOf = (error: unknown): string => (isSkeinError(error) ? error.code : String(error));

test("a cancel reaches a task that waits with its own signal once, and its finally may wait", async () => {
  const { clock, runtime } = world();
  const latch = new Latch();
  const log: string[] = [];
  const receiver = function* (task: TaskContext<string>) {
    try {
      yield* task.receive({ signal: task.signal });
    } finally {
      yield* sleep(100);
      log.push(`receiver at ${clock.now()}`);
    }
  };
  const waiter = function* (task: TaskContext) {
    try {
      yield* latch.wait({ signal: task.signal });
    } finally {
      yield* sleep(50);
      log.push(`waiter at ${clock.now()}`);
    }
  };
  const tasks = [spawn(receiver, [], { runtime }), spawn(waiter, [], { runtime })];
  const exits = tasks.map(exitOf);
  await clock.settle();
  for (const task of tasks) void task.cancel("stop");
  await clock.advance(1000);
  expect(log).toEqual(["waiter at 50", "receiver at 100"]);
  expect(exits.map((exit) => exit())).toEqual([
    { type: "cancelled", reason: "stop" },
    { type: "cancelled", reason: "stop" },
  ]);
});

test("what an abort listener does to the task that is being cancelled changes nothing of its clean-up", async () => {
  const { clock, runtime } = world();
  const latch = new Latch();
  const log: string[] = [];
  const acts: readonly ((task: Task<void>) => void)[] = [
    () => latch.set(),
    (task) => void task.cancel("again"),
    (task) => task.interrupt(new Error("interrupted")),
    (task) => task.wake("woken"),
  ];
  for (const act of acts) {
    const task: Task<void> = spawn(
      function* (own: TaskContext) {
        own.signal.addEventListener("abort", () => act(task));
        try {
          yield* latch.wait();
        } finally {
          try {
            yield* sleep(10);
            log.push("cleaned");
          } catch (error) {
            log.push(codeOf(error));
          }
        }
      },
      [],
      { runtime },
    );
    const exit = exitOf(task);
    await clock.settle();
    void task.cancel("first");
    latch.clear();
    await clock.advance(100);
    expect(exit()).toEqual({ type: "cancelled", reason: "first" });
  }
  expect(log).toEqual(["cleaned", "cleaned", "cleaned", "cleaned"]);
});

test("close({ cancel: true }) lets a task that waits with its own signal clean up", async () => {
  const { clock, runtime } = world();
  let cleaned = false;
  spawn(
    function* (task: TaskContext<string>) {
      try {
        yield* task.receive({ signal: task.signal });
      } finally {
        yield* sleep(10);
        cleaned = true;
      }
    },
    [],
    { runtime },
  );
  await clock.settle();
  let closed = false;
  void runtime.close({ cancel: true }).then(() => (closed = true));
  await clock.advance(100);
  expect({ cleaned, closed }).toEqual({ cleaned: true, closed: true });
});

test("an interrupt that was pending when the cancel came does not hit the clean-up", async () => {
  const { clock, runtime } = world();
  let cleaned = false;
  const task = spawn(
    function* (own: TaskContext<string>) {
      try {
        yield* own.pause();
        yield* own.receive();
      } finally {
        yield* sleep(10);
        cleaned = true;
      }
    },
    [],
    { runtime },
  );
  const exit = exitOf(task);
  spawn(
    () => {
      task.interrupt(new Error("interrupted"));
      void task.cancel("stop");
    },
    [],
    { runtime },
  );
  await clock.advance(100);
  expect(cleaned).toBe(true);
  expect(exit()).toEqual({ type: "cancelled", reason: "stop" });
});

test("new code that a task had not been given when it was cancelled never starts", async () => {
  const { clock, runtime } = world();
  const log: string[] = [];
  const task = spawn(
    function* (own: TaskContext<string>) {
      try {
        yield* sleep(100_000);
      } finally {
        yield* own.receive({ timeoutMs: 10, else: "none" });
        log.push("cleaned");
      }
    },
    [],
    { runtime },
  );
  const exit = exitOf(task);
  await clock.settle();
  task
    .upgrade(function* () {
      log.push("new code");
      yield* sleep(50_000);
    })
    .then(
      () => log.push("upgraded"),
      (error) => log.push(codeOf(error)),
    );
  await clock.settle();
  void task.cancel("stop");
  await clock.advance(100);
  expect(log).toEqual(["TASK_UNKNOWN", "cleaned"]);
  expect(exit()).toEqual({ type: "cancelled", reason: "stop" });
});

test("a task that is cancelled when it has just been told of new code ends cancelled", async () => {
  const { clock, runtime } = world();
  const task = spawn(
    function* (own: TaskContext<string>) {
      yield* own.receive();
    },
    [],
    { runtime },
  );
  const exit = exitOf(task);
  await clock.settle();
  let refused = "";
  task
    .upgrade(function* () {
      yield* sleep(50_000);
    })
    .then(undefined, (error) => (refused = codeOf(error)));
  void task.cancel("stop");
  await clock.advance(100);
  expect([refused, exit()]).toEqual(["TASK_UNKNOWN", { type: "cancelled", reason: "stop" }]);
});

test("a task that refused new code at its old end takes other new code later", async () => {
  const { clock, runtime } = world();
  const task = spawn(
    function* (own: TaskContext<string>) {
      try {
        yield* own.receive();
      } catch (error) {
        own.upgradable = false;
        throw error;
      }
    },
    [],
    { runtime },
  );
  await clock.settle();
  const waits = function* (own: TaskContext<string>) {
    yield* own.receive();
  };
  await task.upgrade(waits);
  await clock.settle();
  let upgraded = false;
  void task.upgrade(waits).then(() => (upgraded = true));
  await clock.advance(10);
  expect(upgraded).toBe(true);
  void task.cancel();
  await clock.advance(10);
});

function* nest(task: TaskContext<string>, depth: number, cleanMs: number): Steps<void> {
  if (depth > 0) task.spawn(nest, [depth - 1, cleanMs]);
  try {
    yield* task.receive();
  } finally {
    yield* sleep(cleanMs);
  }
}

test("the grace is a bound for a task with all its children", async () => {
  const { clock, runtime } = world();
  const ends: number[] = [];
  for (const graceMs of [50, undefined]) {
    const task = spawn(nest, [4, 1e9], { runtime });
    await clock.settle();
    const startMs = clock.now();
    void task.cancel("stop", graceMs === undefined ? {} : { graceMs });
    void task.exit().then(() => ends.push(clock.now() - startMs));
    await clock.advance(100_000);
  }
  expect(ends[0]).toBeGreaterThanOrEqual(50);
  expect(ends[0]).toBeLessThan(60);
  expect(ends[1]).toBeGreaterThanOrEqual(5000);
  expect(ends[1]).toBeLessThan(5010);
});

test("children have the grace that their parent was given, also when it is longer than usual", async () => {
  const { clock, runtime } = world();
  let cleaned = false;
  const task = spawn(
    function* (own: TaskContext<string>) {
      own.spawn(function* (child: TaskContext<string>) {
        try {
          yield* child.receive();
        } finally {
          yield* sleep(20_000);
          cleaned = true;
        }
      });
      yield* own.receive();
    },
    [],
    { runtime },
  );
  await clock.settle();
  void task.cancel("stop", { graceMs: 60_000 });
  await clock.advance(30_000);
  expect([cleaned, task.state]).toEqual([true, "ended"]);
});

test("a second cancel with a shorter grace hurries the children too", async () => {
  const { clock, runtime } = world();
  const task = spawn(
    function* (own: TaskContext<string>) {
      own.spawn(nest, [2, 1e9]);
      yield* own.receive();
    },
    [],
    { runtime },
  );
  await clock.settle();
  void task.cancel("stop", { graceMs: 60_000 });
  await clock.advance(100);
  void task.cancel("now", { graceMs: 10 });
  await clock.advance(20);
  expect(task.state).toBe("ended");
});

test("a child that computes sees at a checkpoint that a parent of its was cancelled, and clean-up work does not", async () => {
  for (const asynchronous of [false, true]) {
    const { clock, runtime } = world();
    const log: string[] = [];
    function compute(own: TaskContext): void {
      // As a server does it: the cancel is found while nobody else has a turn.
      runtime.engine.poll = () => void parent.cancel("stop");
      try {
        own.checkpoint();
      } finally {
        runtime.engine.poll = undefined;
      }
      log.push("computed");
    }
    function tidy(own: TaskContext): void {
      own.checkpoint();
      log.push("tidied");
    }
    const parent: Task<unknown> = asynchronous
      ? spawn(
          async (own: TaskContext) => {
            try {
              own.spawn(function* middle(between: TaskContext) {
                yield* sleep(1);
                between.spawn(compute);
                yield* between.suspend();
              });
              await own.suspend();
            } finally {
              await own.spawn(tidy);
            }
          },
          [],
          { runtime },
        )
      : spawn(
          function* (own: TaskContext) {
            try {
              own.spawn(function* middle(between: TaskContext) {
                yield* sleep(1);
                between.spawn(compute);
                yield* between.suspend();
              });
              yield* own.suspend();
            } finally {
              yield* own.spawn(tidy);
            }
          },
          [],
          { runtime },
        );
    const exit = exitOf(parent);
    await clock.advance(100);
    expect(log).toEqual(["tidied"]);
    expect(exit()).toEqual({ type: "cancelled", reason: "stop" });
  }
});

test("a cancel is not lost when a helper's finally waits", async () => {
  const { clock, runtime } = world();
  const log: string[] = [];
  function* helper(task: TaskContext<string>): Steps<void> {
    try {
      yield* task.receive();
    } finally {
      yield* sleep(1);
      log.push("helper cleaned");
    }
  }
  const task = spawn(
    function* (own: TaskContext<string>) {
      try {
        yield* helper(own);
        log.push("went on");
      } finally {
        yield* sleep(1);
        log.push("task cleaned");
      }
    },
    [],
    { runtime },
  );
  await clock.settle();
  void task.cancel("stop");
  await clock.advance(100);
  expect([log, task.state]).toEqual([["helper cleaned", "task cleaned"], "ended"]);
});
