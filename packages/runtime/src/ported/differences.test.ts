/** What is the same as in pycos, and what differs: behaviour that docs/coming-from-pycos.md speaks of and no other test shows. */
import { expect, test } from "vitest";
import {
  channel,
  createRuntime,
  type Logger,
  lookup,
  MIB,
  register,
  runtime as defaultRuntime,
  SECOND_MS,
  settled,
  type SkeinError,
  spawn,
  type Steps,
  type TaskContext,
  type TaskRef,
  unregister,
} from "../index.ts";
import { VirtualClock, virtualPlatform } from "../testing/index.ts";
import { Codec } from "../wire/codec.ts";

const clock = new VirtualClock();
const platform = virtualPlatform({ clock });
const runtime = createRuntime({ platform });
const codeOf = (thrown: unknown): string => (thrown as SkeinError).code;
const code = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(() => "no error", codeOf);

test("ready tasks run first in, first out: two hundred start in the order in which they were spawned", async () => {
  const started: number[] = [];
  for (let n = 0; n < 200; n += 1) spawn((_task: TaskContext, at: number) => void started.push(at), [n], { runtime });
  await clock.settle();
  expect(started).toEqual(Array.from({ length: 200 }, (_, n) => n));
});

test("a task switches only where it waits", async () => {
  const log: string[] = [];
  function* steps(task: TaskContext, name: string): Steps<void> {
    log.push(`${name}1`, `${name}2`);
    yield* task.pause();
    log.push(`${name}3`);
  }
  for (const name of ["a", "b"]) spawn(steps, [name], { runtime });
  await clock.settle();
  expect(log).toEqual(["a1", "a2", "b1", "b2", "a3", "b3"]);
});

test("a generator called by yield* gives its result, and throws into its caller, a thousand deep", async () => {
  function* nested(task: TaskContext, depth: number, end: () => number): Steps<number> {
    if (depth > 0) return 1 + (yield* nested(task, depth - 1, end));
    yield* task.pause();
    return end();
  }
  const fails = (): number => {
    throw new RangeError("at the bottom");
  };
  const deep = spawn(nested, [1000, () => 0], { runtime });
  const failing = spawn(nested, [1000, fails], { runtime }).exit();
  await clock.settle();
  expect(await deep).toBe(1000);
  expect(await failing).toMatchObject({ type: "failed", error: { message: "at the bottom" } });
});

test("an own context is an argument, so there is no current task to ask for; its data goes down to its children", async () => {
  const task = spawn(
    function* (task: TaskContext) {
      task.set("user", "ada");
      return yield* task.spawn((child: TaskContext) => child.get("user"));
    },
    [],
    { runtime },
  );
  await clock.settle();
  expect(await task).toBe("ada");
});

test("join waits for all but background tasks, and throws TIMEOUT when they take longer", async () => {
  const own = createRuntime({ platform });
  const sleeper = (task: TaskContext): PromiseLike<unknown> => task.sleep(100);
  spawn(sleeper, [], { runtime: own });
  const waiting = spawn((task: TaskContext) => task.suspend(), [], { runtime: own, background: true });
  const early = code(own.join({ timeoutMs: 50 }));
  const late = code(own.join({ timeoutMs: 500 }));
  await clock.advance(SECOND_MS);
  expect([await early, await late, waiting.state]).toEqual(["TIMEOUT", "no error", "waiting"]);
  // It can be used on, and closed twice.
  spawn(sleeper, [], { runtime: own });
  await clock.advance(SECOND_MS);
  await own.close({ cancel: true });
  await own.close();
  expect(waiting.state).toBe("ended");
});

test("functions given to atExit are called by priority; those of equal priority in the order given; one taken back is not", async () => {
  const own = createRuntime({ platform });
  const called: string[] = [];
  own.atExit(() => called.push("first"));
  own.atExit(() => called.push("second"));
  own.atExit(() => called.push("before both"), { priority: 10 });
  own.atExit(() => called.push("never"))[Symbol.dispose]();
  await own.close();
  expect(called).toEqual(["before both", "first", "second"]);
});

