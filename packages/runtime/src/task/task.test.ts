import { expect, test } from "vitest";
import type { Steps } from "../contracts/operation.ts";
import type { SkeinError } from "../errors.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { all, race, settled } from "./combine.ts";
import { deadline } from "./deadline.ts";
import type { TaskContext } from "./context.ts";
import { op } from "./op.ts";
import { createRuntime } from "./runtime.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { each } from "./stream.ts";
import type { Task } from "./types.ts";
import { until } from "./until.ts";

const platform = createHostPlatform();
const runtime = createRuntime({ platform });
const code = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => "no error",
    (error: SkeinError) => error.code ?? error.message,
  );
/** Until nothing is ready any more and failures have been judged. */
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => platform.nextTurn(resolve));
};

test("a generator task returns a value to who awaits it", async () => {
  const task = spawn(
    function* (_task: TaskContext, n: number) {
      yield* sleep(1);
      return n * 2;
    },
    [21],
    { runtime },
  );
  expect(await task).toBe(42);
  expect(task.state).toBe("ended");
});

test("async and plain functions are tasks too", async () => {
  const work = async (task: TaskContext, n: number): Promise<number> => {
    await task.sleep(1);
    return n + 1;
  };
  expect(await spawn(work, [1], { runtime })).toBe(2);
  expect(await spawn((_task: TaskContext, text: string) => text.length, ["abc"], { runtime })).toBe(3);
});

test("messages arrive in the order in which they were sent", async () => {
  const task = spawn(
    function* (task: TaskContext<number>) {
      const got: number[] = [];
      while (got.length < 5) got.push(yield* task.receive());
      return got;
    },
    [],
    { runtime },
  );
  for (let n = 0; n < 5; n += 1) task.send(n);
  expect(await task).toEqual([0, 1, 2, 3, 4]);
});

test("an async task receives too", async () => {
  const task = spawn(async (task: TaskContext<number>) => (await task.receive()) + (await task.receive()), [], {
    runtime,
  });
  task.send(1);
  await turns();
  task.send(2);
  expect(await task).toBe(3);
});

test("receive with match leaves other messages in place", async () => {
  const task = spawn(
    function* (task: TaskContext<number>) {
      const even = yield* task.receive({ match: (n) => n % 2 === 0 });
      return [even, yield* task.receive(), yield* task.receive()];
    },
    [],
    { runtime },
  );
  for (const n of [1, 3, 4]) task.send(n);
  expect(await task).toEqual([4, 1, 3]);
});

test("receive gives up after its time, by an error or with else", async () => {
  const task = spawn(
    function* (task: TaskContext<number>) {
      const given = yield* task.receive({ timeoutMs: 1, else: "nothing" });
      return [given, yield* task.receive({ timeoutMs: 1 })];
    },
    [],
    { runtime },
  );
  expect(await code(task)).toBe("TIMEOUT");
  const other = spawn(
    function* (task: TaskContext<number>) {
      return yield* task.receive({ timeoutMs: 1, else: "nothing" });
    },
    [],
    { runtime },
  );
  expect(await other).toBe("nothing");
});

test("a full mailbox refuses send, and deliver waits for room", async () => {
  const task = spawn(
    function* (task: TaskContext<number>) {
      yield* task.suspend();
      const got: number[] = [];
      while (got.length < 3) got.push(yield* task.receive());
      return got;
    },
    [],
    { runtime, mailboxLimit: 2 },
  );
  task.send(1);
  task.send(2);
  expect(() => task.send(3)).toThrow("holds 2 messages");
  let delivered = false;
  const delivery = task.deliver(3);
  void delivery.then(() => (delivered = true));
  await turns();
  expect(delivered).toBe(false);
  expect(await code(task.deliver(4, { timeoutMs: 1 }))).toBe("TIMEOUT");
  task.wake();
  await delivery;
  expect(await task).toEqual([1, 2, 3]);
  expect(await code(task.deliver(5))).toBe("TASK_UNKNOWN");
});

test("cancel runs finally blocks, which may wait", async () => {
  const seen: string[] = [];
  const task = spawn(
    function* (task: TaskContext) {
      try {
        yield* task.receive();
      } finally {
        yield* sleep(1);
        seen.push("cleaned");
      }
    },
    [],
    { runtime },
  );
  await turns();
  await task.cancel("enough");
  expect(seen).toEqual(["cleaned"]);
  expect(await task.exit()).toEqual({ type: "cancelled", reason: "enough" });
  expect(await code(task)).toBe("TASK_CANCELLED");
});

