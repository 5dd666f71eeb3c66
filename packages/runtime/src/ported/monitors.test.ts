/** Monitored tasks, and a monitor that starts them again by hand; what supervisors do for you is in docs/supervision.md. */
import { expect, test } from "vitest";
import { createRuntime, type Exit, SECOND_MS, spawn, type Steps, type TaskContext } from "../index.ts";
import { VirtualClock, virtualPlatform } from "../testing/index.ts";

const clock = new VirtualClock();
const platform = virtualPlatform({ clock });
const runtime = createRuntime({ platform });

/** Divides until it is asked to divide by zero. */
function* divider(task: TaskContext<number>): Steps<string> {
  let done = 0;
  for (;;) {
    const by = yield* task.receive();
    if (by === 0) throw new RangeError("division by zero");
    if (by < 0) return `divided ${done} times`;
    done += 1;
  }
}

test("a monitor is told of a return with its value, of a failure with its error, and of a cancel with its reason", async () => {
  const main = spawn(
    function* (task: TaskContext<{ readonly of: string; readonly exit: Exit<unknown> }>) {
      const children = ["returns", "fails", "is cancelled"].map((name) =>
        task.spawn(divider, [], { name, background: true }),
      );
      for (const child of children) task.monitor(child, (exit) => ({ of: child.name, exit }));
      children[0]?.send(2);
      children[0]?.send(-1);
      children[1]?.send(0);
      yield* task.pause();
      yield* children[2]?.cancel("enough") ?? task.pause();
      const exits = new Map<string, Exit<unknown>>();
      while (exits.size < 3) {
        const { of, exit } = yield* task.receive();
        exits.set(of, exit);
      }
      return exits;
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  const exits = await main;
  expect(exits.get("returns")).toEqual({ type: "returned", value: "divided 1 times" });
  expect(exits.get("fails")).toMatchObject({ type: "failed", error: { message: "division by zero" } });
  expect(exits.get("is cancelled")).toEqual({ type: "cancelled", reason: "enough" });
  // A monitor has seen the failure: it is reported nowhere else.
  expect(platform.unhandled).toEqual([]);
});

test("one monitor watches many tasks, and one task has many monitors", async () => {
  const main = spawn(
    function* (task: TaskContext) {
      const watched = task.spawn(divider);
      function* watcher(inner: TaskContext<string>): Steps<string> {
        inner.monitor(watched, (exit) => exit.type);
        return yield* inner.receive();
      }
      const watchers = [1, 2, 3].map(() => task.spawn(watcher));
      yield* task.pause();
      watched.send(-1);
      const seen: string[] = [];
      for (const one of watchers) seen.push(yield* one);
      return seen;
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  expect(await main).toEqual(["returned", "returned", "returned"]);
});

test("who monitors a task that has ended already is told at once", async () => {
  const main = spawn(
    function* (task: TaskContext<Exit<unknown>>) {
      const child = task.spawn(function* brief() {
        return "brief";
      });
      yield* child;
      task.monitor(child, (exit) => exit);
      return yield* task.receive();
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  expect(await main).toEqual({ type: "returned", value: "brief" });
});

test("a monitor that is disposed of tells nothing", async () => {
  const main = spawn(
    function* (task: TaskContext<string>) {
      const child = task.spawn(divider);
      task.monitor(child, () => "the first")[Symbol.dispose]();
      task.monitor(child, () => "the second");
      child.send(-1);
      yield* child;
      return [yield* task.receive(), task.tryReceive()];
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  expect(await main).toEqual(["the second", undefined]);
});

test("a monitor starts a task again until it has done its work, by hand", async () => {
  const starts: number[] = [];
  function* fragile(task: TaskContext, attempt: number): Steps<string> {
    starts.push(attempt);
    yield* task.sleep(100);
    if (attempt < 4) throw new Error(`attempt ${attempt}`);
    return "done";
  }
  const main = spawn(
    function* (task: TaskContext<Exit<string>>) {
      for (let attempt = 1; ; attempt += 1) {
        task.monitor(task.spawn(fragile, [attempt], { background: true }), (exit) => exit);
        const exit = yield* task.receive();
        if (exit.type === "returned") return exit.value;
      }
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  expect(await main).toBe("done");
  expect(starts).toEqual([1, 2, 3, 4]);
});
