import { expect, test } from "vitest";
import type { Exit } from "../contracts/exit.ts";
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
