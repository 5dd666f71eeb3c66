import { expect, test } from "vitest";
import { channel } from "../message/channel.ts";
import { Mutex } from "../sync/mutex.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { all, race } from "./combine.ts";
import { deadline } from "./deadline.ts";
import type { TaskContext } from "./context.ts";
import { replaceDefaultEngine } from "./default-engine.ts";
import { op } from "./op.ts";
import { createRuntime } from "./runtime.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { until } from "./until.ts";

function world() {
  const clock = new VirtualClock();
  const platform = virtualPlatform({ clock });
  return { clock, platform, runtime: createRuntime({ platform }) };
}

test("a task that waits for what is another runtime's is told so at that line, and may wait across by a promise", async () => {
  const { clock, runtime } = world();
  const other = createRuntime({ platform: virtualPlatform({ clock }) });
  let context: TaskContext<string> | undefined;
  spawn(
    function* (own: TaskContext<string>) {
      context = own;
      yield* own.suspend({ timeoutMs: 10, else: "over" });
    },
    [],
    { runtime: other },
  );
  await clock.settle();
  const long = spawn(
    function* () {
      yield* sleep(10);
      return "done";
    },
    [],
    { runtime: other },
  );
  const waits: Record<string, () => PromiseLike<unknown>> = {
    join: () => long,
    exit: () => long.exit(),
    receive: () => context?.receive() ?? long,
    "its sleep": () => context?.sleep(1) ?? long,
    "in a combination": () => race([sleep(1000), deadline(100, long)]),
    "in an operation": () => all([op(() => long[Symbol.iterator]() as Generator<never, unknown>)]),
  };
  const told: string[] = [];
  const task = spawn(
    function* here() {
      for (const [name, wait] of Object.entries(waits)) {
        try {
          yield* wait() as ReturnType<typeof sleep>;
        } catch (error) {
          told.push(`${name}: ${(error as { code?: string }).code}`);
          if (name === "join") expect((error as Error).stack).toMatch(/here|misuse/);
        }
      }
      return yield* until(Promise.resolve(long));
    },
    [],
    { runtime },
  );
  let result: unknown;
  void task.then((value) => (result = value));
  await clock.advance(2000);
  expect(told).toEqual(Object.keys(waits).map((name) => `${name}: RUNTIME_WRONG`));
  expect(result).toBe("done");
});

test("closing another runtime, or waiting for its tasks, may be waited for by a task", async () => {
  const { clock, runtime } = world();
  const other = createRuntime({ platform: virtualPlatform({ clock }) });
  spawn(() => sleep(50), [], { runtime: other });
  const task = spawn(
    function* () {
      yield* other.join();
      yield* other.close();
      return "closed";
    },
    [],
    { runtime },
  );
  await clock.advance(100);
  expect(await task).toBe("closed");
});

test("async code waits for what belongs to any runtime", async () => {
  const { clock, runtime } = world();
  const other = createRuntime({ platform: virtualPlatform({ clock }) });
  const long = spawn(() => sleep(10).then(() => "done"), [], { runtime: other });
  const task = spawn(
    async () => {
      const first = await long;
      return [first, await long];
    },
    [],
    { runtime },
  );
  await clock.advance(100);
  expect(await task).toEqual(["done", "done"]);
});

test("a channel's values are read by tasks of its runtime only, and its subscribers may be anybody's", async () => {
  const { clock, runtime } = world();
  const other = createRuntime({ platform: virtualPlatform({ clock }) });
  const before = replaceDefaultEngine(other.engine);
  const news = channel<string>();
  replaceDefaultEngine(before);
  const stream = news.values();
  const reader = spawn(
    function* () {
      yield* stream.next();
    },
    [],
    { runtime },
  );
  const exit = reader.exit();
  await clock.settle();
  expect(await exit).toMatchObject({ type: "failed", error: { code: "RUNTIME_WRONG" } });
  const subscriber = spawn((own: TaskContext<string>) => own.receive(), [], { runtime });
  await news.subscribe(subscriber.ref);
  await clock.settle();
  let count: unknown;
  void news.deliver("hello").then((given) => (count = given));
  let heard: unknown;
  void subscriber.then((given) => (heard = given));
  await clock.settle();
  expect([count, heard]).toEqual([2, "hello"]);
});

test("a generator task that returns an operation it has not waited on fails with words, not as cancelled", async () => {
  const { clock, runtime } = world();
  const returned: Record<string, (own: TaskContext<string>) => unknown> = {
    operation: (own) => own.sleep(1),
    receive: (own) => own.receive(),
    promise: () => Promise.resolve(1),
    child: (own) => own.spawn(() => 1),
  };
  for (const make of Object.values(returned)) {
    const task = spawn(
      // oxlint-disable-next-line require-yield -- it forgets to wait
      function* forgetful(own: TaskContext<string>) {
        return make(own);
      },
      [],
      { runtime },
    );
    const exit = task.exit();
    await clock.advance(10);
    expect(await exit).toMatchObject({
      type: "failed",
      error: { code: "TASK_FAILED", message: expect.stringContaining("forgetful returned an operation") },
    });
  }
  const plain = spawn((own: TaskContext<string>) => own.sleep(1).then(() => "waited"), [], { runtime });
  await clock.advance(10);
  expect(await plain).toBe("waited");
});

