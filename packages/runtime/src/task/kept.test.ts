import { expect, test } from "vitest";
import type { SkeinError } from "../errors.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { all, race } from "./combine.ts";
import { deadline } from "./deadline.ts";
import type { TaskContext } from "./context.ts";
import { Deferred } from "./deferred.ts";
import { op } from "./op.ts";
import { createRuntime } from "./runtime.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { each } from "./stream.ts";

function world() {
  const clock = new VirtualClock();
  const platform = virtualPlatform({ clock });
  return { clock, platform, runtime: createRuntime({ platform }) };
}

const codeOf = (error: SkeinError): string => error.code;

test("what use opens is closed though its task was cancelled while it opened", async () => {
  const { clock, runtime } = world();
  let closed = 0;
  const opened = { close: () => (closed += 1) };
  const promise = Promise.withResolvers<typeof opened>();
  const act = new Deferred<typeof opened>("opening", runtime.engine);
  for (const opening of [promise.promise, act]) {
    const task = spawn(
      function* (own: TaskContext) {
        yield* own.use(opening);
      },
      [],
      { runtime },
    );
    await clock.settle();
    void task.cancel();
    await clock.advance(10);
    expect(task.state).toBe("ended");
  }
  const cancelled = spawn(
    function* (own: TaskContext) {
      void own.ref.cancel();
      yield* own.use(promise.promise);
    },
    [],
    { runtime },
  );
  await clock.advance(10);
  expect(cancelled.state).toBe("ended");
  promise.resolve(opened);
  act.resolve(opened);
  await clock.advance(10);
  expect(closed).toBe(3);
});

test("the monitors of a task that has ended are taken back", async () => {
  const { clock, runtime } = world();
  const target = spawn(
    function* (own: TaskContext<string>) {
      yield* own.receive();
    },
    [],
    { runtime },
  );
  const told: string[] = [];
  for (let watcher = 0; watcher < 3; watcher += 1) {
    spawn(
      (own: TaskContext<string>) => {
        own.monitor(target, () => "ended");
      },
      [],
      { runtime },
    );
  }
  const stays = spawn(
    function* (own: TaskContext<string>) {
      own.monitor(target, () => "dropped")[Symbol.dispose]();
      own.monitor(target, () => "ended");
      told.push(yield* own.receive());
      own.monitor(target, () => "had ended");
      told.push(yield* own.receive());
      yield* own.receive();
    },
    [],
    { runtime },
  );
  await clock.advance(1);
  const { engine } = runtime;
  let watches = 0;
  for (let cell = engine.firstChild; cell !== undefined; cell = cell.next) {
    for (let watch = cell.firstWatch; watch !== undefined; watch = watch.nextWatch) watches += 1;
  }
  expect(watches).toBe(1);
  target.send("end");
  await clock.advance(1);
  expect(told).toEqual(["ended", "had ended"]);
  for (let cell = engine.firstChild; cell !== undefined; cell = cell.next) {
    expect(cell.more?.cleanups?.size ?? 0).toBe(0);
  }
  void stays.cancel();
  await clock.advance(1);
});

test("new code reaches a task that waits in a race, a deadline or an operation of which one part may be cut", async () => {
  const { clock, runtime } = world();
  const kinds = {
    race: (own: TaskContext<string>) => race([own.receive(), own.sleep(1000)]),
    deadline: (own: TaskContext<string>) => deadline(1000, own.receive()),
    operation: (own: TaskContext<string>) =>
      deadline(
        1000,
        op(() => receiveIn(own)),
      ),
  };
  for (const wait of Object.values(kinds)) {
    for (const parked of [true, false]) {
      const task = spawn(
        function* (own: TaskContext<string>) {
          if (!parked) yield* sleep(1000);
          for (;;) yield* wait(own);
        },
        [],
        { runtime },
      );
      await clock.settle();
      let upgraded = false;
      void task
        .upgrade(function* () {
          yield* sleep(1);
        })
        .then(() => (upgraded = true));
      await clock.advance(parked ? 1 : 1001);
      expect(upgraded).toBe(true);
      await clock.advance(1);
      expect(task.state).toBe("ended");
    }
  }
});

