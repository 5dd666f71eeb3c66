import { expect, test } from "vitest";
import { virtualPlatform } from "../testing/virtual-platform.ts";
import type { TaskContext } from "./context.ts";
import { createRuntime } from "./runtime.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";

function* waiting(task: TaskContext<number>) {
  yield* task.receive();
}
function* parent(task: TaskContext) {
  const child = task.spawn(waiting);
  yield* sleep(1000);
  child.send(1);
}

test("the tree of tasks says what each waits for", async () => {
  const platform = virtualPlatform();
  const runtime = createRuntime({ platform });
  spawn(parent, [], { runtime });
  spawn(async (task: TaskContext) => await task.suspend(), [], { runtime, name: "async", background: true });
  await platform.clock.settle();
  expect(runtime.dump()).toBe(
    ["parent waiting: sleep 1000 ms", "  waiting waiting: receive", "async waiting: suspend, background"].join("\n"),
  );
  const [first, second] = runtime.tasks();
  expect(second?.parent).toBe(first?.id);
});

test("with trace a task says who spawned it, and how often it ran", async () => {
  const platform = virtualPlatform();
  const runtime = createRuntime({ platform, trace: true });
  spawn(parent, [], { runtime });
  await platform.clock.settle();
  const [info] = runtime.tasks();
  expect(info?.spawnedBy).toContain("inspect.test");
  expect(info?.switches).toBe(1);
});

test("tasks that wait for what nothing can end are reported when the host has nothing left", async () => {
  const platform = virtualPlatform();
  const runtime = createRuntime({ platform });
  spawn(parent, [], { runtime });
  await platform.clock.settle();
  platform.drain();
  // The sleep will end by itself: the process stays for it.
  expect([platform.keptAlive(), platform.stuck]).toEqual([true, []]);
  const stuck = spawn(waiting, [], { runtime, name: "forgotten" });
  await platform.clock.advance(1000);
  platform.drain();
  expect(platform.keptAlive()).toBe(false);
  expect(platform.stuck).toEqual(["1 task waits for what nothing can end any more:\nforgotten waiting: receive"]);
  void stuck.cancel();
});

test("background tasks do not keep the process alive, nor are they stuck", async () => {
  const platform = virtualPlatform();
  const runtime = createRuntime({ platform });
  const task = spawn(
    function* () {
      yield* sleep(1000);
    },
    [],
    { runtime, background: true },
  );
  await platform.clock.settle();
  platform.drain();
  expect([platform.keptAlive(), platform.stuck]).toEqual([false, []]);
  void task.cancel();
});

test("while a task waits, a background task's sleep keeps the process: what comes after may end the wait", async () => {
  const platform = virtualPlatform();
  const runtime = createRuntime({ platform });
  const client = spawn(waiting, [], { runtime });
  spawn(
    function* () {
      yield* sleep(1000);
    },
    [],
    { runtime, background: true },
  );
  await platform.clock.settle();
  platform.drain();
  expect([platform.keptAlive(), platform.stuck]).toEqual([true, []]);
  await platform.clock.advance(1000);
  platform.drain();
  expect([platform.keptAlive(), platform.stuck.length]).toEqual([false, 1]);
  void client.cancel();
});

test("a turn gives way to the host within its budget while many tasks are ready", async () => {
  const platform = virtualPlatform();
  let nowMs = 0;
  // Each look at the clock is a millisecond later, as if 32 steps took that long.
  const runtime = createRuntime({ platform, clock: { now: () => (nowMs += 1) } });
  for (let n = 0; n < 1000; n += 1) {
    spawn(
      function* (task: TaskContext) {
        for (let round = 0; round < 10; round += 1) yield* task.pause();
      },
      [],
      { runtime },
    );
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
  // One turn's worth has run; the rest waits for the host.
  expect(runtime.engine.queued).toBeGreaterThan(500);
  await platform.clock.settle();
  expect(runtime.dump()).toBe("");
});

test("what was left for the exit is done once when the process ends by itself, highest priority first", async () => {
  const platform = virtualPlatform();
  const runtime = createRuntime({ platform });
  const done: string[] = [];
  runtime.atExit(() => done.push("low"));
  runtime.atExit(
    function* () {
      yield* sleep(1);
      done.push("high");
    },
    { priority: 1 },
  );
  using _dropped = runtime.atExit(() => done.push("dropped"));
  _dropped[Symbol.dispose]();
  const task = spawn(waiting, [], { runtime });
  await platform.clock.settle();
  platform.drain();
  expect(done).toEqual([]);
  task.send(1);
  await platform.clock.settle();
  platform.drain();
  await platform.clock.advance(1);
  platform.drain();
  await platform.clock.settle();
  expect(done).toEqual(["high", "low"]);
});

test("closing waits for background tasks to clean up, and calls every exit function though one fails", async () => {
  const platform = virtualPlatform();
  const runtime = createRuntime({ platform });
  const done: string[] = [];
  runtime.atExit(() => {
    throw new Error("broken");
  });
  runtime.atExit(() => done.push("exit"));
  spawn(
    function* (task: TaskContext) {
      try {
        yield* task.receive();
      } finally {
        yield* sleep(5);
        done.push("cleaned");
      }
    },
    [],
    { runtime, background: true },
  );
  await platform.clock.settle();
  const closed = Promise.resolve(runtime.close()).then(
    () => "closed",
    (error: Error) => error.message,
  );
  await platform.clock.advance(10);
  expect([await closed, ...done]).toEqual(["broken", "cleaned", "exit"]);
});

test("with trace a failure says who spawned each task that it passed", async () => {
  const platform = virtualPlatform();
  const runtime = createRuntime({ platform, trace: true });
  const outer = spawn(
    function* outer(own: TaskContext) {
      return yield* own.spawn(async function inner(task: TaskContext) {
        await task.sleep(5);
        throw new Error("broken");
      });
    },
    [],
    { runtime },
  );
  const exit = outer.exit();
  await platform.clock.advance(5);
  const ended = await exit;
  const stack = ended.type === "failed" ? (ended.error.stack ?? "") : "";
  const notes = [...stack.matchAll(/in task (\w+), spawned\n\s+(?:at )?(.*)/g)];
  expect(notes.map(([, name]) => name)).toEqual(["inner", "outer"]);
  for (const [, , line] of notes) expect(line).toContain("inspect.test");
});

test("with trace an async task says since when it waits and how often it went on", async () => {
  const platform = virtualPlatform();
  const runtime = createRuntime({ platform, trace: true });
  spawn(
    async (own: TaskContext) => {
      await own.sleep(10);
      await own.sleep(10);
      await own.sleep(1000);
    },
    [],
    { runtime },
  );
  await platform.clock.advance(30);
  expect(runtime.tasks()).toMatchObject([{ sinceMs: 20, switches: 3, waitsFor: "sleep 1000 ms" }]);
});

test("a runtime can be given a logger and traces while it runs", async () => {
  const platform = virtualPlatform();
  const runtime = createRuntime({ platform });
  const events: unknown[] = [];
  const note = (event: string, fields: unknown) => void events.push([event, fields]);
  runtime.logger = { debug: note, info: note, warn: note, error: note };
  runtime.trace = true;
  spawn(
    function* logs(own: TaskContext) {
      own.log.info("said.so", { n: 1 });
      yield* own.sleep(1);
    },
    [],
    { runtime },
  );
  await platform.clock.settle();
  expect(events).toEqual([["said.so", expect.objectContaining({ n: 1 })]]);
  expect(runtime.tasks()[0]?.spawnedBy).toContain("inspect.test");
});
