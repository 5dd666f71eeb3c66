import { expect, test } from "vitest";
import type { SkeinError } from "../errors.ts";
import { spawn } from "../task/spawn.ts";
import { listen, setUpChannels } from "../../test/virtual-channels.ts";

/** How an operation ended, once it has. */
function outcomeOf(operation: PromiseLike<unknown>): unknown[] {
  const outcome: unknown[] = [];
  void operation.then(
    (value) => outcome.push(value),
    (error: SkeinError & { delivered?: number }) => outcome.push(error.code, error.delivered),
  );
  return outcome;
}

test("what is delivered and then published arrives in that order", async () => {
  const { clock, runtime, make } = setUpChannels();
  const got: unknown[] = [];
  const task = spawn(listen, [got], { runtime, background: true });
  const [outer, inner] = [await make("outer"), await make("inner")];
  await inner.subscribe(task.ref);
  await outer.subscribe(inner);
  for (const on of [inner, outer]) {
    const delivered = outcomeOf(on.deliver(1));
    on.publish(2);
    await clock.settle();
    expect([got.splice(0), delivered]).toEqual([[1, 2], [1]]);
  }
});

test("a delivery that times out does not arrive later", async () => {
  const { clock, runtime, make } = setUpChannels();
  const got: unknown[] = [];
  const task = spawn(listen, [got, 100], { runtime, background: true, mailboxLimit: 1 });
  const [outer, inner] = [await make("outer"), await make("inner", { bufferLimit: 1 })];
  await inner.subscribe(task.ref);
  await outer.subscribe(inner);
  const values = inner.values();
  outer.publish("first");
  const late = outcomeOf(outer.deliver("late", { timeoutMs: 20 }));
  const aborted = new AbortController();
  const unwanted = outcomeOf(outer.deliver("unwanted", { signal: aborted.signal }));
  await clock.advance(10);
  aborted.abort();
  await clock.advance(50);
  expect(late).toEqual(["TIMEOUT", 0]);
  expect(unwanted).toHaveLength(2);
  const last = outcomeOf(outer.deliver("last"));
  const read = [outcomeOf(values.next()), outcomeOf(values.next())];
  await clock.advance(100);
  expect(got).toEqual(["first", "last"]);
  expect(read.flat()).toEqual([
    { done: false, value: "first" },
    { done: false, value: "last" },
  ]);
  expect(last).toEqual([2]);
});

test("a delivery that waits for subscribers fails when the channel is closed", async () => {
  const { clock, make } = setUpChannels();
  const work = await make("work");
  const waiting = outcomeOf(work.deliver("x", { subscribers: 1 }));
  await clock.settle();
  expect(waiting).toEqual([]);
  await work.close();
  await clock.settle();
  expect(waiting).toEqual(["CHANNEL_CLOSED", undefined]);
});

test("a delivery that waits for subscribers counts those of a channel below", async () => {
  const { clock, runtime, make } = setUpChannels();
  const got: unknown[] = [];
  const task = spawn(listen, [got], { runtime, background: true });
  const [outer, inner] = [await make("outer"), await make("inner")];
  await outer.subscribe(inner);
  const waiting = outcomeOf(outer.deliver("x", { subscribers: 1 }));
  await clock.settle();
  await inner.subscribe(task.ref);
  await clock.settle();
  expect([waiting, got]).toEqual([[1], ["x"]]);
});

test("a reader of a channel that closes before there was room does not count as delivered to", async () => {
  const { clock, make } = setUpChannels();
  const work = await make("work", { bufferLimit: 1 });
  const values = work.values();
  work.publish(1);
  const delivered = outcomeOf(work.deliver(2));
  await clock.settle();
  await work.close();
  const read = [outcomeOf(values.next()), outcomeOf(values.next())];
  await clock.settle();
  expect(delivered).toEqual([0]);
  expect(read.flat()).toEqual([
    { done: false, value: 1 },
    { done: true, value: undefined },
  ]);
});
