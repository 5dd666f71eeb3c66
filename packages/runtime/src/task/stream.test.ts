import { expect, test } from "vitest";
import type { Stream } from "../contracts/operation.ts";
import { LocalChannel } from "../message/local-channel.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { race } from "./combine.ts";
import { deadline } from "./deadline.ts";
import type { TaskContext } from "./context.ts";
import { createRuntime } from "./runtime.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { each } from "./stream.ts";

function world() {
  const clock = new VirtualClock();
  const platform = virtualPlatform({ clock });
  return { clock, platform, runtime: createRuntime({ platform }) };
}

/** Values given by hand, and whether the source was closed. */
function source() {
  const values: number[] = [];
  let wake: (() => void) | undefined;
  const state = { over: false, closed: false };
  const iterator: AsyncIterator<number> = {
    async next() {
      while (values.length === 0 && !state.over && !state.closed)
        await new Promise<void>((resolve) => (wake = resolve));
      const value = state.closed ? undefined : values.shift();
      return value === undefined ? { done: true, value: undefined } : { done: false, value };
    },
    async return() {
      state.closed = true;
      return { done: true, value: undefined };
    },
  };
  return {
    state,
    stream: () => each({ [Symbol.asyncIterator]: () => iterator }),
    give(...more: number[]) {
      values.push(...more);
      wake?.();
    },
    end() {
      state.over = true;
      wake?.();
    },
  };
}

/** Reads until the end, in two goes: the first is given up after 10 ms. */
function* twice(stream: Stream<unknown>, seen: string[]) {
  try {
    yield* deadline(
      10,
      stream.forEach((value) => void seen.push(`first ${String(value)}`)),
    );
  } catch {
    seen.push("given up");
  }
  yield* sleep(10);
  yield* stream.forEach((value) => void seen.push(`second ${String(value)}`));
}

test("a stream whose forEach was given up goes on with the next one, and loses nothing", async () => {
  const { clock, runtime } = world();
  const given = source();
  const seen: string[] = [];
  const task = spawn(
    function* () {
      yield* twice(given.stream(), seen);
    },
    [],
    { runtime },
  );
  given.give(1);
  await clock.advance(15);
  given.give(2, 3);
  await clock.advance(10);
  given.end();
  await clock.advance(1);
  await task;
  expect(seen).toEqual(["first 1", "given up", "second 2", "second 3"]);
});

test("a stream of a channel's values goes on after a given-up forEach with what came in between", async () => {
  const { clock, runtime } = world();
  const numbers = new LocalChannel(runtime.engine, "numbers", {});
  const seen: string[] = [];
  const task = spawn(
    function* () {
      yield* twice(numbers.values(), seen);
    },
    [],
    { runtime },
  );
  await clock.advance(5);
  numbers.publish(1);
  await clock.advance(10);
  numbers.publish(2);
  await clock.advance(10);
  numbers.publish(3);
  void numbers.close();
  await clock.advance(1);
  await task;
  expect(seen).toEqual(["first 1", "given up", "second 2", "second 3"]);
});

test("a task goes on with a stream that a cancelled task read", async () => {
  const { clock, runtime } = world();
  const given = source();
  const stream = given.stream();
  const seen: number[] = [];
  const read = () =>
    spawn(
      function* () {
        yield* stream.forEach((value) => void seen.push(value));
      },
      [],
      { runtime },
    );
  const first = read();
  given.give(1);
  await clock.advance(1);
  void first.cancel();
  await clock.advance(1);
  const second = read();
  given.give(2);
  given.end();
  await clock.advance(1);
  await second;
  expect(seen).toEqual([1, 2]);
});

test("a task that is cancelled in the function of forEach leaves the next values, too", async () => {
  const { clock, runtime } = world();
  const given = source();
  const stream = given.stream();
  given.give(1, 2);
  const first = spawn(
    function* () {
      yield* stream.forEach(function* () {
        yield* sleep(1000);
      });
    },
    [],
    { runtime },
  );
  await clock.advance(1);
  void first.cancel();
  await clock.advance(1);
  expect(first.state).toBe("ended");
  expect(given.state.closed).toBe(false);
  const second = spawn(() => stream.next(), [], { runtime });
  await clock.advance(1);
  expect(await second).toEqual({ done: false, value: 2 });
});

test("a stream is closed with the task that made it when reading was given up, and at once when that is cancelled", async () => {
  const { clock, runtime } = world();
  const kept = source();
  const task = spawn(
    function* (own: TaskContext<string>) {
      yield* race([kept.stream().forEach(() => undefined), sleep(10)]);
      yield* own.receive();
    },
    [],
    { runtime },
  );
  await clock.advance(20);
  expect(kept.state.closed).toBe(false);
  task.send("end");
  await clock.advance(1);
  expect(task.state).toBe("ended");
  expect(kept.state.closed).toBe(true);

  const cut = source();
  const cancelled = spawn(
    function* () {
      yield* cut.stream().forEach(() => undefined);
    },
    [],
    { runtime },
  );
  await clock.advance(1);
  void cancelled.cancel();
  await clock.advance(1);
  expect(cut.state.closed).toBe(true);
});

test("a function that throws in forEach closes the stream", async () => {
  const { clock, runtime } = world();
  const given = source();
  given.give(1);
  const task = spawn(
    function* () {
      try {
        yield* given.stream().forEach(() => {
          throw new Error("no");
        });
      } catch {
        return given.state.closed;
      }
      return undefined;
    },
    [],
    { runtime },
  );
  await clock.advance(1);
  expect(await task).toBe(true);
});

test("a channel's stream that was given up holds up nobody who delivers; when its buffer runs over, it says so", async () => {
  const { clock, runtime } = world();
  const numbers = new LocalChannel(runtime.engine, "numbers", { bufferLimit: 2 });
  const stream = numbers.values();
  const seen: unknown[] = [];
  const task = spawn(
    function* () {
      yield* race([stream.forEach(() => undefined), sleep(1)]);
      for (const value of [1, 2, 3, 4]) yield* numbers.deliver(value);
      seen.push(yield* numbers.subscribers());
      yield* stream.forEach((value) => void seen.push(value));
    },
    [],
    { runtime },
  );
  void task.exit().then((exit) => seen.push(exit.type === "failed" && "code" in exit.error && exit.error.code));
  await clock.advance(10);
  expect(seen).toEqual([0, 1, 2, "CHANNEL_CLOSED"]);
});