test("cancel reaches an async task in its context's operations and by its signal", async () => {
  const seen: string[] = [];
  const task = spawn(
    async (task: TaskContext) => {
      try {
        await all([task.sleep(60_000), task.receive()]);
      } catch (error) {
        seen.push((error as SkeinError).code);
        throw error;
      } finally {
        await task.sleep(1);
      }
    },
    [],
    { runtime },
  );
  await turns();
  expect(seen).toEqual([]);
  await task.cancel("stop");
  expect(seen).toEqual(["TASK_CANCELLED"]);
  expect((await task.exit()).type).toBe("cancelled");
  const other = spawn(
    (task: TaskContext) =>
      new Promise((_resolve, reject) => {
        task.signal.addEventListener("abort", () => reject(task.signal.reason));
      }),
    [],
    { runtime },
  );
  await turns();
  await other.cancel();
  expect((await other.exit()).type).toBe("cancelled");
});

test("what an async task awaits together, or for so long, begins in its own runtime: nothing else is asked for", async () => {
  const task = spawn(
    async (task: TaskContext) => [
      await all([task.sleep(1), task.sleep(2)]),
      await race([task.sleep(60_000), task.sleep(1)]),
      await settled([task.sleep(1)]),
      await deadline(60_000, all([task.sleep(1)])),
    ],
    [],
    { runtime },
  );
  expect(await task).toEqual([[undefined, undefined], undefined, [{ type: "returned" }], [undefined]]);
});

test("a task that cleans up for longer than the grace is dropped", async () => {
  const task = spawn(
    function* (task: TaskContext) {
      try {
        yield* task.receive();
      } finally {
        yield* sleep(60_000);
      }
    },
    [],
    { runtime },
  );
  await turns();
  await task.cancel("stop", { graceMs: 5 });
  expect((await task.exit()).type).toBe("cancelled");
});

test("a parent that returns waits for its children", async () => {
  const seen: string[] = [];
  const parent = spawn(
    function* (task: TaskContext) {
      task.spawn(function* () {
        yield* sleep(3);
        seen.push("child");
      });
      return "parent";
    },
    [],
    { runtime },
  );
  expect(await parent).toBe("parent");
  expect(seen).toEqual(["child"]);
});

test("a failing child that nobody joins cancels its parent with the error as cause", async () => {
  const parent = spawn(
    function* (task: TaskContext) {
      task.spawn(function* () {
        yield* sleep(1);
        throw new Error("broken");
      });
      yield* task.receive();
    },
    [],
    { runtime },
  );
  const exit = await parent.exit();
  expect(exit.type).toBe("cancelled");
  expect(exit.type === "cancelled" && (exit.reason as Error).message).toBe("broken");
});