test("else without a time is refused, by its type and where it is asked for", async () => {
  const { clock, runtime } = world();
  const codes: unknown[] = [];
  const asks = [
    // @ts-expect-error else goes with timeoutMs
    (own: TaskContext<string>) => own.receive({ else: "none" }),
    // @ts-expect-error else goes with timeoutMs
    (own: TaskContext<string>) => own.suspend({ else: "none" }),
    // @ts-expect-error else goes with timeoutMs
    (own: TaskContext<string>) => own.receive({ match: (m) => m === "x", else: "none" }),
  ];
  const task = spawn(
    function* (own: TaskContext<string>) {
      for (const ask of asks) {
        try {
          yield* ask(own);
        } catch (error) {
          codes.push((error as { code?: string }).code);
        }
      }
      return yield* own.receive({ timeoutMs: 0, else: "none" as const });
    },
    [],
    { runtime },
  );
  await clock.settle();
  expect(codes).toEqual(asks.map(() => "OPTION_INVALID"));
  expect(await task).toBe("none");
});

test("a task that is dropped after its grace has let go of its locks", async () => {
  const { clock, runtime } = world();
  const mutex = new Mutex();
  const log: string[] = [];
  const stuck = spawn(
    function* (own: TaskContext) {
      using _lock = yield* mutex.lock();
      try {
        yield* own.suspend();
      } finally {
        try {
          for (;;) yield* sleep(1000);
        } finally {
          yield* own.pause();
          log.push("never: its wait is cut");
        }
      }
    },
    [],
    { runtime },
  );
  await clock.settle();
  void stuck.cancel("stop", { graceMs: 100 });
  await clock.advance(99);
  expect(mutex.locked).toBe(true);
  await clock.advance(1);
  expect([mutex.locked, stuck.state, log]).toEqual([false, "ended", []]);
  await clock.advance(5000);
  expect(runtime.dump()).toBe("");
});

test("a clean-up that waits for ever is left behind, and an error in it is no failure of the task", async () => {
  const { clock, runtime, platform } = world();
  const stubborn = spawn(
    function* () {
      for (;;) {
        try {
          yield* sleep(1000);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- that is what it is about
          continue;
        }
      }
    },
    [],
    { runtime },
  );
  const failing = spawn(
    function* (own: TaskContext) {
      try {
        yield* own.suspend();
      } finally {
        try {
          yield* sleep(100_000);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- as above
          throw new Error("in the clean-up");
        }
      }
    },
    [],
    { runtime },
  );
  await clock.settle();
  const ends = [stubborn, failing].map((task) => task.exit());
  for (const task of [stubborn, failing]) void task.cancel("stop", { graceMs: 10 });
  await clock.advance(10_000);
  for (const end of ends) expect(await end).toEqual({ type: "cancelled", reason: "stop" });
  expect([runtime.dump(), platform.unhandled, runtime.engine.timers.size]).toEqual(["", [], 0]);
});

test("messages of one turn that nobody took after all come again in their order", async () => {
  const { clock, runtime } = world();
  const task = spawn(
    function* (own: TaskContext<string>) {
      // Both have a message when the race is over.
      const both = all([
        own.receive({ match: (m) => m.startsWith("b") }),
        own.receive({ match: (m) => m.startsWith("a") }),
        own.suspend(),
      ]);
      yield* race([both, sleep(10)]);
      return [yield* own.receive(), yield* own.receive(), yield* own.receive()];
    },
    [],
    { runtime },
  );
  await clock.settle();
  task.send("a");
  task.send("b");
  task.send("c");
  await clock.advance(20);
  expect(await task).toEqual(["a", "b", "c"]);
});

test("messages that two operations had taken in one turn are put back in their order, however they were given up", async () => {
  const { clock, runtime } = world();
  const taken = (own: TaskContext<string>) => all([own.receive(), own.suspend()]);
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const task = spawn(
      function* (own: TaskContext<string>) {
        const readers = order.map((place) => place);
        const waits = [taken(own), taken(own)];
        yield* race([all(readers.map((place) => waits[place] ?? sleep(0))), sleep(10)]);
        return [yield* own.receive(), yield* own.receive(), yield* own.receive()];
      },
      [],
      { runtime },
    );
    await clock.settle();
    for (const message of ["a", "b", "c"]) task.send(message);
    await clock.advance(20);
    expect(await task).toEqual(["a", "b", "c"]);
  }
});

test("a stream's values of one turn that nobody took after all come again in their order", async () => {
  const { clock, runtime } = world();
  const before = replaceDefaultEngine(runtime.engine);
  const numbers = channel<number>();
  replaceDefaultEngine(before);
  const stream = numbers.values();
  const task = spawn(
    function* (own: TaskContext) {
      const next = [stream.next(), stream.next()];
      yield* race([all([...next, own.suspend()]), sleep(10)]);
      const steps = [yield* stream.next(), yield* stream.next(), yield* stream.next()];
      return steps.map((step) => step.value);
    },
    [],
    { runtime },
  );
  await clock.settle();
  for (const n of [1, 2, 3]) numbers.publish(n);
  await clock.advance(20);
  expect(await task).toEqual([1, 2, 3]);
});

test("arguments that are no list are refused, and no task is left behind", async () => {
  const { runtime } = world();
  const fn = function* (): Generator<never, number> {
    return 1;
  };
  // What a program in JavaScript may write.
  const three = 3 as unknown as [];
  expect(() => spawn(fn, three, { runtime })).toThrow("are no list");
  expect(runtime.tasks()).toEqual([]);
  await runtime.close();
});
