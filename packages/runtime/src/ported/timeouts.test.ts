/** Waits that end in time: what they give, what they leave behind. */
import { expect, test } from "vitest";
import {
  createRuntime,
  deadline,
  HOUR_MS,
  Latch,
  Mutex,
  race,
  SECOND_MS,
  Semaphore,
  settled,
  spawn,
  type TaskContext,
} from "../index.ts";
import { VirtualClock, virtualPlatform } from "../testing/index.ts";

const clock = new VirtualClock();
const runtime = createRuntime({ platform: virtualPlatform({ clock }) });

test("every wait that takes a time ends by TIMEOUT, at its time, and none by a value that could be a result", async () => {
  const main = spawn(
    function* (task: TaskContext<string>) {
      const held = yield* new Mutex().lock();
      held[Symbol.dispose]();
      const mutex = new Mutex();
      const lock = yield* mutex.lock({ owner: {} });
      const other = task.spawn(function* forever(inner: TaskContext) {
        yield* inner.suspend();
      });
      const waits = {
        receive: task.receive({ timeoutMs: 100 }),
        suspend: task.suspend({ timeoutMs: 100 }),
        lock: mutex.lock({ timeoutMs: 100, owner: {} }),
        acquire: new Semaphore(0).acquire({ timeoutMs: 100 }),
        latch: new Latch().wait({ timeoutMs: 100 }),
        exit: other.exit({ timeoutMs: 100 }),
        deadline: deadline(100, new Latch().wait()),
      };
      const startMs = clock.now();
      const exits = yield* settled(Object.values(waits) as PromiseLike<unknown>[]);
      lock[Symbol.dispose]();
      void other.cancel();
      return { exits, tookMs: clock.now() - startMs };
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  const { exits, tookMs } = await main;
  for (const exit of exits) expect(exit).toMatchObject({ type: "failed", error: { code: "TIMEOUT" } });
  expect(exits).toHaveLength(7);
  expect(tookMs).toBe(100);
});

test("where a value will do, `else` gives it, and a message that says the same is told apart", async () => {
  const nothing = Symbol("nothing");
  const main = spawn(
    function* (task: TaskContext<string | undefined>) {
      task.ref.send(undefined);
      const first = yield* task.receive({ timeoutMs: 10, else: nothing });
      const second = yield* task.receive({ timeoutMs: 10, else: nothing });
      const polled = yield* task.receive({ timeoutMs: 0, else: nothing });
      return [first, second === nothing, polled === nothing];
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  expect(await main).toEqual([undefined, true, true]);
});

test("a message that comes after a receive gave up is there for the next one", async () => {
  const task = spawn(
    function* (task: TaskContext<string>) {
      const none = yield* task.receive({ timeoutMs: 100, else: "none" });
      yield* task.sleep(100);
      return [none, yield* task.receive()];
    },
    [],
    { runtime },
  );
  await clock.advance(150);
  task.send("late");
  await clock.advance(SECOND_MS);
  expect(await task).toEqual(["none", "late"]);
});

test("who times out in a queue leaves no trace there", async () => {
  const mutex = new Mutex();
  const order: string[] = [];
  function* want(task: TaskContext, name: string, timeoutMs: number) {
    try {
      using _lock = yield* mutex.lock({ timeoutMs });
      order.push(name);
      yield* task.sleep(200);
    } catch {
      order.push(`${name} gave up`);
    }
  }
  const tasks = (
    [
      ["a", HOUR_MS],
      ["b", 100],
      ["c", HOUR_MS],
    ] as const
  ).map(([name, timeoutMs]) => spawn(want, [name, timeoutMs], { runtime }));
  await clock.advance(SECOND_MS);
  for (const task of tasks) await task;
  expect(order).toEqual(["a", "b gave up", "c"]);
  expect([mutex.locked, mutex.waiting]).toEqual([false, 0]);
});

test("a sleep of an hour ends by a wake, with its value, and a race gives up what came second", async () => {
  const sleeper = spawn((task: TaskContext) => task.sleep(HOUR_MS), [], { runtime });
  const racer = spawn(
    function* (task: TaskContext<string>) {
      const first = yield* race([task.receive(), task.sleep(HOUR_MS)]);
      return [first, yield* task.receive({ timeoutMs: 0, else: "empty" })];
    },
    [],
    { runtime },
  );
  await clock.settle();
  sleeper.wake("early");
  racer.send("message");
  await clock.settle();
  expect(await sleeper).toBe("early");
  expect(await racer).toEqual(["message", "empty"]);
  expect(clock.now()).toBeLessThan(HOUR_MS);
});