test("a failing child that is joined does not", async () => {
  const parent = spawn(
    function* (task: TaskContext) {
      const child = task.spawn(function* () {
        yield* sleep(1);
        throw new Error("broken");
      });
      try {
        yield* child;
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    },
    [],
    { runtime },
  );
  expect(await parent).toBe("broken");
});

test("cancelling a parent cancels its children", async () => {
  let child: { exit(): PromiseLike<{ type: string }> } | undefined;
  const parent = spawn(
    function* (task: TaskContext) {
      child = task.spawn(function* (inner: TaskContext) {
        yield* inner.receive();
      });
      yield* task.receive();
    },
    [],
    { runtime },
  );
  await turns();
  await parent.cancel();
  expect((await child?.exit())?.type).toBe("cancelled");
});

test("a top-level failure that nobody waits for is reported once, with the task's name", async () => {
  spawn(
    function* failing() {
      yield* sleep(0);
      throw new Error("lost");
    },
    [],
    { runtime },
  );
  await turns();
  expect(platform.unhandled.map((error) => (error as Error).message)).toEqual([
    "task failing failed and nobody waits for it: lost",
  ]);
  platform.unhandled.length = 0;
});

test("a wake before suspend is remembered once, and ends a sleep early", async () => {
  const task = spawn(
    function* (task: TaskContext) {
      yield* task.pause();
      const first = yield* task.suspend<string>();
      const second = yield* task.suspend({ timeoutMs: 1, else: "none" });
      const third = yield* task.sleep(60_000);
      return [first, second, third];
    },
    [],
    { runtime },
  );
  task.wake("early");
  const waking = spawn(
    function* () {
      yield* sleep(20);
      task.wake("up");
    },
    [],
    { runtime },
  );
  expect(await task).toEqual(["early", "none", "up"]);
  await waking;
});

test("interrupt throws where the task waits", async () => {
  const task = spawn(
    function* (task: TaskContext) {
      try {
        yield* task.receive();
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    },
    [],
    { runtime },
  );
  await turns();
  task.interrupt(new Error("hey"));
  expect(await task).toBe("hey");
});

test("all gives values in order, race the first, settled every exit, deadline a timeout", async () => {
  const later = (ms: number, value: string) =>
    op(function* () {
      yield* sleep(ms);
      return value;
    });
  const main = spawn(
    function* (task: TaskContext<string>) {
      const both = yield* all([later(2, "a"), later(1, "b")]);
      const first = yield* race([later(50, "slow"), later(1, "fast")]);
      const exits = yield* settled([later(1, "fine"), until(Promise.reject(new Error("bad")))]);
      const woken = yield* race([task.receive(), task.sleep(60_000)]);
      return { both, first, exits: exits.map((exit) => exit.type), woken };
    },
    [],
    { runtime },
  );
  await new Promise((resolve) => setTimeout(resolve, 30));
  main.send("message");
  expect(await main).toEqual({ both: ["a", "b"], first: "fast", exits: ["returned", "failed"], woken: "message" });
  expect(
    await code(
      spawn(
        function* () {
          yield* deadline(1, sleep(1000));
        },
        [],
        { runtime },
      ),
    ),
  ).toBe("TIMEOUT");
});

test("an operation that waits is used once", async () => {
  const task = spawn(
    function* () {
      const wait = sleep(0);
      yield* wait;
      yield* wait;
    },
    [],
    { runtime },
  );
  expect(await code(task)).toBe("OPERATION_REUSED");
});

test("a plain yield is refused at its place", async () => {
  const task = spawn(
    // @ts-expect-error the types refuse it too
    function* () {
      yield 1;
    },
    [],
    { runtime },
  );
  expect(await code(task)).toBe("TASK_FAILED");
});

test("each iterates over async iterables, and forEach may wait", async () => {
  async function* source() {
    yield 1;
    yield 2;
  }
  const task = spawn(
    function* () {
      let sum = 0;
      yield* each(source()).forEach(function* (n) {
        yield* sleep(0);
        sum += n;
      });
      return sum;
    },
    [],
    { runtime },
  );
  expect(await task).toBe(3);
});

test("a task is given new code and keeps its mailbox and id", async () => {
  const task = spawn(
    function* (task: TaskContext<string>) {
      for (;;) yield* task.receive();
    },
    [],
    { runtime },
  );
  const { id } = task;
  await turns();
  await task.upgrade(
    function* (task: TaskContext<string>, suffix: string) {
      return (yield* task.receive()) + suffix;
    },
    ["!"],
  );
  task.send("new");
  expect(await task).toBe("new!");
  expect(task.id).toBe(id);
});

test("what use opens is closed when the task ends, last opened first", async () => {
  const closed: string[] = [];
  const open = (name: string) =>
    Promise.resolve({
      close: async () => {
        closed.push(name);
      },
    });
  await spawn(
    function* (task: TaskContext) {
      yield* task.use(open("a"));
      yield* task.use(open("b"));
    },
    [],
    { runtime },
  );
  expect(closed).toEqual(["b", "a"]);
});

test("a runtime that closes cancels what still runs, and starts nothing more", async () => {
  const own = createRuntime({ platform });
  const seen: string[] = [];
  own.atExit(() => seen.push("low"));
  own.atExit(() => seen.push("high"), { priority: 1 });
  const task = spawn(
    function* (task: TaskContext) {
      yield* task.receive();
    },
    [],
    { runtime: own },
  );
  await own.close({ cancel: true });
  expect((await task.exit()).type).toBe("cancelled");
  expect(seen).toEqual(["high", "low"]);
  expect(() => spawn(function* () {}, [], { runtime: own })).toThrow("closed");
});

test("a chain of tasks may be fifty thousand deep: joined, waited for, cancelled", async () => {
  const DEPTH = 50_000;
  function* joins(task: TaskContext, left: number): Steps<number> {
    return left === 0 ? 0 : 1 + (yield* task.spawn(joins, [left - 1]));
  }
  expect(await spawn(joins, [DEPTH], { runtime })).toBe(DEPTH);
  function* leaves(task: TaskContext, left: number): Steps<void> {
    if (left > 0) task.spawn(leaves, [left - 1]);
    else yield* task.sleep(5);
  }
  await spawn(leaves, [DEPTH], { runtime });
  function* waits(task: TaskContext, left: number, deepest: () => void): Steps<void> {
    if (left > 0) task.spawn(waits, [left - 1, deepest]);
    else deepest();
    if (left % 2 === 0) yield* task.receive();
  }
  let root: Task<void> | undefined;
  await new Promise<void>((deepest) => {
    root = spawn(waits, [DEPTH, deepest], { runtime });
  });
  expect(runtime.tasks().length).toBeGreaterThan(DEPTH);
  await root?.cancel();
  expect(runtime.dump()).toBe("");
});