test("the default runtime needs a host, and says how to get one", () => {
  let thrown: unknown;
  try {
    defaultRuntime.tasks();
  } catch (error) {
    thrown = error;
  }
  expect(codeOf(thrown)).toBe("RUNTIME_WRONG");
  expect((thrown as SkeinError).hint).toContain("skein");
});

test("what a task logs has its name, as an event with fields", async () => {
  const events: unknown[] = [];
  const info = (event: string, fields?: object): void => void events.push([event, fields]);
  const logger: Logger = { debug: info, info, warn: info, error: info };
  const own = createRuntime({ platform, logger });
  const talker = (task: TaskContext): void => task.log.info("cache.filled", { entries: 3 });
  await spawn(talker, [], { runtime: own, name: "loader" });
  expect(events).toEqual([["cache.filled", { task: "loader", entries: 3 }]]);
});

test("a wake of a task that does not suspend is kept, and told apart from a timeout", async () => {
  const task = spawn(
    function* (task: TaskContext<string>) {
      const message = yield* task.receive();
      const woken = yield* task.suspend({ timeoutMs: 100, else: "nobody" });
      const late = yield* task.suspend({ timeoutMs: 100, else: "nobody" });
      return [message, woken, late];
    },
    [],
    { runtime },
  );
  await clock.settle();
  task.wake("kept");
  task.send("message");
  await clock.advance(SECOND_MS);
  expect(await task).toEqual(["message", "kept", "nobody"]);
});

