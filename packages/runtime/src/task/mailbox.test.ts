import { expect, test } from "vitest";
import { channel } from "../message/channel.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import type { TaskContext } from "./context.ts";
import { createRuntime, type Runtime } from "./runtime.ts";
import { spawn } from "./spawn.ts";

function setUp(): { readonly clock: VirtualClock; readonly runtime: Runtime } {
  const clock = new VirtualClock();
  return { clock, runtime: createRuntime({ platform: virtualPlatform({ clock }) }) };
}
const isB = (message: string): boolean => message.startsWith("b");

test("a receive that matches finds what waits for room, in the order of its senders", async () => {
  const { clock, runtime } = setUp();
  const task = spawn(
    function* (context: TaskContext<string>) {
      yield* context.sleep(10);
      const got = [yield* context.receive({ match: isB })];
      yield* context.sleep(10);
      got.push(yield* context.receive({ match: isB }), yield* context.receive(), yield* context.receive());
      return got;
    },
    [],
    { runtime, mailboxLimit: 1 },
  );
  task.send("a");
  const delivered: string[] = [];
  for (const message of ["b1", "c", "b2"]) {
    const accepted = Promise.resolve(task.deliver(message)).then(() => delivered.push(message));
    void accepted;
  }
  await clock.advance(15);
  expect(delivered).toEqual(["b1"]);
  await clock.advance(100);
  expect(await task).toEqual(["b1", "b2", "a", "c"]);
  expect(delivered).toEqual(["b1", "b2", "c"]);
});

test("what is delivered while a matching receive waits does not overtake what waits for room", async () => {
  const { clock, runtime } = setUp();
  const got: string[] = [];
  const task = spawn(
    function* (context: TaskContext<string>) {
      yield* context.sleep(10);
      for (;;) got.push(yield* context.receive({ match: isB }));
    },
    [],
    { runtime, mailboxLimit: 1, background: true },
  );
  task.send("a");
  void Promise.resolve(task.deliver("b1"));
  await clock.advance(20);
  void Promise.resolve(task.deliver("b2"));
  await clock.advance(20);
  expect(got).toEqual(["b1", "b2"]);
});

test("a limit that would let nothing through is refused, and no task is left behind", async () => {
  const { runtime } = setUp();
  function* body(): Generator<never, void> {}
  for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => spawn(body, [], { runtime, mailboxLimit: limit })).toThrow("mailboxLimit is");
    const made = spawn(() => void channel("small", { bufferLimit: limit }), [], { runtime });
    await expect(Promise.resolve(made)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  }
  await runtime.close();
  expect(runtime.engine.foregroundTasks).toBe(0);
});

test("a delivery that finds no room in time says whose mailbox was full", async () => {
  const { clock, runtime } = setUp();
  const task = spawn(
    function* slow(context: TaskContext<string>) {
      yield* context.sleep(100);
    },
    [],
    { runtime, mailboxLimit: 1 },
  );
  task.send("a");
  const failed = Promise.resolve(task.deliver("b", { timeoutMs: 50 })).catch(String);
  await clock.advance(60);
  expect(await failed).toContain("deliver to slow: not done within 50 ms");
  await clock.advance(100);
  await task;
});