function* receiveIn(own: TaskContext<string>) {
  return yield* own.receive();
}

test("a time that is no number is refused, and what was to be limited is not done", async () => {
  const { clock, runtime } = world();
  const target = spawn(
    function* (own: TaskContext<string>) {
      yield* own.sleep(1);
      return own.tryReceive();
    },
    [],
    { runtime, mailboxLimit: 1 },
  );
  const task = spawn(
    function* (own: TaskContext<string>) {
      const codes: string[] = [];
      const tries = [
        () => sleep(Number.NaN),
        () => own.sleep(Number.NaN),
        () => own.receive({ timeoutMs: Number.NaN }),
        () => deadline(Number.NaN, own.receive()),
        () => target.exit({ timeoutMs: Number.NaN }),
      ];
      for (const make of tries) {
        try {
          yield* make();
        } catch (error) {
          codes.push(codeOf(error as SkeinError));
        }
      }
      own.ref.send("still received");
      codes.push(yield* own.receive());
      return codes;
    },
    [],
    { runtime },
  );
  await clock.advance(10);
  expect(await task).toEqual([...Array.from({ length: 5 }, () => "OPTION_INVALID"), "still received"]);
  expect(await target).toBe(undefined);
});

test("a promise that a race or an all never came to may be rejected", async () => {
  const { clock, runtime } = world();
  const done = new Deferred<string>("done", runtime.engine);
  done.resolve("first");
  const failed = new Deferred<string>("failed", runtime.engine).ignore();
  failed.reject(new Error("failed at once"));
  const late = [Promise.withResolvers<string>(), Promise.withResolvers<string>()] as const;
  const task = spawn(
    function* () {
      const value = yield* race([done, late[0].promise]);
      try {
        yield* all([failed, late[1].promise]);
      } catch (error) {
        return [value, String(error)];
      }
      return [];
    },
    [],
    { runtime },
  );
  await clock.settle();
  // Node and browsers tell of a rejection that nobody handles, and the test run fails by it.
  for (const { reject } of late) reject(new Error("nobody waits"));
  await clock.advance(10);
  expect(await task).toEqual(["first", "Error: failed at once"]);
});

test("two readers of one stream get different values, and none is lost when one of them leaves", async () => {
  const { clock, runtime } = world();
  async function* count() {
    for (let n = 1; n <= 5; n += 1) {
      await Promise.resolve();
      yield n;
    }
  }
  const stream = each(count());
  const task = spawn(
    function* () {
      const steps = yield* all([stream.next(), stream.next()]);
      const values = steps.map((step) => step.value);
      yield* race([stream.next(), op(() => pauseOnce())]);
      const rest = yield* all([stream.next(), stream.next(), stream.next(), stream.next()]);
      return [...values, ...rest.map((step) => (step.done === true ? "end" : step.value))];
    },
    [],
    { runtime },
  );
  await clock.advance(10);
  expect(await task).toEqual([1, 2, 3, 4, 5, "end"]);
});

function* pauseOnce() {
  yield* sleep(0);
}

test("a task that waits for the closing of its own runtime is told that it can't, and the runtime closes after it", async () => {
  const { clock, runtime } = world();
  const task = spawn(
    function* () {
      try {
        yield* runtime.close();
      } catch (error) {
        return codeOf(error as SkeinError);
      }
      return "closed";
    },
    [],
    { runtime },
  );
  await clock.advance(1);
  expect(await task).toBe("RUNTIME_WRONG");
  let closed = false;
  void runtime.close().then(() => (closed = true));
  await clock.advance(1);
  expect(closed).toBe(true);
});