test("a result of undefined, a timeout, a failure and a cancel are four different things", async () => {
  const main = spawn(
    function* (task: TaskContext) {
      const returns = task.spawn(() => undefined, [], { background: true });
      const fails = task.spawn(
        () => {
          throw new Error("no");
        },
        [],
        { background: true },
      );
      const waits = task.spawn((inner: TaskContext) => inner.suspend(), [], { background: true });
      const stopped = task.spawn((inner: TaskContext) => inner.suspend(), [], { background: true });
      void stopped.cancel("enough");
      const exits = yield* settled([returns, fails, waits.exit({ timeoutMs: 100 }), stopped]);
      void waits.cancel();
      return exits.map((exit) => (exit.type === "failed" ? [exit.type, exit.error.message] : [exit.type]));
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  expect(await main).toEqual([
    ["returned"],
    ["failed", "no"],
    ["failed", expect.stringContaining("100 ms")],
    ["cancelled"],
  ]);
});

test("a cancel that comes while a task computes takes hold at its next wait, or at a checkpoint", async () => {
  const seen: string[] = [];
  const task = spawn(
    function* (task: TaskContext) {
      try {
        void self.cancel("now");
        seen.push("still computing");
        task.checkpoint();
        seen.push("not reached");
      } finally {
        yield* task.sleep(10);
        seen.push("cleaned up");
      }
    },
    [],
    { runtime },
  );
  const self = task;
  await clock.advance(SECOND_MS);
  expect(await task.exit()).toEqual({ type: "cancelled", reason: "now" });
  expect(seen).toEqual(["still computing", "cleaned up"]);
});

test("a message to a task that has ended is dropped and counted; deliver says that it has ended", async () => {
  const task = spawn(() => undefined, [], { runtime });
  const { ref } = task;
  await clock.settle();
  ref.send(undefined as never);
  expect(runtime.engine.droppedMessages).toBeGreaterThan(0);
  expect(await code(ref.deliver(undefined as never))).toBe("TASK_UNKNOWN");
});

test("a reference in a message is the address to answer to", async () => {
  const main = spawn(
    function* (task: TaskContext<number>) {
      const doubler = task.spawn(
        function* (inner: TaskContext<{ readonly n: number; readonly reply: TaskRef<number> }>) {
          yield* inner.messages().forEach(({ n, reply }) => reply.send(n * 2));
        },
        [],
        { background: true },
      );
      doubler.send({ n: 21, reply: task.ref });
      return yield* task.receive();
    },
    [],
    { runtime },
  );
  await clock.settle();
  expect(await main).toBe(42);
});

test("a message of ten megabytes goes through, one over the limit is refused before it leaves", () => {
  const codec = new Codec();
  const large = new Uint8Array(10 * MIB).fill(7);
  codec.check(large);
  expect(codec.decode(codec.encode(large))).toHaveLength(large.length);
  expect(() => codec.check({ file: new Uint8Array(17 * MIB) })).toThrow(
    expect.objectContaining({ code: "MESSAGE_TOO_LARGE" }),
  );
});

test("names of tasks and channels are free again when the task has ended, the channel is closed, or by unregister", async () => {
  const main = spawn(
    function* (task: TaskContext) {
      const news = channel<string>("news");
      const worker = task.spawn((inner: TaskContext) => inner.suspend());
      register("one", worker);
      register("one", news);
      register("two", news);
      unregister("two");
      const before = [lookup("one", { kind: "task" }), lookup("one", { kind: "channel" }), lookup("two")];
      yield* news.close();
      yield* worker.cancel();
      const after = [lookup("one", { kind: "task" }), lookup("one", { kind: "channel" })];
      let refused: unknown;
      try {
        register("three", news);
      } catch (error) {
        refused = error;
      }
      return { found: before.map((thing) => thing !== undefined), after, refused };
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  const { found, after, refused } = await main;
  expect(found).toEqual([true, true, false]);
  expect(after).toEqual([undefined, undefined]);
  expect(codeOf(refused)).toBe("CHANNEL_CLOSED");
});

test("a channel's transform can be changed or taken away while it is used; one that throws tells the publisher", async () => {
  const main = spawn(
    function* (task: TaskContext<number>) {
      const numbers = channel<number>("numbers", { transform: (n) => n * 10 });
      yield* numbers.subscribe(task.ref);
      numbers.publish(1);
      numbers.setTransform((n) => n + 1);
      numbers.publish(1);
      numbers.setTransform(undefined);
      numbers.publish(1);
      numbers.setTransform(() => {
        throw new Error("no number");
      });
      let thrown: unknown;
      try {
        numbers.publish(1);
      } catch (error) {
        thrown = error;
      }
      return [yield* task.receive(), yield* task.receive(), yield* task.receive(), task.tryReceive(), String(thrown)];
    },
    [],
    { runtime },
  );
  await clock.settle();
  expect(await main).toEqual([10, 2, 1, undefined, "Error: no number"]);
});

test("who unsubscribes gets nothing more, and doing it twice is nothing", async () => {
  const main = spawn(
    function* (task: TaskContext<number>) {
      const numbers = channel<number>("numbers");
      yield* numbers.subscribe(task.ref);
      yield* numbers.subscribe(task.ref);
      numbers.publish(1);
      numbers.unsubscribe(task.ref);
      numbers.unsubscribe(task.ref);
      numbers.publish(2);
      return [yield* task.receive(), task.tryReceive(), yield* numbers.subscribers()];
    },
    [],
    { runtime },
  );
  await clock.settle();
  expect(await main).toEqual([1, undefined, 0]);
});

test("a periodic timer is a loop that sleeps, and ends with its task", async () => {
  const ticks: number[] = [];
  const ticking = spawn(
    function* every(task: TaskContext, ms: number) {
      for (;;) {
        yield* task.sleep(ms);
        ticks.push(clock.now());
      }
    },
    [100],
    { runtime },
  );
  const startMs = clock.now();
  await clock.advance(350);
  await ticking.cancel();
  await clock.advance(SECOND_MS);
  expect(ticks.map((atMs) => atMs - startMs)).toEqual([100, 200, 300]);
});
